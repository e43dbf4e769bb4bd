#pragma once

#include "core/spectral/contraction_planner.h"

#include <array>
#include <string>
#include <vector>

namespace halfwave {

/// How the weights of a Fourier layer, a tensor (in, out, mode…), are held.
enum class WeightForm : std::uint8_t { dense, cp, tucker, tensor_train };
inline constexpr std::array all_weight_forms = {WeightForm::dense, WeightForm::cp, WeightForm::tucker,
                                                WeightForm::tensor_train};
/// `dense`, `CP`, `Tucker`, `TT`.
std::string_view name(WeightForm form);

/// Ranks of a factorisation of a tensor of that shape with `share` (above 0) of its parameters, counted and
/// rounded as neuraloperator's factorised tensors do: CP one rank; Tucker one an axis; TT one more than there
/// are axes, the outer two being 1. Empty for a dense weight.
std::vector<std::int64_t> weight_ranks(WeightForm form, const std::vector<std::int64_t>& shape, double share);

/// The contraction of a Fourier layer with weights of some form: x (batch, in, mode…) to (batch, out, mode…).
struct WeightContraction {
  std::string expression;
  IndexSizes sizes;
  std::vector<std::string> operands;       ///< what each operand is: `x`, `core`, `factor of modes 1` …
  std::vector<std::int64_t> weight_shape;  ///< (in, out, mode…)
  std::vector<std::int64_t> ranks;
  double parameters = 0;        ///< complex numbers that the form holds
  double dense_parameters = 0;  ///< … that a dense weight holds
};

/// `modes` are the kept modes along each axis (1 to 3 axes). Throws RequestError for numbers that are not
/// positive.
WeightContraction weight_contraction(WeightForm form, std::int64_t batch, std::int64_t in_channels,
                                     std::int64_t out_channels, const std::vector<std::int64_t>& modes,
                                     double share);

}  // namespace halfwave
