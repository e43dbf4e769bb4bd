#pragma once

#include "core/precision/policy.h"

#include <nlohmann/json_fwd.hpp>

namespace halfwave {

/// A policy table, as it lies in checkpoints and events:
/// `{"name": …, "layers": [{"layer", "stabilizer", "forward_transform": "fp16", …}, …]}`.
nlohmann::json policy_to_json(const Policy& policy);

/// The inverse. Throws RequestError when the text is no such table.
Policy policy_from_json(const nlohmann::json& json);

}  // namespace halfwave
