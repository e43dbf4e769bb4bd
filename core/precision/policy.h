#pragma once

#include "core/precision/format.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// The parts of a layer that can each have a format of their own.
enum class Stage : std::uint8_t {
  forward_transform,  ///< F and the truncation to the kept modes
  contraction,        ///< R on the modes
  inverse_transform,  ///< the inverse of F
  pointwise,          ///< skips, channel MLPs, activations
  saved_activations,  ///< what is kept for the backward pass
  weights             ///< how parameters are stored
};

inline constexpr std::array all_stages = {Stage::forward_transform, Stage::contraction,
                                          Stage::inverse_transform, Stage::pointwise,
                                          Stage::saved_activations, Stage::weights};
inline constexpr std::size_t stage_count = all_stages.size();

std::string_view name(Stage stage);
std::optional<Stage> stage_from_name(std::string_view name);

/// What is applied to a field before the forward transform so that it stays in range.
enum class Stabilizer : std::uint8_t { none, tanh };
std::string_view name(Stabilizer stabilizer);
std::optional<Stabilizer> stabilizer_from_name(std::string_view name);

/// One row of the policy table.
struct LayerPolicy {
  std::array<Format, stage_count> formats{Format::fp32, Format::fp32, Format::fp32,
                                          Format::fp32, Format::fp32, Format::fp32};
  Stabilizer stabilizer = Stabilizer::none;

  Format operator[](Stage stage) const { return formats[static_cast<std::size_t>(stage)]; }
  Format& operator[](Stage stage) { return formats[static_cast<std::size_t>(stage)]; }
  bool operator==(const LayerPolicy&) const = default;
};

/// Layer × stage → format. Rows are `lifting`, `block.0` … `block.n-1`, `projection`, in that order.
struct Policy {
  std::string name;  ///< the preset it is, or "custom"
  std::vector<LayerPolicy> layers;

  bool operator==(const Policy&) const = default;
};

/// The names of the rows for an operator of `blocks` blocks: lifting, block.0 …, projection.
std::vector<std::string> layer_names(int blocks);

/// True if the stage exists in that row: lifting and projection have no transforms and no contraction.
bool has_stage(std::size_t layer, std::size_t layer_count, Stage stage);

/// Names of the shipped policies, in the order a menu shows them: full, amp, mixed, naive, bf16.
const std::vector<std::string>& policy_preset_names();
/// One sentence on a preset, for tooltips and help.
std::string_view policy_preset_help(std::string_view preset);

/// A preset as a table for `blocks` blocks. `half` is the 16-bit format `amp` uses for its pointwise stages.
/// Throws RequestError when there is no preset of that name.
Policy make_policy(std::string_view preset, int blocks, Format half = Format::fp16);

/// One cell that differs from the preset. `layer` may be `*` or `block.*`, `stage` may be `*` or
/// `stabilizer` (then `value` names a stabilizer).
struct PolicyOverride {
  std::string layer;
  std::string stage;
  std::string value;
  bool operator==(const PolicyOverride&) const = default;
};

/// Applies overrides in order. Throws RequestError naming the override that does not fit.
void apply_overrides(Policy& policy, const std::vector<PolicyOverride>& overrides);

/// The overrides that turn `make_policy(preset, …)` into `policy`, one a cell.
std::vector<PolicyOverride> overrides_from(const Policy& policy, std::string_view preset,
                                           Format half = Format::fp16);

}  // namespace halfwave
