#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace halfwave {

/// Parses JSON text. Throws RequestError that names `where`, the line and column and what was expected when
/// the text is not JSON, and when an object has a key twice.
nlohmann::json parse_json(std::string_view text, std::string_view where);

}  // namespace halfwave
