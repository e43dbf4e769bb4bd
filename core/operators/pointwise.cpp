#include "core/operators/pointwise.h"

#include "core/device/memory_meter.h"
#include "core/precision/saved_state.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Arithmetic pointwise(const StageContext& context, const at::Tensor& x) {
  return context.arithmetic(Stage::pointwise, x);
}

at::Tensor keep(const at::Tensor& x, const StageContext& context) {
  return pack_saved(x, context.policy[Stage::saved_activations]);
}

at::Tensor reported(at::Tensor result, const StageContext& context, bool backward) {
  context.report(Stage::pointwise, backward, result);
  return result;
}

at::Tensor as_gradient(at::Tensor gradient) {
  recategorize(gradient, MemoryCategory::gradients);
  return gradient;
}

at::Tensor rows(const at::Tensor& x) {
  return x.reshape({-1, x.size(-1)});
}

class Linear : public torch::autograd::Function<Linear> {
 public:
  static at::Tensor compute(const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, const StageContext& context) {
    const Arithmetic a = pointwise(context, x);
    const at::Tensor w = as_operand(weight, a);
    at::Tensor b;
    if (bias) b = as_operand(*bias, a);
    return reported(finish(at::linear(as_operand(x, a), w, b), a), context, false);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, StageContext context) {
    at::Tensor y = compute(x, weight, bias, context);
    ctx->save_for_backward({keep(x, context), weight});
    ctx->saved_data["bias"] = bias.has_value();
    SavedState<StageContext>::put(ctx, std::move(context));
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& context = SavedState<StageContext>::get(ctx);
    const auto saved = ctx->get_saved_variables();
    const Arithmetic a = pointwise(context, gradients[0]);
    const at::Tensor g = as_operand(gradients[0], a);
    at::Tensor gx, gb;
    if (ctx->needs_input_grad(0))
      gx = reported(finish(at::matmul(g, as_operand(saved[1], a)), a), context, true);
    const at::Tensor x = as_operand(unpack_saved(saved[0]), a);
    const at::Tensor gw = as_gradient(finish(at::matmul(rows(g).t(), rows(x)), a));
    if (ctx->saved_data["bias"].toBool()) gb = as_gradient(sum_over_points(g));
    return {gx, gw, gb, at::Tensor()};
  }
};

class Gelu : public torch::autograd::Function<Gelu> {
 public:
  static at::Tensor compute(const at::Tensor& x, const StageContext& context) {
    const Arithmetic a = pointwise(context, x);
    return reported(finish(at::gelu(as_operand(x, a)), a), context, false);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, StageContext context) {
    at::Tensor y = compute(x, context);
    ctx->save_for_backward({keep(x, context)});
    SavedState<StageContext>::put(ctx, std::move(context));
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& context = SavedState<StageContext>::get(ctx);
    const Arithmetic a = pointwise(context, gradients[0]);
    const at::Tensor x = as_operand(unpack_saved(ctx->get_saved_variables()[0]), a);
    at::Tensor gx = finish(at::gelu_backward(as_operand(gradients[0], a), x), a);
    return {reported(std::move(gx), context, true), at::Tensor()};
  }
};

class Gate : public torch::autograd::Function<Gate> {
 public:
  static at::Tensor compute(const at::Tensor& x, const at::Tensor& weight, const StageContext& context) {
    const Arithmetic a = pointwise(context, x);
    return reported(finish(as_operand(x, a) * as_operand(weight, a), a), context, false);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            StageContext context) {
    at::Tensor y = compute(x, weight, context);
    ctx->save_for_backward({keep(x, context), weight});
    SavedState<StageContext>::put(ctx, std::move(context));
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& context = SavedState<StageContext>::get(ctx);
    const auto saved = ctx->get_saved_variables();
    const Arithmetic a = pointwise(context, gradients[0]);
    const at::Tensor g = as_operand(gradients[0], a);
    at::Tensor gx;
    if (ctx->needs_input_grad(0)) gx = reported(finish(g * as_operand(saved[1], a), a), context, true);
    const at::Tensor gw = as_gradient(sum_over_points(g * as_operand(unpack_saved(saved[0]), a)));
    return {gx, gw, at::Tensor()};
  }
};

class Sum : public torch::autograd::Function<Sum> {
 public:
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& y,
                            StageContext context) {
    const Arithmetic a = pointwise(context, x);
    at::Tensor z = reported(finish(as_operand(x, a) + as_operand(y, a), a), context, false);
    SavedState<StageContext>::put(ctx, std::move(context));
    return z;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& context = SavedState<StageContext>::get(ctx);
    const at::Tensor g = as_operand(gradients[0], pointwise(context, gradients[0]));
    return {g, g, at::Tensor()};
  }
};

bool learns() {
  return c10::GradMode::is_enabled();
}

}  // namespace

at::Tensor pointwise_linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const StageContext& context) {
  const auto b = bias.defined() ? std::optional(bias) : std::nullopt;
  return learns() ? Linear::apply(x, weight, b, context) : Linear::compute(x, weight, b, context);
}

at::Tensor pointwise_gelu(const at::Tensor& x, const StageContext& context) {
  return learns() ? Gelu::apply(x, context) : Gelu::compute(x, context);
}

at::Tensor pointwise_gate(const at::Tensor& x, const at::Tensor& weight, const StageContext& context) {
  return learns() ? Gate::apply(x, weight, context) : Gate::compute(x, weight, context);
}

at::Tensor pointwise_sum(const at::Tensor& x, const at::Tensor& y, const StageContext& context) {
  return Sum::apply(x, y, context);
}

}  // namespace halfwave
