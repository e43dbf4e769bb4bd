#pragma once

#include "core/spectral/spectral_conv.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <cstdint>
#include <vector>

namespace halfwave {

/// How the three spectral stages of a convolution are carried out.
struct SpectralRecipe {
  const char* engine;
  Format format;
  Accumulation accumulation = Accumulation::fp32;
  Stabilizer stabilizer = Stabilizer::none;
};

/// What a convolution is tried on: a function that every grid resolves, or independent normal values whose
/// spectrum is flat.
enum class TestField { smooth, noise };

/// One smooth random field with variance 1, sampled on a grid of n points an axis, (1, n…, channels) in fp64.
/// All grids sample the same function: its modes are |k| ≤ 12 along each axis with amplitudes that fall as
/// 1/(1 + |k|²).
inline at::Tensor smooth_field(std::int64_t n, std::size_t axes, std::int64_t channels, std::uint64_t seed) {
  const std::vector<std::int64_t> grid(axes, n);
  const ModeLayout layout = make_layout(grid, std::vector<int>(axes, 24));
  auto random = at::make_generator<at::CPUGeneratorImpl>(seed);
  std::vector<std::int64_t> shape{1, 2};
  shape.insert(shape.end(), layout.modes.begin(), layout.modes.end());
  shape.push_back(channels);
  at::Tensor modes = at::randn(shape, random, at::kDouble);
  at::Tensor square = at::ones({}, at::kDouble);
  for (std::size_t axis = 0; axis < axes; ++axis) {
    std::vector<std::int64_t> along(axes + 1, 1);
    along[axis] = -1;
    square =
        square + at::tensor(kept_frequencies(layout, axis), at::kLong).to(at::kDouble).square().view(along);
  }
  const at::Tensor field =
      make_engine("fft")->inverse(modes / square, layout, Arithmetic::of(Format::fp64, at::kCPU));
  return field / field.square().mean().sqrt();
}

/// Independent normal values, (1, n…, channels) in fp64.
inline at::Tensor noise_field(std::int64_t n, std::size_t axes, std::int64_t channels, std::uint64_t seed) {
  auto random = at::make_generator<at::CPUGeneratorImpl>(seed);
  std::vector<std::int64_t> shape(axes + 2, n);
  shape.front() = 1;
  shape.back() = channels;
  return at::randn(shape, random, at::kDouble);
}

/// The output of one spectral convolution (16 modes an axis) by each recipe against fp64: the
/// relative error in L2, recipe by recipe. The field and the weights are rounded with the stages' operands.
inline std::vector<double> convolution_errors(const std::vector<SpectralRecipe>& recipes, std::int64_t n,
                                              std::size_t axes, TestField kind, std::uint64_t seed,
                                              std::int64_t channels = 4) {
  const at::NoGradGuard no_grad;
  const at::Tensor field = kind == TestField::smooth ? smooth_field(n, axes, channels, seed)
                                                     : noise_field(n, axes, channels, seed);
  const ModeLayout layout = make_layout(std::vector<std::int64_t>(axes, n), std::vector<int>(axes, 16));
  auto random = at::make_generator<at::CPUGeneratorImpl>(seed + 1000);
  auto shape = layout.modes;
  shape.insert(shape.end(), {2, channels, channels});
  const at::Tensor weight = at::randn(shape, random, at::kDouble);
  const auto output = [&](const SpectralRecipe& recipe) {
    StageContext context;
    context.policy.formats.fill(recipe.format);
    context.policy.accumulation = recipe.accumulation;
    context.policy.stabilizer = recipe.stabilizer;
    const auto type = recipe.format == Format::fp64 ? at::kDouble : at::kFloat;
    return spectral_conv(field.to(type), weight.to(type), {}, layout, make_engine(recipe.engine), context)
        .to(at::kDouble);
  };
  const at::Tensor exact = output({"fft", Format::fp64});
  std::vector<double> errors;
  for (const auto& recipe : recipes)
    errors.push_back(((output(recipe) - exact).norm() / exact.norm()).item<double>());
  return errors;
}

}  // namespace halfwave
