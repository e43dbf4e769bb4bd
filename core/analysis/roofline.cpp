#include "core/analysis/roofline.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/precision/product.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

namespace halfwave {
namespace {

constexpr std::int64_t wide_size = 1024;
constexpr std::int64_t narrow_rows = 32768;
constexpr std::int64_t narrow_size = 64;
constexpr std::int64_t copied_floats = std::int64_t{32} << 20;

double seconds_of(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// The shortest pass among those that fit into `seconds`, three at least, after an untimed one.
double best_seconds(double seconds, const std::function<void()>& work) {
  work();
  double best = seconds_of(work), spent = best;
  for (int pass = 1; pass < 3 || spent < seconds; ++pass) {
    const double now = seconds_of(work);
    best = std::min(best, now);
    spent += now;
  }
  return best;
}

/// The better of LibTorch's product and Halfwave's own, which differ for narrow matrices in fp32.
double product_rate(std::int64_t rows, std::int64_t inner, std::int64_t columns, Format format,
                    double seconds) {
  const auto options = at::TensorOptions(tensor_type(format));
  const at::Tensor a = at::full({rows, inner}, 0.5, options), b = at::full({inner, columns}, 0.25, options);
  const Arithmetic arithmetic = Arithmetic::of(format, a.device());
  at::Tensor c = at::empty({rows, columns}, options);
  const double library = best_seconds(seconds / 2, [&] { at::mm_out(c, a, b); });
  const double own = best_seconds(seconds / 2, [&] { c = matrix_product(a, b, arithmetic); });
  const double flops =
      2.0 * static_cast<double>(rows) * static_cast<double>(inner) * static_cast<double>(columns);
  return flops / std::min(library, own);
}

double copy_rate(double seconds) {
  const at::Tensor from = at::full({copied_floats}, 1.0f, at::kFloat);
  at::Tensor to = at::zeros_like(from);
  const double bytes = 2.0 * static_cast<double>(from.nbytes());
  return bytes / best_seconds(seconds, [&] { to.copy_(from); });
}

}  // namespace

MachineRates measure_rates(const std::vector<Format>& formats, double seconds) {
  const c10::AutoGradMode no_gradient(false);
  const MemoryScope scope(MemoryCategory::other);
  std::vector<Format> wanted{Format::fp32};
  for (const Format format : formats)
    if (std::find(wanted.begin(), wanted.end(), format) == wanted.end() &&
        Arithmetic::of(format, at::Device(at::kCPU)).native)
      wanted.push_back(format);
  MachineRates rates;
  for (const Format format : wanted)
    rates.products[format] = {product_rate(wide_size, wide_size, wide_size, format, seconds),
                              product_rate(narrow_rows, narrow_size, narrow_size, format, seconds)};
  rates.copy_bytes = copy_rate(seconds);
  return rates;
}

std::vector<PartTime> roofline_times(const std::vector<PartCost>& costs, const MachineRates& rates) {
  const auto rate_of = [&](Format format) -> const ProductRate& {
    const auto found = rates.products.find(format);
    if (found == rates.products.end())
      throw RunError("The rate of products in " + std::string(name(format)) + " was not measured.");
    return found->second;
  };
  std::vector<PartTime> times;
  for (const PartCost& cost : costs) {
    const ProductRate& rate = rate_of(cost.format);
    // Element by element everything is computed in fp32, or fp64.
    const double other = rate_of(cost.format == Format::fp64 ? Format::fp64 : Format::fp32).wide;
    times.push_back({cost,
                     cost.work.wide_flops / rate.wide + cost.work.narrow_flops / rate.narrow +
                         cost.work.other_flops / other,
                     cost.work.bytes / rates.copy_bytes});
  }
  return times;
}

double roofline_seconds(const std::vector<PartTime>& times) {
  double seconds = 0.0;
  for (const PartTime& time : times) seconds += time.seconds();
  return seconds;
}

}  // namespace halfwave
