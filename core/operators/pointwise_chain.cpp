#include "core/operators/pointwise_chain.h"

#include "core/operators/pointwise.h"
#include "core/operators/tile_field.h"
#include "core/precision/product.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

at::Tensor along(const SkipPath& skip, const at::Tensor& v, const StageContext& context) {
  if (skip.kind == SkipKind::linear) return pointwise_linear(v, skip.weight, {}, context);
  if (skip.kind == SkipKind::soft_gating) return pointwise_gate(v, skip.weight, context);
  return v;
}

// The sum has the spectral part's format, not the pointwise stages'.
at::Tensor with_bias(const PointwiseChain& chain) {
  if (!chain.spectral_bias.defined()) return chain.spectral;
  const auto type = chain.spectral.scalar_type();
  const auto summed =
      facts(chain.spectral_format).storage_bits == 16 ? tensor_type(chain.spectral_format) : type;
  return (chain.spectral.to(summed) + chain.spectral_bias.to(summed)).to(type);
}

bool takes_weight(const at::Tensor& w) {
  if (!w.defined()) return true;
  const auto type = w.scalar_type();
  return w.is_cpu() && (type == at::kFloat || type == at::kHalf || type == at::kBFloat16) &&
         w.size(0) <= max_tile_channels && w.size(-1) <= max_tile_channels;
}

bool takes_format(Arithmetic a) {
  return a.format != Format::fp64 && !rounds_every_step(a);
}

}  // namespace

at::Tensor chain_by_stages(const PointwiseChain& chain, const StageContext& context) {
  at::Tensor x = chain.field;
  if (chain.spectral.defined()) {
    x = with_bias(chain);
    if (chain.skip.exists()) x = pointwise_sum(x, along(chain.skip, chain.field, context), context);
  }
  if (chain.first_gelu) x = pointwise_gelu(x, context);
  if (const MlpTensors& mlp = chain.mlp; mlp.exists()) {
    x = pointwise_linear(x, mlp.weight[0], mlp.bias[0], context);
    x = pointwise_gelu(x, context);
    x = pointwise_linear(x, mlp.weight[1], mlp.bias[1], context);
    if (chain.mlp_skip.exists()) x = pointwise_sum(x, along(chain.mlp_skip, chain.field, context), context);
  }
  return chain.last_gelu ? pointwise_gelu(x, context) : x;
}

bool in_one_pass(const PointwiseChain& chain, const StageContext& context) {
  const at::Tensor& v = chain.field;
  if (!TileField::takes(v) || (chain.spectral.defined() && !TileField::takes(chain.spectral))) return false;
  for (const at::Tensor* w :
       {&chain.spectral_bias, &chain.skip.weight, &chain.mlp.weight[0], &chain.mlp.bias[0],
        &chain.mlp.weight[1], &chain.mlp.bias[1], &chain.mlp_skip.weight})
    if (!takes_weight(*w)) return false;
  const auto saved = facts(context.policy[Stage::saved_activations]).storage_bits;
  return (saved == 16 || saved == 32) && v.size(-1) <= max_tile_channels &&
         takes_format(context.arithmetic(Stage::pointwise, v)) &&
         takes_format(context.gradient_arithmetic(Stage::pointwise, v)) &&
         (chain.mlp.exists() || chain.first_gelu || chain.skip.exists());
}

at::Tensor pointwise_chain(const PointwiseChain& chain, const StageContext& context) {
  return in_one_pass(chain, context) ? chain_in_one_pass(chain, context) : chain_by_stages(chain, context);
}

}  // namespace halfwave
