#pragma once

#include "core/precision/stage_math.h"
#include "core/spectral/folded_pass.h"
#include "core/spectral/mode_layout.h"

#include <ATen/core/Tensor.h>

#include <map>
#include <mutex>
#include <tuple>

namespace halfwave {

/// The matrices of the one-dimensional truncated transforms, computed in fp64 and kept per size and
/// arithmetic.
///
/// Rows and columns that stand for complex numbers interleave or separate real and imaginary parts as
/// the engine's data lies in memory, so that each pass is one matrix product:
///   last axis:   (2m × n)   rows (part, k), columns x
///   other axes:  (2K × 2n)  rows (part, k), columns (x, part)
/// The factor 1/n of the forward normalisation is part of the matrix. Formats with a narrower range than fp32
/// would lose it to their subnormals (1/512 is the smallest value of fp8_e4m3), so there the power of two in
/// n is left out of the matrix and handed to the product as its scale; the product accumulates in fp32, where
/// that costs nothing. In strict mode the matrix has all of 1/n, since partial sums would overflow without
/// it.
class DftMatrices {
 public:
  enum class Kind : std::uint8_t { transform_last, transform, inverse_last, inverse };

  struct Matrix {
    at::Tensor values;
    double scale;  ///< a power of two that the product is multiplied by
  };

  /// The adjoint of a pass is the transpose of its matrix.
  Matrix get(Kind kind, const ModeLayout& layout, std::size_t axis, Arithmetic arithmetic,
             const at::Device& device);

  /// The distinct values of the same matrix, on the CPU; it serves the pass and its adjoint.
  QuarterMatrix quarter(Kind kind, const ModeLayout& layout, std::size_t axis, Arithmetic arithmetic);

 private:
  using Key = std::tuple<Kind, std::int64_t, std::int64_t, Format, bool, bool, int, int>;
  std::mutex mutex_;
  std::map<Key, Matrix> cache_;
  std::map<Key, QuarterMatrix> quarters_;
};

}  // namespace halfwave
