#pragma once

#include "core/precision/policy.h"

#include <nlohmann/json_fwd.hpp>

namespace halfwave {

/// A policy table, as it lies in files, checkpoints and events: `{"name": …, "layers": [{"layer",
/// "stabilizer", "accumulation", "gradients", "forward_transform": "fp16", …}, …]}`; a row has the stages
/// that its layer has, and its other entries are written as overrides write them.
nlohmann::ordered_json policy_to_json(const Policy& policy);

/// The inverse. Accumulation and gradients may be missing, as they are in tables of earlier versions. Throws
/// RequestError, with the layer and what would be right, when it is no such table.
Policy policy_from_json(const nlohmann::json& json);

}  // namespace halfwave
