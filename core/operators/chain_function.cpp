#include "core/operators/chain_pass.h"
#include "core/operators/pointwise_kernels.h"
#include "core/operators/tile_field.h"
#include "core/precision/saved_pack.h"
#include "core/precision/saved_state.h"

#include <ATen/ATen.h>

#include <array>

namespace halfwave {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using MaybeTensor = std::optional<at::Tensor>;

/// What the backward pass has beside its tensors.
struct ChainState {
  PointwiseChain shape;  ///< kinds and formats, without tensors
  StageContext context;
  std::shared_ptr<Recomputed> input;   ///< how v comes from what was kept, if it was not itself
  std::shared_ptr<Recomputed> output;  ///< kept alive for those who keep the result by it
  at::ScalarType field_type, spectral_type;
};

MaybeTensor maybe(const at::Tensor& x) {
  return x.defined() ? MaybeTensor(x) : std::nullopt;
}

at::Tensor value(const MaybeTensor& x) {
  return x ? *x : at::Tensor();
}

// The places of tensors among those saved, and of gradients: first v and the spectral part, then the weights.
constexpr std::size_t first_weight = 2, weight_count = 7;

std::array<at::Tensor*, weight_count> weights_of(PointwiseChain& chain) {
  return {&chain.spectral_bias, &chain.skip.weight, &chain.mlp.weight[0],  &chain.mlp.bias[0],
          &chain.mlp.weight[1], &chain.mlp.bias[1], &chain.mlp_skip.weight};
}

// Whether the backward pass reads v itself.
bool needs_input(const PointwiseChain& chain) {
  const auto reads = [](const SkipPath& skip) {
    return skip.kind == SkipKind::linear || skip.kind == SkipKind::soft_gating;
  };
  return !chain.spectral.defined() || reads(chain.skip) || reads(chain.mlp_skip);
}

KeptInput kept_input(const at::Tensor& tensor, const std::shared_ptr<Recomputed>& recomputed) {
  if (!tensor.defined()) return {};
  if (recomputed && recomputed->gelu()) return {tensor, recomputed->gelu()};
  const at::Tensor values = restored(tensor, recomputed);
  return {TileField::takes(values) ? values : in_working_type(values).contiguous(), std::nullopt};
}

class Chain : public torch::autograd::Function<Chain> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& field, const MaybeTensor& spectral,
                            const MaybeTensor& spectral_bias, const MaybeTensor& skip, const MaybeTensor& w0,
                            const MaybeTensor& b0, const MaybeTensor& w1, const MaybeTensor& b1,
                            const MaybeTensor& mlp_skip, ChainState state) {
    PointwiseChain chain = state.shape;
    chain.field = field;
    chain.spectral = value(spectral);
    const MaybeTensor* weights[] = {&spectral_bias, &skip, &w0, &b0, &w1, &b1, &mlp_skip};
    const auto places = weights_of(chain);
    for (std::size_t i = 0; i < weight_count; ++i) *places[i] = value(*weights[i]);

    KeptField input;
    if (needs_input(chain)) input = keep_field(field, state.context);
    if (input.recomputed && input.recomputed->gelu()) input.recomputed->remove_user();
    KeptChain kept;
    at::Tensor result = forward_chain(chain, state.context, &kept);

    variable_list saved{input.tensor, kept.first, kept.hidden, kept.last};
    for (const at::Tensor* weight : places) saved.push_back(*weight);
    ctx->save_for_backward(saved);
    state.input = input.recomputed;
    if (kept.last.defined()) {
      const Arithmetic a = state.context.arithmetic(Stage::pointwise, field);
      state.output = can_recompute(
          result, kept.last, state.context.policy[Stage::saved_activations],
          [a](const at::Tensor& t) { return gelu_kernel(t, a.format); }, a.format);
    }
    state.field_type = field.scalar_type();
    state.spectral_type = spectral ? spectral->scalar_type() : at::ScalarType::Undefined;
    SavedState<ChainState>::put(ctx, std::move(state));
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const ChainState& state = SavedState<ChainState>::get(ctx);
    const auto saved = ctx->get_saved_variables();
    PointwiseChain chain = state.shape;
    const auto places = weights_of(chain);
    constexpr std::size_t fields = 4;
    for (std::size_t i = 0; i < weight_count; ++i) *places[i] = saved[fields + i];
    const KeptChain kept{saved[1], saved[2], saved[3]};
    const ChainBackward from{&chain,
                             &kept,
                             kept_input(saved[0], state.input),
                             state.field_type,
                             state.spectral_type,
                             ctx->needs_input_grad(0)};
    const ChainGradients result = backward_chain(from, gradients[0].contiguous(), state.context);
    return {result.field,         result.spectral,    result.spectral_bias, result.skip,
            result.mlp_weight[0], result.mlp_bias[0], result.mlp_weight[1], result.mlp_bias[1],
            result.mlp_skip,      at::Tensor()};
  }
};

}  // namespace

at::Tensor chain_in_one_pass(const PointwiseChain& chain, const StageContext& context) {
  if (!c10::GradMode::is_enabled()) return forward_chain(chain, context, nullptr);
  ChainState state{chain, context, nullptr, nullptr, at::ScalarType::Undefined, at::ScalarType::Undefined};
  state.shape.field = state.shape.spectral = at::Tensor();
  for (at::Tensor* weight : weights_of(state.shape)) *weight = at::Tensor();
  return Chain::apply(chain.field, maybe(chain.spectral), maybe(chain.spectral_bias),
                      maybe(chain.skip.weight), maybe(chain.mlp.weight[0]), maybe(chain.mlp.bias[0]),
                      maybe(chain.mlp.weight[1]), maybe(chain.mlp.bias[1]), maybe(chain.mlp_skip.weight),
                      std::move(state));
}

}  // namespace halfwave
