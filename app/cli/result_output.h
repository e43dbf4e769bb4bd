#pragma once

#include "core/training/trainer.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <iosfwd>

namespace halfwave::cli {

/// The object that `train` and `evaluate` print with --json.
nlohmann::ordered_json result_to_json(const RunResult& result, const std::filesystem::path& run);

/// The same for a person.
void print_result(std::ostream& out, const RunResult& result, const std::filesystem::path& run);

/// One JSON object and a line end; bytes that are not UTF-8 (in a file's name) are replaced.
void print_json(std::ostream& out, const nlohmann::ordered_json& object);

}  // namespace halfwave::cli
