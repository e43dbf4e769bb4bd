#include "core/training/range_sampler.h"

#include "core/operators/operator.h"
#include "core/precision/range_statistics.h"

#include <algorithm>

namespace halfwave {
namespace {

void report_weights(StageProbe& probe, const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters)
    probe.on_stage(parameter.layer, Stage::weights, false, parameter.value);
}

void report_gradients(StageProbe& probe, const std::vector<Parameter>& parameters) {
  // The backward pass goes from the last to the first.
  for (auto parameter = parameters.rbegin(); parameter != parameters.rend(); ++parameter)
    probe.on_stage(parameter->layer, parameter->complex_axis >= 0 ? Stage::contraction : Stage::pointwise,
                   true, parameter->value.grad());
}

}  // namespace

void RangeSampler::on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) {
  if (!result.defined()) return;
  const LayerPolicy& row = policy_.layers.at(layer);
  const bool wide_gradient = backward && row.fp32_gradients && row[stage] != Format::fp64;
  const Format format = wide_gradient ? Format::fp32 : row[stage];
  const RangeHistogram seen = measure_range(result, format, most_values_);
  const auto same = std::find_if(stages_.begin(), stages_.end(), [&](const StageRange& range) {
    return range.layer == layer && range.stage == stage && range.backward == backward;
  });
  if (same == stages_.end())
    stages_.push_back({layer, stage, backward, format, seen});
  else
    merge(same->histogram, seen);
}

void RangeSampler::look_at(const std::vector<Parameter>& parameters) {
  report_weights(*this, parameters);
}
void RangeSampler::look_at_gradients(const std::vector<Parameter>& parameters) {
  report_gradients(*this, parameters);
}

FaultFinder::FaultFinder(const Policy& policy) : sampler_(policy, every_value) {}

void FaultFinder::on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) {
  if (found_) return;
  sampler_.on_stage(layer, stage, backward, result);
  const auto& stages = sampler_.stages();
  for (std::size_t i = 0; i < stages.size(); ++i)
    if (stages[i].histogram.infinite + stages[i].histogram.nan > 0) found_ = i;
}

void FaultFinder::look_at(const std::vector<Parameter>& parameters) {
  report_weights(*this, parameters);
}
void FaultFinder::look_at_gradients(const std::vector<Parameter>& parameters) {
  report_gradients(*this, parameters);
}

std::vector<StageRange> FaultFinder::take() {
  std::vector<StageRange> stages = sampler_.take();
  if (found_) {
    const auto at = stages.begin() + static_cast<std::ptrdiff_t>(*found_);
    std::rotate(at, at + 1, stages.end());
  }
  return stages;
}

}  // namespace halfwave
