#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// Levenshtein distance without regard to case, `-` and `_` being equal.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that is nearest to `name`, the first of equals. `known` must not be empty.
const std::string& nearest_name(std::string_view name, const std::vector<std::string>& known);

}  // namespace halfwave
