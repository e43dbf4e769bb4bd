#include "app/cli/self_check.h"
#include "core/analysis/radial_spectrum.h"
#include "core/training/adam_kernel.h"
#include "core/training/losses.h"

#include <ATen/ATen.h>

#include <numbers>
#include <random>

namespace halfwave::cli {
namespace {

struct AdamState {
  std::vector<double> w, g, m, v;
};

AdamState random_state(std::size_t elements, std::size_t moments, std::mt19937& random) {
  std::normal_distribution<double> normal;
  AdamState s;
  const auto fill = [&](std::vector<double>& values, std::size_t count, bool positive) {
    values.resize(count);
    for (auto& value : values) value = positive ? std::abs(normal(random)) : normal(random);
  };
  fill(s.w, elements, false);
  fill(s.g, elements, false);
  fill(s.m, elements, false);
  fill(s.v, moments, true);
  return s;
}

/// One step written for one element, in fp64 (Kingma and Ba 2015; the decay decoupled as by Loshchilov and
/// Hutter 2019). `other` is the other part of a complex element's gradient.
double stepped(double w, double g, double other, double m, double v, const AdamStep& step) {
  const double moment = step.beta1 * m + (1.0 - step.beta1) * g;
  const double square = step.beta2 * v + (1.0 - step.beta2) * (g * g + other * other);
  return (w - step.step_size * moment / (std::sqrt(square) + step.epsilon)) * (1.0 - step.decay);
}

template <class T>
void compare_adam(std::int64_t count, std::int64_t inner, std::mt19937& random, Deviation& deviation) {
  const bool is_complex = inner > 0;
  const auto elements = static_cast<std::size_t>(is_complex ? 2 * count : count);
  const AdamState before = random_state(elements, static_cast<std::size_t>(count), random);
  const AdamStep step{0.9, 0.999, 1e-6, 0.01, 0.001, 0.02, 0.5};
  const auto narrow = [](const std::vector<double>& values) {
    return std::vector<T>(values.begin(), values.end());
  };
  std::vector<T> w = narrow(before.w), m = narrow(before.m), v = narrow(before.v);
  const std::vector<T> g = narrow(before.g);
  adam_update(w.data(), g.data(), m.data(), v.data(), {count, inner}, 0, count, step);
  const auto gradient = [&](std::size_t i) {
    return before.g[i] * step.gradient_factor + step.l2 * before.w[i];
  };
  for (std::int64_t c = 0; c < count; ++c) {
    const auto re = static_cast<std::size_t>(is_complex ? c / inner * 2 * inner + c % inner : c);
    const auto im = is_complex ? re + static_cast<std::size_t>(inner) : re;
    const auto moment = before.v[static_cast<std::size_t>(c)];
    const double g_re = gradient(re);
    const double g_im = is_complex ? gradient(im) : 0.0;
    deviation.add(
        std::abs(static_cast<double>(w[re]) - stepped(before.w[re], g_re, g_im, before.m[re], moment, step)));
    if (is_complex)
      deviation.add(std::abs(static_cast<double>(w[im]) -
                             stepped(before.w[im], g_im, g_re, before.m[im], moment, step)));
  }
}

void check_adam(std::vector<SelfCheck>& checks) {
  const auto all_shapes = [](auto type, Deviation& deviation) {
    std::mt19937 random(7);
    for (std::int64_t count : {1, 7, 64, 1001}) compare_adam<decltype(type)>(count, 0, random, deviation);
    for (std::int64_t inner : {1, 5, 64}) compare_adam<decltype(type)>(6 * inner, inner, random, deviation);
  };
  // Weights of order 1 move by a step of order 0.01 · m/√v; a few roundings of each are allowed.
  checks.push_back(run_check("Adam step", "fp64", 1e-13, [&](Deviation& d) { all_shapes(double{}, d); }));
  checks.push_back(run_check("Adam step", "fp32", 2e-6, [&](Deviation& d) { all_shapes(float{}, d); }));
}

/// A value that is not finite is found wherever it lies, and nothing is found where there is none.
void check_finite_search(std::vector<SelfCheck>& checks) {
  checks.push_back(run_check("search for inf and NaN", "fp16 fp32 fp64", 0.0, [](Deviation& deviation) {
    const auto search = [&](auto zero, auto mask, auto largest) {
      constexpr std::size_t count = 131;
      for (std::size_t bad = 0; bad <= count; ++bad) {
        std::vector<decltype(zero)> bits(count, largest);
        if (bad < count) bits[bad] = static_cast<decltype(zero)>(bad % 2 == 0 ? mask : mask + 1);
        deviation.add(all_finite(bits.data(), count, mask) == (bad == count) ? 0.0 : 1.0);
      }
    };
    search(std::uint16_t{0}, std::uint16_t{0x7c00}, std::uint16_t{0x7bff});
    search(std::uint32_t{0}, std::uint32_t{0x7f800000}, std::uint32_t{0x7f7fffff});
    search(std::uint64_t{0}, std::uint64_t{0x7ff0000000000000}, std::uint64_t{0x7fefffffffffffff});
  }));
}

/// sin(2πkx) on n points along the first of two axes.
at::Tensor wave(std::int64_t n, int k) {
  const at::Tensor x = at::arange(n, at::kDouble) / static_cast<double>(n);
  return (x * (2.0 * std::numbers::pi * k)).sin().reshape({1, 1, n, 1}).expand({1, 1, n, n}).contiguous();
}

void check_norms(std::vector<SelfCheck>& checks) {
  // The target is a wave, the prediction adds ε of another: both norms are known in closed form.
  checks.push_back(run_check("relative norms", "fp64", 1e-7, [](Deviation& deviation) {
    for (std::int64_t n : {16, 33, 64}) {
      constexpr double share = 0.1;
      const at::Tensor target = wave(n, 1);
      const at::Tensor prediction = target + share * wave(n, 3);
      const auto square = [&](int k) {
        const double slope =
            static_cast<double>(n) * std::sin(2.0 * std::numbers::pi * k / static_cast<double>(n));
        return 1.0 + slope * slope;
      };
      const double l2 = relative_norm(prediction, target, Norm::l2).item<double>();
      const double h1 = relative_norm(prediction, target, Norm::h1).item<double>();
      deviation.add(std::abs(l2 / share - 1.0));
      deviation.add(std::abs(h1 / (share * std::sqrt(square(3) / square(1))) - 1.0));
    }
  }));
}

void check_spectrum(std::vector<SelfCheck>& checks) {
  // cos(2π(3x + 4y)) has all its power, ½, in the shell of wavenumber 5. Fields hold fp32 values.
  checks.push_back(run_check("radial spectrum", "fp32", 1e-6, [](Deviation& deviation) {
    constexpr int n = 32;
    Field field{{n, n}, {}};
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j)
        field.values.push_back(
            static_cast<float>(std::cos(2.0 * std::numbers::pi * ((3 * i + 4 * j) % n) / double{n})));
    const RadialSpectrum spectrum = radial_spectrum(field);
    for (std::size_t k = 0; k < spectrum.power.size(); ++k)
      deviation.add(std::abs(spectrum.power[k] - (spectrum.wavenumber[k] == 5.0 ? 0.5 : 0.0)));
  }));
}

}  // namespace

void check_training(std::vector<SelfCheck>& checks) {
  check_adam(checks);
  check_finite_search(checks);
  check_norms(checks);
  check_spectrum(checks);
}

}  // namespace halfwave::cli
