#include "core/analysis/transform_cost.h"

#include "core/spectral/folded_pass.h"
#include "core/spectral/mode_layout.h"

#include <cmath>

namespace halfwave {
namespace {

constexpr double fp32_bytes = 4.0;

double product_of(const std::vector<std::int64_t>& values, std::size_t begin, std::size_t end) {
  double product = 1.0;
  for (std::size_t i = begin; i < end; ++i) product *= static_cast<double>(values[i]);
  return product;
}

/// One axis of a transform: how often, over how many columns.
struct AxisPass {
  bool last;
  std::int64_t points, modes;
  double columns;
};

// One matrix product: (2m × n) along the last axis, (2K × 2n) along another.
Work plain_pass(const AxisPass& pass) {
  Work work;
  const double inner = static_cast<double>(pass.points) * (pass.last ? 1.0 : 2.0);
  work.add_product(2.0 * static_cast<double>(pass.modes), inner, pass.columns);
  return work;
}

// Cosines (R × E) meet even parts, sines (R − 1 × O) odd ones, of the real field along the last axis, of real
// and imaginary parts along another, where pairs ±k are put together from both. Sums and differences count.
Work mirrored_pass(const AxisPass& pass) {
  const double rows = static_cast<double>(pass.last ? pass.modes : pass.modes / 2 + 1);
  const double even = static_cast<double>(pass.points / 2 + 1);
  const double odd = static_cast<double>((pass.points - 1) / 2);
  const double parts = pass.last ? 1.0 : 2.0;
  Work work;
  work.add_product(parts * rows, even, pass.columns);
  work.add_product(parts * (rows - 1.0), odd, pass.columns);
  work.other_flops += parts * static_cast<double>(pass.points) * pass.columns;
  if (!pass.last) work.other_flops += 4.0 * (rows - 1.0) * pass.columns;
  return work;
}

Work products(const ModeLayout& layout, double batch, double channels, Arithmetic arithmetic) {
  Work sum;
  const std::size_t axes = layout.axes();
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const AxisPass pass{axis + 1 == axes, layout.grid[axis], layout.modes[axis],
                        product_of(layout.modes, axis + 1, axes) * channels};
    const Work once = folds(pass.modes, pass.last, arithmetic) ? mirrored_pass(pass) : plain_pass(pass);
    const double times = batch * product_of(layout.grid, 0, axis);
    sum.wide_flops += times * once.wide_flops;
    sum.narrow_flops += times * once.narrow_flops;
    sum.other_flops += times * once.other_flops;
  }
  return sum;
}

// 5 n log₂ n a complex transform and half of it a real one; the modes of later axes are cut off before.
double fast_transform_flops(const ModeLayout& layout, double batch, double channels) {
  const std::size_t axes = layout.axes();
  double flops = 0.0;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const double n = static_cast<double>(layout.grid[axis]);
    const double times =
        batch * channels * product_of(layout.grid, 0, axis) * product_of(layout.modes, axis + 1, axes);
    flops += times * (axis + 1 == axes ? 2.5 : 5.0) * n * std::log2(n);
  }
  return flops;
}

}  // namespace

Work transform_work(std::string_view engine, const std::vector<std::int64_t>& grid,
                    const std::vector<int>& modes, std::int64_t batch, std::int64_t channels,
                    Arithmetic arithmetic) {
  const ModeLayout layout = make_layout(grid, modes);
  const auto fields = static_cast<double>(batch), width = static_cast<double>(channels);
  Work work;
  if (engine == "fft")
    work.other_flops = fast_transform_flops(layout, fields, width);
  else
    work = products(layout, fields, width, arithmetic);
  const auto points = static_cast<double>(layout.point_count());
  work.bytes = fp32_bytes * fields * width * (points + 2.0 * static_cast<double>(layout.mode_count()));
  return work;
}

}  // namespace halfwave
