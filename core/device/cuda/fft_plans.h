#pragma once

#include "core/precision/format.h"

#include <ATen/core/Tensor.h>

#include <list>
#include <mutex>
#include <vector>

namespace halfwave::cuda {

/// What a plan of cuFFT is made for: the real transforms of `lines` fields that lie one after another.
struct FftShape {
  bool to_spectrum = true;
  at::ScalarType type = at::kFloat;  ///< of real values, and of the parts of complex ones
  std::vector<std::int64_t> grid;
  std::int64_t lines = 1;
  int card = 0;
  bool operator==(const FftShape&) const = default;
};

/// Plans of cuFFT, the most recently used first. Their working memory is LibTorch's, taken for each run. A
/// plan that gives way is destroyed when the card has done with it.
class FftPlans {
 public:
  static constexpr std::size_t most_plans = 32;

  /// Runs the transform on the current card and stream; what is read may be overwritten. Throws RunError with
  /// what cuFFT says.
  void run(const FftShape& shape, const void* from, void* to);

  std::size_t size() const;
  void clear();

 private:
  struct Plan {
    FftShape shape;
    int handle;
    std::size_t work_bytes;
  };
  Plan& find(const FftShape& shape);
  void drop_last();

  mutable std::mutex mutex_;
  std::list<Plan> plans_;
};

/// The plans of this process.
FftPlans& fft_plans();

}  // namespace halfwave::cuda
