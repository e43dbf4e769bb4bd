#include "core/spectral/weight_forms.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>

namespace halfwave {
namespace {

constexpr std::string_view mode_letters = "xyz";
// Of the ranks; none of b, i, o, x, y, z.
constexpr std::string_view rank_letters = "rstuvw";

double product(const std::vector<std::int64_t>& shape) {
  double result = 1.0;
  for (const std::int64_t n : shape) result *= static_cast<double>(n);
  return result;
}

/// Nearest whole number, halves to even as Python's round does, at least 1.
std::int64_t rounded(double value) {
  return std::max<std::int64_t>(1, std::llrint(value));
}

/// The share f of every axis at which core and factors together have as many parameters as wanted:
/// N fᵈ + f Σ n² = wanted.
double tucker_fraction(const std::vector<std::int64_t>& shape, double wanted, double share) {
  double squares = 0.0;
  for (const std::int64_t n : shape) squares += static_cast<double>(n) * static_cast<double>(n);
  const double whole = product(shape);
  double low = 0.0, high = std::max(share, 1.0);
  for (int i = 0; i < 200; ++i) {
    const double f = (low + high) / 2;
    const bool too_many = whole * std::pow(f, static_cast<double>(shape.size())) + squares * f > wanted;
    (too_many ? high : low) = f;
  }
  return (low + high) / 2;
}

std::vector<std::int64_t> train_ranks(const std::vector<std::int64_t>& shape, double wanted) {
  // Ranks in proportion to the mean of the two axes they join: a f² + b f = wanted.
  std::vector<double> mean;
  for (std::size_t k = 0; k + 1 < shape.size(); ++k)
    mean.push_back((static_cast<double>(shape[k]) + static_cast<double>(shape[k + 1])) / 2);
  double a = 0.0;
  for (std::size_t k = 1; k + 1 < shape.size(); ++k)
    a += mean[k - 1] * static_cast<double>(shape[k]) * mean[k];
  const double b =
      static_cast<double>(shape.front()) * mean.front() + static_cast<double>(shape.back()) * mean.back();
  const double fraction = (-b + std::sqrt(b * b + 4 * a * wanted)) / (2 * a);
  std::vector<std::int64_t> ranks = {1};
  for (const double m : mean) ranks.push_back(rounded(m * fraction));
  ranks.push_back(1);
  return ranks;
}

}  // namespace

std::string_view name(WeightForm form) {
  switch (form) {
    case WeightForm::cp:
      return "CP";
    case WeightForm::tucker:
      return "Tucker";
    case WeightForm::tensor_train:
      return "TT";
    case WeightForm::dense:
      break;
  }
  return "dense";
}

std::vector<std::int64_t> weight_ranks(WeightForm form, const std::vector<std::int64_t>& shape,
                                       double share) {
  const double wanted = product(shape) * share;
  double sum = 0.0;
  for (const std::int64_t n : shape) sum += static_cast<double>(n);
  switch (form) {
    case WeightForm::cp:
      return {rounded(wanted / sum)};
    case WeightForm::tucker: {
      const double fraction = tucker_fraction(shape, wanted, share);
      std::vector<std::int64_t> ranks;
      for (const std::int64_t n : shape) ranks.push_back(rounded(static_cast<double>(n) * fraction));
      return ranks;
    }
    case WeightForm::tensor_train:
      return train_ranks(shape, wanted);
    case WeightForm::dense:
      break;
  }
  return {};
}

WeightContraction weight_contraction(WeightForm form, std::int64_t batch, std::int64_t in_channels,
                                     std::int64_t out_channels, const std::vector<std::int64_t>& modes,
                                     double share) {
  const auto positive = [](std::int64_t n) { return n > 0; };
  if (modes.empty() || modes.size() > mode_letters.size() || !positive(batch) || !positive(in_channels) ||
      !positive(out_channels) || !std::all_of(modes.begin(), modes.end(), positive) || !(share > 0.0))
    throw RequestError(
        "A Fourier layer's contraction has 1 to 3 axes of modes, and batch, channels, modes and rank above "
        "0.");

  WeightContraction result;
  result.weight_shape = {in_channels, out_channels};
  result.weight_shape.insert(result.weight_shape.end(), modes.begin(), modes.end());
  result.dense_parameters = product(result.weight_shape);
  result.ranks = weight_ranks(form, result.weight_shape, share);

  std::string axes = "io";
  axes += mode_letters.substr(0, modes.size());
  const std::string spatial = axes.substr(2);
  result.sizes['b'] = batch;
  for (std::size_t k = 0; k < axes.size(); ++k) result.sizes[axes[k]] = result.weight_shape[k];

  std::vector<std::string> factor_names = {"factor of channels in", "factor of channels out"};
  for (std::size_t k = 0; k < modes.size(); ++k) {
    std::string text = "factor of modes ";
    text += spatial[k];
    factor_names.push_back(text);
  }

  result.expression = "bi" + spatial;
  result.operands = {"x"};
  const auto add = [&](const std::string& term, const std::string& what) {
    result.expression += "," + term;
    result.operands.push_back(what);
    double parameters = 1.0;
    for (const char c : term) parameters *= static_cast<double>(result.sizes.at(c));
    result.parameters += parameters;
  };
  switch (form) {
    case WeightForm::dense:
      add(axes, "weight");
      break;
    case WeightForm::cp:
      result.sizes['r'] = result.ranks[0];
      add("r", "weights of the ranks");
      for (std::size_t k = 0; k < axes.size(); ++k) add({axes[k], 'r'}, factor_names[k]);
      break;
    case WeightForm::tucker:
      for (std::size_t k = 0; k < axes.size(); ++k) result.sizes[rank_letters[k]] = result.ranks[k];
      add(std::string(rank_letters.substr(0, axes.size())), "core");
      for (std::size_t k = 0; k < axes.size(); ++k) add({axes[k], rank_letters[k]}, factor_names[k]);
      break;
    case WeightForm::tensor_train:
      for (std::size_t k = 0; k < result.ranks.size(); ++k) result.sizes[rank_letters[k]] = result.ranks[k];
      for (std::size_t k = 0; k < axes.size(); ++k)
        add({rank_letters[k], axes[k], rank_letters[k + 1]}, factor_names[k]);
      break;
  }
  result.expression += "->bo" + spatial;
  return result;
}

}  // namespace halfwave
