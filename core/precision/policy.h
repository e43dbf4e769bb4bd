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

/// True for what is kept and not computed with: saved activations and weights.
inline bool is_stored(Stage stage) {
  return stage == Stage::saved_activations || stage == Stage::weights;
}

/// Why a stage cannot have a format, as the rest of a sentence that begins with the stage ("cannot be …; use
/// …"); empty when it can.
std::string format_problem(Stage stage, Format format);

/// What is applied to a field before the forward transform so that it stays in range.
enum class Stabilizer : std::uint8_t {
  none,
  tanh,
  hard_clip,   ///< values beyond ±level become ±level
  sigma_clip,  ///< values beyond level standard deviations from the sample's mean are brought back to there
  fixed_scale  ///< divided by level before the transform; what the inverse transform gives is multiplied by
               ///< it
};
inline constexpr std::array all_stabilizers = {Stabilizer::none, Stabilizer::tanh, Stabilizer::hard_clip,
                                               Stabilizer::sigma_clip, Stabilizer::fixed_scale};
/// `none`, `tanh`, `hard-clip`, `sigma-clip`, `fixed-scale`.
std::string_view name(Stabilizer stabilizer);
std::optional<Stabilizer> stabilizer_from_name(std::string_view name);
/// The level a stabilizer has unless another is asked for: 1, 2 and 64; 0 for those without a level.
double default_level(Stabilizer stabilizer);

/// How the products of a stage are summed.
enum class Accumulation : std::uint8_t {
  fp32,   ///< as tensor cores do: in fp32, rounded once
  strict  ///< every product, every partial sum and every butterfly is rounded to the stage's format
};
std::string_view name(Accumulation accumulation);

/// One row of the policy table.
struct LayerPolicy {
  std::array<Format, stage_count> formats{Format::fp32, Format::fp32, Format::fp32,
                                          Format::fp32, Format::fp32, Format::fp32};
  Stabilizer stabilizer = Stabilizer::none;
  double stabilizer_level = 0.0;  ///< 0 = `default_level(stabilizer)`
  Accumulation accumulation = Accumulation::fp32;
  bool fp32_gradients = false;  ///< the backward pass computes in fp32 whatever the stage's format is

  double level() const { return stabilizer_level > 0.0 ? stabilizer_level : default_level(stabilizer); }
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

/// True for the rows between lifting and projection.
bool is_block(std::size_t layer, std::size_t layer_count);

/// True if the stage exists in that row: lifting and projection have no transforms and no contraction.
bool has_stage(std::size_t layer, std::size_t layer_count, Stage stage);

/// Names of the shipped policies, in the order a menu shows them: full, amp, mixed, naive, bf16, tf32, fp8.
const std::vector<std::string>& policy_preset_names();
/// One sentence on a preset, for tooltips and help.
std::string_view policy_preset_help(std::string_view preset);

/// A preset as a table for `blocks` blocks. `half` is the 16-bit format `amp` uses for its pointwise stages.
/// Throws RequestError when there is no preset of that name.
Policy make_policy(std::string_view preset, int blocks, Format half = Format::fp16);

/// A stabilizer as an override writes it: `tanh`, or `hard-clip:3` where the level is not the usual one.
std::string stabilizer_text(const LayerPolicy& layer);
/// Takes over what `stabilizer_text` writes. False, and no change, for text that names no stabilizer or a
/// level that is not a positive number.
bool set_stabilizer(LayerPolicy& layer, std::string_view text);

/// One cell that differs from the preset. `layer` may be `*` or `block.*`. `stage` may be `*` (all stages),
/// `stabilizer` (`value` as `stabilizer_text` writes it), `accumulation` (`fp32` or `strict`) or `gradients`
/// (`stage`: each in its stage's format, or `fp32`).
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
