#include "app/cli/device_probe.h"

#include "app/cli/accumulation_case.h"
#include "core/precision/round_tensor.h"
#include "core/training/stopwatch.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave::cli {
namespace {

constexpr std::int64_t side = 512;

/// GFLOP/s of a square product in a type, the best of a few.
double rate_of(at::ScalarType type, const at::Device& device) {
  const at::Tensor a = at::full({side, side}, 0.5, at::TensorOptions().dtype(type).device(device));
  const auto once = [&] {
    const double begin = steady_seconds();
    // Reading one value waits for a device that works on its own.
    at::mm(a, a).select(0, 0).select(0, 0).item<double>();
    return steady_seconds() - begin;
  };
  double best = once();
  for (int i = 0; i < 7; ++i) best = std::min(best, once());
  return 2.0 * static_cast<double>(side * side * side) / best * 1e-9;
}

}  // namespace

std::vector<ProductProbe> probe_products(const DeviceInfo& info) {
  std::vector<ProductProbe> probes;
  if (!info.available) return probes;
  const at::Device device(info.name);
  double fp32_rate = 0.0;
  for (const Format format : {Format::bf16, Format::fp16}) {
    if (info.supports(format) != Support::native) continue;
    if (fp32_rate == 0.0) fp32_rate = rate_of(at::kFloat, device);
    const at::ScalarType type = tensor_type(format);
    const AccumulationCase sums = accumulation_case(format);
    const at::Tensor result =
        at::mm(sums.a.to(device, type), sums.b.to(device, type)).to(at::kCPU, at::kFloat);
    probes.push_back({format, result.eq(sums.exact).all().item<bool>(), rate_of(type, device), fp32_rate});
  }
  return probes;
}

}  // namespace halfwave::cli
