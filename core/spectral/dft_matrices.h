#pragma once

#include "core/precision/stage_math.h"
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
/// The factor 1/n of the forward normalisation is part of the matrix.
class DftMatrices {
 public:
  enum class Kind : std::uint8_t { transform_last, transform, inverse_last, inverse };

  /// The adjoint of a pass is the transpose of its matrix.
  at::Tensor get(Kind kind, const ModeLayout& layout, std::size_t axis, Arithmetic arithmetic,
                 const at::Device& device);

 private:
  using Key = std::tuple<Kind, std::int64_t, std::int64_t, Format, bool, int, int>;
  std::mutex mutex_;
  std::map<Key, at::Tensor> cache_;
};

}  // namespace halfwave
