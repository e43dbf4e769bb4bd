#include "core/training/diagnosis.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

bool is_spectral(Stage stage) {
  return stage == Stage::forward_transform || stage == Stage::contraction ||
         stage == Stage::inverse_transform;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " or " : ", ";
    text += parts[i];
  }
  return text;
}

/// What would keep a stage's results in range.
std::string cure(const NonFiniteProbe::Finding& finding, const Experiment& experiment, const Policy& policy) {
  const LayerPolicy& layer = policy.layers.at(finding.layer);
  const Format format = layer[finding.stage];
  if (facts(format).max_exponent > 15)
    return format == Format::fp64 ? "A smaller learning rate may help."
                                  : "A smaller learning rate or data of smaller magnitude may help.";
  std::vector<std::string> cures;
  if (is_spectral(finding.stage) && layer.stabilizer == Stabilizer::none)
    cures.push_back("a stabilizer (tanh)");
  if (is_spectral(finding.stage) && experiment.op.engine == "fft") cures.push_back("the dft engine");
  cures.push_back("bf16");
  std::string text = joined(cures);
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  return text + " would keep it in range.";
}

}  // namespace

void NonFiniteProbe::on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) {
  if (finding_ || !result.defined()) return;
  if (!at::isfinite(result).all().item<bool>()) finding_ = Finding{layer, stage, backward};
}

std::string describe(const NonFinite& where, const std::optional<NonFiniteProbe::Finding>& finding,
                     const Experiment& experiment, const Policy& policy) {
  std::string text = where.backward ? "The gradients were" : "The loss was";
  text += " not finite in epoch " + std::to_string(where.epoch + 1) + ", step " +
          std::to_string(where.step + 1) + ": ";
  if (!finding)
    return text + (where.layer == "data"
                       ? "the batch itself holds values that are not finite."
                       : "every stage was finite, the " + where.layer +
                             " was not. A smaller learning rate or data of smaller magnitude "
                             "may help.");
  text += where.layer + " " + where.stage + " (" +
          std::string(name(policy.layers.at(finding->layer)[finding->stage])) + ") produced the first " +
          (finding->backward ? "gradient" : "value") + " that is not finite. ";
  return text + cure(*finding, experiment, policy);
}

}  // namespace halfwave
