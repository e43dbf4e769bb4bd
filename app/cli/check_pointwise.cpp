#include "app/cli/self_check.h"
#include "core/operators/pointwise.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <numbers>

namespace halfwave::cli {
namespace {

StageContext context_of(Format format) {
  StageContext context;
  for (auto stage : all_stages) context.policy[stage] = format;
  return context;
}

/// fp64 and fp32 lose a few units in the last place of a short sum; a narrow format loses its operands', the
/// saved activation's and the result's roundings.
double tolerance_of(Format format) {
  if (format == Format::fp64) return 1e-13;
  if (format == Format::fp32) return 2e-6;
  return 8.0 * facts(format).unit_roundoff;
}

at::Tensor working(const at::Tensor& x, Format format) {
  return x.to(format == Format::fp64 ? at::kDouble : at::kFloat);
}

double relative_error(const at::Tensor& actual, const at::Tensor& reference) {
  return ((actual.to(at::kDouble) - reference).abs().max() / reference.abs().max()).item<double>();
}

void check_gelu(Format format, std::vector<SelfCheck>& checks) {
  checks.push_back(
      run_check("GELU", std::string(name(format)), tolerance_of(format), [&](Deviation& deviation) {
        // -8 … 8 in steps that every format here has, so that no rounding of the input enters.
        const at::Tensor x = at::arange(-32, 33, at::kDouble).reshape({13, 5}) / 4.0;
        const at::Tensor bell = (-x * x / 2.0).exp() / std::sqrt(2.0 * std::numbers::pi);
        const at::Tensor share = (1.0 + (x / std::numbers::sqrt2).erf()) / 2.0;
        const at::Tensor input = working(x, format).clone().requires_grad_();
        const at::Tensor y = pointwise_gelu(input, context_of(format));
        deviation.add(relative_error(y.detach(), x * share));
        const auto gradient = torch::autograd::grad({y}, {input}, {at::ones_like(y)});
        deviation.add(relative_error(gradient[0], share + x * bell));
      }));
}

void check_linear(Format format, std::vector<SelfCheck>& checks) {
  auto random = at::make_generator<at::CPUGeneratorImpl>(5);
  checks.push_back(
      run_check("linear map", std::string(name(format)), tolerance_of(format), [&](Deviation& deviation) {
        for (std::int64_t in : {1, 3, 24, 64}) {
          const at::Tensor x = at::randn({2, 9, 7, in}, random, at::kDouble);
          const at::Tensor w = at::randn({5, in}, random, at::kDouble);
          const at::Tensor b = at::randn({5}, random, at::kDouble);
          const at::Tensor g = at::randn({2, 9, 7, 5}, random, at::kDouble);
          std::vector<at::Tensor> leaves;
          for (const auto& t : {x, w, b}) leaves.push_back(working(t, format).clone().requires_grad_());
          const at::Tensor y = pointwise_linear(leaves[0], leaves[1], leaves[2], context_of(format));
          deviation.add(relative_error(y.detach(), at::matmul(x, w.t()) + b));
          const auto gradients = torch::autograd::grad({y}, leaves, {working(g, format).to(y.scalar_type())});
          deviation.add(relative_error(gradients[0], at::matmul(g, w)));
          deviation.add(
              relative_error(gradients[1], at::matmul(g.reshape({-1, 5}).t(), x.reshape({-1, in}))));
          deviation.add(relative_error(gradients[2], g.sum(at::IntArrayRef{0, 1, 2})));
        }
      }));
}

void check_gate_and_sum(Format format, std::vector<SelfCheck>& checks) {
  auto random = at::make_generator<at::CPUGeneratorImpl>(6);
  checks.push_back(
      run_check("gate and sum", std::string(name(format)), tolerance_of(format), [&](Deviation& deviation) {
        const at::Tensor x = at::randn({3, 11, 6}, random, at::kDouble);
        const at::Tensor y = at::randn({3, 11, 6}, random, at::kDouble);
        const at::Tensor w = at::randn({6}, random, at::kDouble);
        const StageContext context = context_of(format);
        deviation.add(relative_error(pointwise_gate(working(x, format), working(w, format), context), x * w));
        deviation.add(relative_error(pointwise_sum(working(x, format), working(y, format), context), x + y));
      }));
}

}  // namespace

void check_pointwise(std::vector<SelfCheck>& checks) {
  for (Format format : {Format::fp64, Format::fp32, Format::bf16, Format::fp16}) {
    check_gelu(format, checks);
    check_linear(format, checks);
    check_gate_and_sum(format, checks);
  }
}

}  // namespace halfwave::cli
