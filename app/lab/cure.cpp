#include "app/lab/cure.h"

#include <algorithm>
#include <optional>

namespace halfwave::lab {
namespace {

const LayerPolicy* row_of(const NonFinite& fault, const Policy& policy) {
  const auto names = layer_names(static_cast<int>(policy.layers.size()) - 2);
  const auto found = std::find(names.begin(), names.end(), fault.layer);
  if (found == names.end()) return nullptr;
  return &policy.layers[static_cast<std::size_t>(found - names.begin())];
}

std::optional<Format> format_of(const NonFinite& fault, const Policy& policy) {
  const LayerPolicy* row = row_of(fault, policy);
  const auto stage = stage_from_name(fault.stage);
  if (!row || !stage) return std::nullopt;
  return (*row)[*stage];
}

bool is_spectral(const std::string& stage) {
  return stage == name(Stage::forward_transform) || stage == name(Stage::contraction) ||
         stage == name(Stage::inverse_transform);
}

}  // namespace

std::string describe(const NonFinite& fault, const Policy& policy) {
  std::string text = fault.layer + ", " + fault.stage;
  if (const auto format = format_of(fault, policy)) text += " (" + std::string(name(*format)) + ")";
  text += fault.backward ? ", backward" : ", forward";
  text += ", epoch " + std::to_string(fault.epoch + 1) + ", step " + std::to_string(fault.step + 1);
  return text;
}

std::string cure(const NonFinite& fault, const Policy& policy, const Experiment& experiment) {
  const auto format = format_of(fault, policy);
  const bool narrow = format && facts(*format).max_exponent < facts(Format::bf16).max_exponent;
  if (!narrow) {
    return "The format has range enough here: lower training.learning_rate, and look whether the data holds "
           "extreme values.";
  }
  const std::string ends = std::string(name(*format)) + " ends at " +
                           std::to_string(static_cast<long long>(facts(*format).max_finite));
  if (fault.backward && experiment.precision.loss_scaling != "dynamic") {
    return ends + ": choose dynamic loss scaling, or bf16 or fp32 for this stage.";
  }
  const LayerPolicy* row = row_of(fault, policy);
  if (is_spectral(fault.stage)) {
    if (row && row->stabilizer == Stabilizer::none) {
      std::string text = ends + ": use the stabilizer tanh (policy mixed)";
      if (experiment.op.engine == "fft") text += ", engine dft, which folds 1/N into its matrices";
      return text + ", or bf16 or fp32 for this stage.";
    }
    return ends + ": use bf16 or fp32 for this stage, or lower training.learning_rate.";
  }
  return ends +
         ": bf16 takes the same space and reaches as far as fp32; or scale the data with "
         "dataset.input_scale or the normalizers.";
}

}  // namespace halfwave::lab
