#include "core/data/normalizer.h"

#include "core/error.h"

#include <ATen/ATen.h>

namespace halfwave {

Normalizer Normalizer::fit(std::string_view kind, const at::Tensor& data, const std::string& field) {
  if (kind == "none") return {};
  if (kind != "per-channel")
    throw FieldError(field, "\"" + std::string(kind) + "\" is not known: none or per-channel would be right");
  const std::int64_t channels = data.size(1);
  if (data.numel() / std::max<std::int64_t>(channels, 1) < 2)
    throw FieldError(field, "a channel of a single value has no deviation; none would be right");
  std::vector<std::int64_t> shape(static_cast<std::size_t>(data.dim()), 1);
  shape[1] = channels;
  const at::Tensor mean = at::empty(shape, at::kFloat);
  const at::Tensor deviation = at::empty(shape, at::kFloat);
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    // One channel in double at a time: the sums are exact enough and the copy stays small.
    const at::Tensor values = data.select(1, channel).to(at::kDouble);
    mean.select(1, channel).copy_(values.mean());
    deviation.select(1, channel).copy_(values.std(/*unbiased=*/true));
  }
  return from_state(mean, deviation);
}

Normalizer Normalizer::from_state(const at::Tensor& mean, const at::Tensor& deviation) {
  Normalizer result;
  result.mean_ = mean;
  result.deviation_ = deviation;
  result.divisor_ = deviation + epsilon;
  return result;
}

at::Tensor Normalizer::normalize(const at::Tensor& x) const {
  return is_identity() ? x : (x - mean_).div_(divisor_);
}

at::Tensor Normalizer::denormalize(const at::Tensor& x) const {
  return is_identity() ? x : x * divisor_ + mean_;
}

void Normalizer::to(const at::Device& device) {
  if (is_identity()) return;
  mean_ = mean_.to(device);
  deviation_ = deviation_.to(device);
  divisor_ = divisor_.to(device);
}

}  // namespace halfwave
