#include "core/precision/stabilizer.h"

#include "core/precision/chunks.h"
#include "core/precision/stabilizer_kernels.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

Format format_of(at::ScalarType type) {
  return type == at::kHalf ? Format::fp16 : type == at::kBFloat16 ? Format::bf16 : Format::fp32;
}

// Mean and standard deviation of each sample, both (B, 1), of a field flattened to (B, n).
struct Moments {
  at::Tensor mean;
  at::Tensor deviation;
};

Moments moments_of(const at::Tensor& samples) {
  const auto [variance, mean] = at::var_mean(samples, at::OptionalIntArrayRef({1}), 0, true);
  return {mean, variance.sqrt()};
}

at::Tensor sigma_clipped(const at::Tensor& field, double level) {
  const at::Tensor samples = in_working_type(field).reshape({field.size(0), -1});
  const auto [mean, deviation] = moments_of(samples);
  const at::Tensor reach = deviation * level;
  return at::clamp(samples, mean - reach, mean + reach).view(field.sizes());
}

// A clipped value is μ ± level·σ, with ∂μ/∂x_j = 1/n and ∂σ/∂x_j = (x_j − μ)/(nσ): gradients of clipped
// values are shared among all points of the sample.
at::Tensor through_sigma_clip(const at::Tensor& gradient, const at::Tensor& field, double level) {
  const at::Tensor samples = in_working_type(field).reshape({field.size(0), -1});
  const at::Tensor g = gradient.to(samples.scalar_type()).reshape(samples.sizes());
  const auto [mean, deviation] = moments_of(samples);
  const at::Tensor centred = samples - mean;
  const at::Tensor reach = deviation * level;
  const at::Tensor above = at::where(centred > reach, g, at::zeros({}, g.options()));
  const at::Tensor below = at::where(centred < -reach, g, at::zeros({}, g.options()));
  const at::Tensor from_above = above.sum(1, true), from_below = below.sum(1, true);
  const auto n = static_cast<double>(samples.size(1));
  // In a sample without any spread nothing is clipped.
  const at::Tensor slope = at::where(deviation > 0, level * (from_above - from_below) / (n * deviation),
                                     at::zeros_like(deviation));
  at::Tensor result = g - above - below;
  result.add_((from_above + from_below) / n).addcmul_(centred, slope);
  return result.view(field.sizes());
}

}  // namespace

at::Tensor stabilized(const at::Tensor& field, const LayerPolicy& layer) {
  switch (layer.stabilizer) {
    case Stabilizer::none:
      break;
    case Stabilizer::tanh:
      return at::tanh(in_working_type(field));
    case Stabilizer::hard_clip:
      return at::clamp(in_working_type(field), -layer.level(), layer.level());
    case Stabilizer::sigma_clip:
      return sigma_clipped(field, layer.level());
    case Stabilizer::fixed_scale:
      return in_working_type(field) / layer.level();
  }
  return field;
}

at::Tensor stabilized_operand(const at::Tensor& field, const LayerPolicy& layer, Arithmetic transform) {
  if (layer.stabilizer == Stabilizer::tanh && transform.format != Format::fp64 && has_plain_values(field))
    return tanh_kernel(field, transform.format);
  return as_operand(stabilized(field, layer), transform);
}

at::Tensor through_stabilizer(const at::Tensor& gradient, const at::Tensor& kept, const LayerPolicy& layer,
                              at::ScalarType type) {
  if (layer.stabilizer == Stabilizer::tanh && has_plain_values(gradient) && has_plain_values(kept))
    return tanh_backward_kernel(gradient, kept, format_of(type));
  const at::Tensor field = kept.defined() ? in_working_type(kept) : kept;
  switch (layer.stabilizer) {
    case Stabilizer::none:
      break;
    case Stabilizer::tanh:
      return at::tanh_backward(gradient.to(field.scalar_type()), at::tanh(field));
    case Stabilizer::hard_clip:
      return at::where(field.abs() <= layer.level(), gradient, at::zeros({}, gradient.options()));
    case Stabilizer::sigma_clip:
      return through_sigma_clip(gradient, field, layer.level());
    case Stabilizer::fixed_scale:
      return in_working_type(gradient) / layer.level();
  }
  return gradient;
}

bool gradient_needs_field(Stabilizer stabilizer) {
  return stabilizer != Stabilizer::none && stabilizer != Stabilizer::fixed_scale;
}

double scale_after_inverse(const LayerPolicy& layer) {
  return layer.stabilizer == Stabilizer::fixed_scale ? layer.level() : 1.0;
}

}  // namespace halfwave
