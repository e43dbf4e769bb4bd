#include "core/precision/policy.h"

#include "core/error.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace halfwave {
namespace {

constexpr std::array<std::string_view, stage_count> stage_names = {
    "forward_transform", "contraction", "inverse_transform", "pointwise", "saved_activations", "weights"};
constexpr std::array<std::string_view, all_stabilizers.size()> stabilizer_names = {
    "none", "tanh", "hard-clip", "sigma-clip", "fixed-scale"};

constexpr std::array transform_stages = {Stage::forward_transform, Stage::contraction,
                                         Stage::inverse_transform};

/// A shipped policy in the words of its table. Weights are always fp32.
struct Preset {
  std::string_view name;
  std::string_view help;
  Format spectral;
  Format pointwise;
  Format saved;
  Stabilizer stabilizer;
};

constexpr std::array presets = {
    Preset{"full", "Every stage in fp32: the reference that the others are compared with.", Format::fp32,
           Format::fp32, Format::fp32, Stabilizer::none},
    Preset{"amp",
           "Automatic mixed precision as frameworks do it: pointwise stages in 16 bits, spectral stages and "
           "weights in fp32.",
           Format::fp32, Format::fp16, Format::fp16, Stabilizer::none},
    Preset{"mixed",
           "The paper's policy: every stage but the weights in fp16, with tanh before the forward transform.",
           Format::fp16, Format::fp16, Format::fp16, Stabilizer::tanh},
    Preset{"naive", "Like mixed but without a stabilizer: overflows as soon as a mode exceeds fp16's range.",
           Format::fp16, Format::fp16, Format::fp16, Stabilizer::none},
    Preset{"bf16", "Like naive but in bf16, which has fp32's range and three bits less precision than fp16.",
           Format::bf16, Format::bf16, Format::bf16, Stabilizer::none},
    Preset{"tf32",
           "Products on tensor cores with fp32's range and fp16's precision; everything is stored in fp32.",
           Format::tf32, Format::tf32, Format::fp32, Stabilizer::none},
    Preset{"fp8",
           "Spectral stages in fp8_e4m3 with tanh before the forward transform, the rest in bf16: how little "
           "is still enough.",
           Format::fp8_e4m3, Format::bf16, Format::bf16, Stabilizer::tanh},
};

const Preset& find_preset(std::string_view name) {
  for (const auto& preset : presets)
    if (preset.name == name) return preset;
  std::string known;
  for (const auto& preset : presets) {
    if (!known.empty()) known += ", ";
    known += preset.name;
  }
  throw RequestError("there is no policy \"" + std::string(name) + "\"; the policies are " + known);
}

}  // namespace

std::string_view name(Stage stage) {
  return stage_names[static_cast<std::size_t>(stage)];
}

std::optional<Stage> stage_from_name(std::string_view text) {
  for (auto stage : all_stages)
    if (name(stage) == text) return stage;
  return std::nullopt;
}

std::string format_problem(Stage stage, Format format) {
  if (!is_stored(stage)) return {};
  if (format == Format::tf32)
    return "cannot be tf32, which is stored as fp32 and exists only inside products; use fp32";
  if (stage == Stage::weights && facts(format).storage_bits == 8)
    return "cannot be " + std::string(name(format)) +
           ", whose steps are wider than an optimiser's updates; use fp16 or bf16";
  return {};
}

std::string_view name(Stabilizer stabilizer) {
  return stabilizer_names[static_cast<std::size_t>(stabilizer)];
}

std::optional<Stabilizer> stabilizer_from_name(std::string_view text) {
  for (auto stabilizer : all_stabilizers)
    if (name(stabilizer) == text) return stabilizer;
  return std::nullopt;
}

double default_level(Stabilizer stabilizer) {
  switch (stabilizer) {
    case Stabilizer::hard_clip:
      return 1.0;
    case Stabilizer::sigma_clip:
      return 2.0;
    case Stabilizer::fixed_scale:
      return 64.0;
    case Stabilizer::none:
    case Stabilizer::tanh:
      break;
  }
  return 0.0;
}

std::string_view name(Accumulation accumulation) {
  return accumulation == Accumulation::strict ? "strict" : "fp32";
}

std::string stabilizer_text(const LayerPolicy& layer) {
  std::string text(name(layer.stabilizer));
  const double level = layer.level();
  if (level == default_level(layer.stabilizer)) return text;
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), level).ptr;
  return text + ":" + std::string(digits.data(), end);
}

bool set_stabilizer(LayerPolicy& layer, std::string_view text) {
  const auto colon = text.find(':');
  const auto stabilizer = stabilizer_from_name(text.substr(0, colon));
  if (!stabilizer) return false;
  double level = 0.0;
  if (colon != std::string_view::npos) {
    const auto digits = text.substr(colon + 1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), level);
    const bool whole = read.ec == std::errc() && read.ptr == digits.data() + digits.size();
    if (!whole || !std::isfinite(level) || level <= 0.0 || default_level(*stabilizer) == 0.0) return false;
    if (level == default_level(*stabilizer)) level = 0.0;
  }
  layer.stabilizer = *stabilizer;
  layer.stabilizer_level = level;
  return true;
}

std::vector<std::string> layer_names(int blocks) {
  std::vector<std::string> names = {"lifting"};
  for (int i = 0; i < blocks; ++i) names.push_back("block." + std::to_string(i));
  names.emplace_back("projection");
  return names;
}

bool is_block(std::size_t layer, std::size_t layer_count) {
  return layer > 0 && layer + 1 < layer_count;
}

bool has_stage(std::size_t layer, std::size_t layer_count, Stage stage) {
  return is_block(layer, layer_count) ||
         std::find(transform_stages.begin(), transform_stages.end(), stage) == transform_stages.end();
}

const std::vector<std::string>& policy_preset_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const auto& preset : presets) list.emplace_back(preset.name);
    return list;
  }();
  return names;
}

std::string_view policy_preset_help(std::string_view preset) {
  return find_preset(preset).help;
}

Policy make_policy(std::string_view preset_name, int blocks, Format half) {
  Preset preset = find_preset(preset_name);
  if (preset.name == "amp") preset.pointwise = preset.saved = half;
  Policy policy;
  policy.name = preset.name;
  policy.layers.resize(static_cast<std::size_t>(std::max(blocks, 0)) + 2);
  for (std::size_t i = 0; i < policy.layers.size(); ++i) {
    LayerPolicy& layer = policy.layers[i];
    layer[Stage::pointwise] = preset.pointwise;
    layer[Stage::saved_activations] = preset.saved;
    if (!is_block(i, policy.layers.size())) continue;
    layer.stabilizer = preset.stabilizer;
    for (auto stage : transform_stages) layer[stage] = preset.spectral;
  }
  return policy;
}

}  // namespace halfwave
