#include "core/spectral/spectral_conv.h"

#include "core/device/memory_meter.h"
#include "core/precision/saved_pack.h"
#include "core/precision/saved_state.h"
#include "core/precision/stabilizer.h"
#include "core/spectral/contraction.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct ConvState {
  ModeLayout layout;
  std::shared_ptr<SpectralEngine> engine;
  StageContext context;
  bool has_bias;
  at::ScalarType field_type;
  std::shared_ptr<Recomputed> recomputed_field = nullptr;
};

// The field scaled back in fp32, so that the scale costs no range of the stage's format.
at::Tensor scaled_back(at::Tensor x, const LayerPolicy& layer, bool in_place) {
  const double factor = scale_after_inverse(layer);
  if (factor == 1.0) return x;
  if (x.scalar_type() != at::kDouble && x.scalar_type() != at::kFloat) return x.to(at::kFloat).mul_(factor);
  return in_place ? x.mul_(factor) : x * factor;
}

class SpectralConv : public torch::autograd::Function<SpectralConv> {
 public:
  /// `modes` receives what the contraction took.
  static at::Tensor compute(const at::Tensor& field, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, const ConvState& state,
                            at::Tensor& modes) {
    const StageContext& context = state.context;
    const auto transform = context.arithmetic(Stage::forward_transform, field);
    modes = state.engine->transform(stabilized_operand(field, context.policy, transform), state.layout,
                                    transform);
    context.report(Stage::forward_transform, false, modes);

    const auto contraction = context.arithmetic(Stage::contraction, field);
    modes = as_operand(modes, contraction);
    const at::Tensor product = contract(modes, weight, contraction);
    context.report(Stage::contraction, false, product);

    at::Tensor result =
        state.engine->inverse(product, state.layout, context.arithmetic(Stage::inverse_transform, field));
    context.report(Stage::inverse_transform, false, result);
    result = scaled_back(std::move(result), context.policy, true);
    return context.carried(bias ? result + bias->to(result.scalar_type()) : result);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& field, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, ConvState state) {
    at::Tensor modes;
    at::Tensor result = compute(field, weight, bias, state, modes);
    const LayerPolicy& policy = state.context.policy;
    KeptField kept;
    if (gradient_needs_field(policy.stabilizer)) kept = keep_field(field, state.context);
    ctx->save_for_backward({pack_saved(modes, policy[Stage::contraction]), weight, kept.tensor});
    state.recomputed_field = kept.recomputed;
    SavedState<ConvState>::put(ctx, std::move(state));
    return result;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const ConvState& state = SavedState<ConvState>::get(ctx);
    const StageContext& context = state.context;
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &modes = saved[0], &weight = saved[1], &field = saved[2];
    const at::Tensor gradient = gradients[0].contiguous();

    at::Tensor bias_gradient;
    if (state.has_bias) {
      bias_gradient = sum_over_points(gradient);
      recategorize(bias_gradient, MemoryCategory::gradients);
    }

    at::Tensor product_gradient =
        state.engine->inverse_adjoint(scaled_back(gradient, context.policy, false), state.layout,
                                      context.gradient_arithmetic(Stage::inverse_transform, gradient));
    context.report(Stage::inverse_transform, true, product_gradient);

    const auto contraction = context.gradient_arithmetic(Stage::contraction, gradient);
    auto [modes_gradient, weight_gradient] =
        contract_adjoint(product_gradient, modes, weight, contraction, ctx->needs_input_grad(0));
    recategorize(weight_gradient, MemoryCategory::gradients);
    at::Tensor field_gradient;
    if (ctx->needs_input_grad(0)) {
      context.report(Stage::contraction, true, modes_gradient);
      field_gradient = state.engine->transform_adjoint(
          modes_gradient, state.layout, context.gradient_arithmetic(Stage::forward_transform, gradient));
      context.report(Stage::forward_transform, true, field_gradient);
      field_gradient = through_stabilizer(
          field_gradient, field.defined() ? restored(field, state.recomputed_field) : at::Tensor(),
          context.policy, state.field_type);
    }
    return {field_gradient, weight_gradient, bias_gradient, at::Tensor()};
  }
};

}  // namespace

at::Tensor spectral_conv(const at::Tensor& field, const at::Tensor& weight, const at::Tensor& bias,
                         const ModeLayout& layout, std::shared_ptr<SpectralEngine> engine,
                         StageContext context) {
  const auto b = bias.defined() ? std::optional(bias) : std::nullopt;
  ConvState state{layout, std::move(engine), std::move(context), b.has_value(), field.scalar_type()};
  if (c10::GradMode::is_enabled()) return SpectralConv::apply(field, weight, b, std::move(state));
  at::Tensor modes;
  return SpectralConv::compute(field, weight, b, state, modes);
}

}  // namespace halfwave
