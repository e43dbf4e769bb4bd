#include "core/spectral/dft_matrices.h"

#include "core/device/memory_meter.h"
#include "core/precision/product.h"

#include <ATen/ATen.h>

#include <cmath>

namespace halfwave {
namespace {

struct Phase {
  double cosine;
  double sine;
};

// cos and sin of 2π·f·x/n with the multiple of the turn taken off in integers, so that quarter turns are
// exact.
Phase phase(std::int64_t frequency, std::int64_t x, std::int64_t n) {
  std::int64_t turn = (frequency * x) % n;
  if (turn < 0) turn += n;
  if (4 * turn % n == 0) {
    constexpr Phase quarters[] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    return quarters[4 * turn / n];
  }
  const double angle = 2.0 * M_PI * static_cast<double>(turn) / static_cast<double>(n);
  return {std::cos(angle), std::sin(angle)};
}

double mirror_weight(std::int64_t k, std::int64_t n) {
  return k == 0 || 2 * k == n ? 1.0 : 2.0;
}

// 2^−⌊log₂ n⌋ where the matrix has 1/n and the format has not the range of fp32; else 1.
double scale_of(DftMatrices::Kind kind, std::int64_t n, Format format) {
  const bool normalised = kind == DftMatrices::Kind::transform_last || kind == DftMatrices::Kind::transform;
  if (!normalised || facts(format).min_exponent <= facts(Format::fp32).min_exponent) return 1.0;
  return std::ldexp(1.0, -std::ilogb(static_cast<double>(n)));
}

at::Tensor compute(DftMatrices::Kind kind, const std::vector<std::int64_t>& frequencies, std::int64_t n) {
  const auto k_count = static_cast<std::int64_t>(frequencies.size());
  const auto options = at::TensorOptions().dtype(at::kDouble);
  const double scale = 1.0 / static_cast<double>(n);
  using Kind = DftMatrices::Kind;
  switch (kind) {
    case Kind::transform_last: {
      at::Tensor matrix = at::empty({2, k_count, n}, options);
      auto a = matrix.accessor<double, 3>();
      for (std::int64_t k = 0; k < k_count; ++k)
        for (std::int64_t x = 0; x < n; ++x) {
          const Phase p = phase(frequencies[k], x, n);
          a[0][k][x] = scale * p.cosine;
          a[1][k][x] = -scale * p.sine;
        }
      return matrix.view({2 * k_count, n});
    }
    case Kind::transform: {
      at::Tensor matrix = at::empty({2, k_count, n, 2}, options);
      auto a = matrix.accessor<double, 4>();
      for (std::int64_t k = 0; k < k_count; ++k)
        for (std::int64_t x = 0; x < n; ++x) {
          const Phase p = phase(frequencies[k], x, n);
          a[0][k][x][0] = scale * p.cosine;
          a[0][k][x][1] = scale * p.sine;
          a[1][k][x][0] = -scale * p.sine;
          a[1][k][x][1] = scale * p.cosine;
        }
      return matrix.view({2 * k_count, 2 * n});
    }
    case Kind::inverse_last: {
      at::Tensor matrix = at::empty({n, 2, k_count}, options);
      auto a = matrix.accessor<double, 3>();
      for (std::int64_t k = 0; k < k_count; ++k) {
        const double weight = mirror_weight(frequencies[k], n);
        for (std::int64_t x = 0; x < n; ++x) {
          const Phase p = phase(frequencies[k], x, n);
          a[x][0][k] = weight * p.cosine;
          a[x][1][k] = -weight * p.sine;
        }
      }
      return matrix.view({n, 2 * k_count});
    }
    case Kind::inverse:
      break;
  }
  at::Tensor matrix = at::empty({n, 2, 2, k_count}, options);
  auto a = matrix.accessor<double, 4>();
  for (std::int64_t k = 0; k < k_count; ++k)
    for (std::int64_t x = 0; x < n; ++x) {
      const Phase p = phase(frequencies[k], x, n);
      a[x][0][0][k] = p.cosine;
      a[x][0][1][k] = -p.sine;
      a[x][1][0][k] = p.sine;
      a[x][1][1][k] = p.cosine;
    }
  return matrix.view({2 * n, 2 * k_count});
}

at::Tensor compute_quarter(DftMatrices::Kind kind, bool cosines, std::int64_t first, std::int64_t rows,
                           std::int64_t n) {
  using Kind = DftMatrices::Kind;
  const std::int64_t columns = cosines ? n / 2 + 1 : (n - 1) / 2;
  at::Tensor matrix = at::empty({rows, columns}, at::kDouble);
  auto a = matrix.accessor<double, 2>();
  for (std::int64_t row = 0; row < rows; ++row) {
    const std::int64_t k = first + row;
    const double weight = kind == Kind::inverse        ? 1.0
                          : kind == Kind::inverse_last ? mirror_weight(k, n)
                                                       : 1.0 / static_cast<double>(n);
    for (std::int64_t column = 0; column < columns; ++column) {
      const Phase p = phase(k, first + column, n);
      a[row][column] = weight * (cosines ? p.cosine : p.sine);
    }
  }
  return matrix;
}

}  // namespace

QuarterMatrix DftMatrices::quarter(Kind kind, const ModeLayout& layout, std::size_t axis,
                                   Arithmetic arithmetic) {
  const auto n = layout.grid[axis];
  const Key key{kind, n, layout.modes[axis], arithmetic.format, arithmetic.native, false, -1, 0};
  const std::lock_guard lock(mutex_);
  auto found = quarters_.find(key);
  if (found == quarters_.end()) {
    const MemoryScope scope(MemoryCategory::scratch);
    const bool last = axis + 1 == layout.axes();
    const auto rows = last ? layout.modes[axis] : layout.modes[axis] / 2 + 1;
    const double scale = scale_of(kind, n, arithmetic.format);
    const auto rounded = [&](at::Tensor matrix) {
      return as_operand(matrix.mul_(1.0 / scale).to(at::kFloat), arithmetic).to(at::kFloat);
    };
    found = quarters_
                .emplace(key, QuarterMatrix{rounded(compute_quarter(kind, true, 0, rows, n)),
                                            rounded(compute_quarter(kind, false, 1, rows - 1, n)), scale})
                .first;
  }
  return found->second;
}

DftMatrices::Matrix DftMatrices::get(Kind kind, const ModeLayout& layout, std::size_t axis,
                                     Arithmetic arithmetic, const at::Device& device) {
  const bool strict = rounds_every_step(arithmetic);
  const Key key{kind,
                layout.grid[axis],
                layout.modes[axis],
                arithmetic.format,
                arithmetic.native,
                strict,
                static_cast<int>(device.type()),
                device.index()};
  const std::lock_guard lock(mutex_);
  auto found = cache_.find(key);
  if (found == cache_.end()) {
    const MemoryScope scope(MemoryCategory::scratch);
    at::Tensor matrix = compute(kind, kept_frequencies(layout, axis), layout.grid[axis]);
    const double scale = strict ? 1.0 : scale_of(kind, layout.grid[axis], arithmetic.format);
    matrix.mul_(1.0 / scale);
    if (arithmetic.format != Format::fp64) matrix = as_operand(matrix.to(at::kFloat), arithmetic);
    found = cache_.emplace(key, Matrix{matrix.to(device), scale}).first;
  }
  return found->second;
}

}  // namespace halfwave
