#pragma once

#include <nlohmann/json.hpp>

#include <cmath>
#include <limits>

namespace halfwave {

/// A double in JSON, which knows no infinity and no NaN: those are written as text.
inline nlohmann::json number_to_json(double value) {
  if (std::isfinite(value)) return value;
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/// The inverse; throws nlohmann's exception for anything else.
inline double number_from_json(const nlohmann::json& json) {
  if (!json.is_string()) return json.get<double>();
  const auto text = json.get<std::string>();
  if (text == "inf") return std::numeric_limits<double>::infinity();
  if (text == "-inf") return -std::numeric_limits<double>::infinity();
  return std::numeric_limits<double>::quiet_NaN();
}

}  // namespace halfwave
