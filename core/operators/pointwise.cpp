#include "core/operators/pointwise.h"

#include "core/device/memory_meter.h"
#include "core/operators/pointwise_kernels.h"
#include "core/precision/product.h"
#include "core/precision/saved_pack.h"
#include "core/precision/saved_state.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What a backward pass has beside its tensors.
struct PointwiseState {
  StageContext context;
  std::shared_ptr<Recomputed> input;   ///< how the input comes from what was kept, if it was not itself
  std::shared_ptr<Recomputed> output;  ///< kept alive for those who keep the output by it
};

Arithmetic pointwise(const StageContext& context, const at::Tensor& x) {
  return context.arithmetic(Stage::pointwise, x);
}

Arithmetic gradient_arithmetic(const StageContext& context, const at::Tensor& gradient) {
  return context.gradient_arithmetic(Stage::pointwise, gradient);
}

at::Tensor reported(at::Tensor result, const StageContext& context, bool backward) {
  context.report(Stage::pointwise, backward, result);
  return backward ? result : context.carried(result);
}

at::Tensor as_gradient(at::Tensor gradient) {
  recategorize(gradient, MemoryCategory::gradients);
  return gradient;
}

at::Tensor rows(const at::Tensor& x) {
  return x.reshape({-1, x.size(-1)});
}

// The rows of a product as a field shaped like `like` but for its channels.
at::Tensor as_field(const at::Tensor& product, const at::Tensor& like) {
  auto shape = like.sizes().vec();
  shape.back() = product.size(-1);
  return product.view(shape);
}

bool take_kernels(Arithmetic a, const at::Tensor& x, const at::Tensor& y) {
  return a.format != Format::fp64 && kernels_take(x) && kernels_take(y);
}

// Whether one pass does the stage: its arithmetic is fp32 with, at most, roundings. What the processor has of
// its own is left to LibTorch, which is faster there.
bool in_one_pass(Arithmetic a, const at::Tensor& x, const at::Tensor& y) {
  const bool narrow = facts(a.format).storage_bits < 32;
  return !(a.native && narrow) && take_kernels(a, x, y);
}

class Linear : public torch::autograd::Function<Linear> {
 public:
  static at::Tensor compute(const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, const StageContext& context) {
    const Arithmetic a = pointwise(context, x);
    at::Tensor b;
    if (bias) b = as_operand(*bias, a);
    const at::Tensor y = matrix_product(rows(as_operand(x, a)), as_operand(weight, a).t(), a, b);
    return reported(as_field(y, x), context, false);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            const std::optional<at::Tensor>& bias, StageContext context) {
    at::Tensor y = compute(x, weight, bias, context);
    const KeptField kept = keep_field(x, context);
    ctx->save_for_backward({kept.tensor, weight});
    ctx->saved_data["bias"] = bias.has_value();
    SavedState<PointwiseState>::put(ctx, {std::move(context), kept.recomputed, nullptr});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& state = SavedState<PointwiseState>::get(ctx);
    const auto saved = ctx->get_saved_variables();
    const Arithmetic a = gradient_arithmetic(state.context, gradients[0]);
    const at::Tensor g = as_operand(gradients[0], a);
    at::Tensor gx, gb;
    if (ctx->needs_input_grad(0)) {
      gx = as_field(matrix_product(rows(g), as_operand(saved[1], a), a), g);
      gx = reported(std::move(gx), state.context, true);
    }
    const at::Tensor x = saved_operand(restored(saved[0], state.input), a);
    const at::Tensor gw = as_gradient(matrix_product(rows(g).t(), rows(x), a));
    if (ctx->saved_data["bias"].toBool()) gb = as_gradient(sum_over_points(g));
    return {gx, gw, gb, at::Tensor()};
  }
};

class Gelu : public torch::autograd::Function<Gelu> {
 public:
  static at::Tensor values(const at::Tensor& x, Arithmetic a) {
    return in_one_pass(a, x, x) ? gelu_kernel(x, a.format) : finish(at::gelu(as_operand(x, a)), a);
  }

  static at::Tensor compute(const at::Tensor& x, const StageContext& context) {
    return reported(values(x, pointwise(context, x)), context, false);
  }

  // Only the input is kept: whoever keeps the output computes it from that.
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, StageContext context) {
    at::Tensor y = compute(x, context);
    const KeptField kept = keep_field(x, context);
    ctx->save_for_backward({kept.tensor});
    std::shared_ptr<Recomputed> output;
    if (!kept.recomputed)
      output = can_recompute(y, kept.tensor, context.policy[Stage::saved_activations],
                             [a = pointwise(context, x)](const at::Tensor& input) {
                               return values(saved_operand(input, a), a);
                             });
    SavedState<PointwiseState>::put(ctx, {std::move(context), kept.recomputed, std::move(output)});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& state = SavedState<PointwiseState>::get(ctx);
    const Arithmetic a = gradient_arithmetic(state.context, gradients[0]);
    const at::Tensor x = saved_operand(restored(ctx->get_saved_variables()[0], state.input), a);
    const at::Tensor& g = gradients[0];
    at::Tensor gx = in_one_pass(a, g, x) ? gelu_backward_kernel(g, x, a.format)
                                         : finish(at::gelu_backward(as_operand(g, a), x), a);
    return {reported(std::move(gx), state.context, true), at::Tensor()};
  }
};

class Gate : public torch::autograd::Function<Gate> {
 public:
  static at::Tensor values(const at::Tensor& x, const at::Tensor& weight, Arithmetic a) {
    return in_one_pass(a, x, weight) ? gate_kernel(x, weight, a.format)
                                     : finish(as_operand(x, a) * as_operand(weight, a), a);
  }

  static at::Tensor compute(const at::Tensor& x, const at::Tensor& weight, const StageContext& context) {
    return reported(values(x, weight, pointwise(context, x)), context, false);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight,
                            StageContext context) {
    at::Tensor y = compute(x, weight, context);
    const KeptField kept = keep_field(x, context);
    ctx->save_for_backward({kept.tensor, weight});
    SavedState<PointwiseState>::put(ctx, {std::move(context), kept.recomputed, nullptr});
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& state = SavedState<PointwiseState>::get(ctx);
    const auto saved = ctx->get_saved_variables();
    const Arithmetic a = gradient_arithmetic(state.context, gradients[0]);
    const at::Tensor g = as_operand(gradients[0], a);
    at::Tensor gx;
    if (ctx->needs_input_grad(0)) gx = reported(values(g, saved[1], a), state.context, true);
    const at::Tensor x = saved_operand(restored(saved[0], state.input), a);
    at::Tensor gw = take_kernels(a, g, x) ? gate_weight_gradient(g, x, a.format)
                                          : sum_over_points(in_working_type(g) * in_working_type(x));
    return {gx, as_gradient(std::move(gw)), at::Tensor()};
  }
};

class Sum : public torch::autograd::Function<Sum> {
 public:
  static at::Tensor compute(const at::Tensor& x, const at::Tensor& y, const StageContext& context) {
    const Arithmetic a = pointwise(context, x);
    at::Tensor z =
        in_one_pass(a, x, y) ? sum_kernel(x, y, a.format) : finish(as_operand(x, a) + as_operand(y, a), a);
    return reported(std::move(z), context, false);
  }

  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& y,
                            StageContext context) {
    at::Tensor z = compute(x, y, context);
    SavedState<PointwiseState>::put(ctx, {std::move(context), nullptr, nullptr});
    return z;
  }

  static variable_list backward(AutogradContext* ctx, variable_list gradients) {
    const auto& state = SavedState<PointwiseState>::get(ctx);
    const at::Tensor g = as_operand(gradients[0], gradient_arithmetic(state.context, gradients[0]));
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
  return learns() ? Sum::apply(x, y, context) : Sum::compute(x, y, context);
}

}  // namespace halfwave
