#include "core/data/normalizer_fit.h"

#include "core/error.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace halfwave {
namespace {

struct Moments {
  double mean = 0.0;
  double squares = 0.0;  ///< sum of squares of the distances from the mean
};

Moments moments_of(const float* values, std::int64_t count) {
  double sum = 0.0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < count; ++i) sum += static_cast<double>(values[i]);
  Moments moments;
  const double mean = sum / static_cast<double>(count);
  double squares = 0.0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < count; ++i) {
    const double distance = static_cast<double>(values[i]) - mean;
    squares += distance * distance;
  }
  moments.mean = mean;
  moments.squares = squares;
  return moments;
}

}  // namespace

NormalizerFit::NormalizerFit(std::string_view kind, const std::vector<std::int64_t>& sample,
                             std::string field)
    : sample_(sample), field_(std::move(field)) {
  if (kind == "none")
    kind_ = Kind::none;
  else if (kind == "per-channel")
    kind_ = Kind::channel;
  else if (kind == "per-point")
    kind_ = Kind::point;
  else if (kind == "min-max")
    kind_ = Kind::range;
  else
    throw FieldError(field_, "\"" + std::string(kind) +
                                 "\" is not known: none, per-channel, per-point or min-max would be right");
  for (std::size_t axis = 1; axis < sample_.size(); ++axis) points_ *= sample_[axis];
  const auto entries = static_cast<std::size_t>(sample_[0] * (kind_ == Kind::point ? points_ : 1));
  if (kind_ == Kind::none) return;
  const bool range = kind_ == Kind::range;
  mean_.assign(entries, range ? std::numeric_limits<double>::infinity() : 0.0);
  squares_.assign(entries, range ? -std::numeric_limits<double>::infinity() : 0.0);
}

void NormalizerFit::add(const at::Tensor& samples) {
  if (kind_ == Kind::none) return;
  for (std::int64_t i = 0; i < samples.size(0); ++i) {
    const at::Tensor one = samples.select(0, i).to(at::kCPU, at::kFloat).contiguous();
    add_sample(one.const_data_ptr<float>());
  }
}

void NormalizerFit::add_sample(const float* values) {
  const auto before = static_cast<double>(count_++);
  if (kind_ == Kind::point) {
    for (std::size_t i = 0; i < mean_.size(); ++i) {
      const double distance = static_cast<double>(values[i]) - mean_[i];
      mean_[i] += distance / (before + 1.0);
      squares_[i] += distance * (static_cast<double>(values[i]) - mean_[i]);
    }
    return;
  }
  for (std::size_t channel = 0; channel < mean_.size(); ++channel, values += points_) {
    if (kind_ == Kind::range) {
      const auto [least, greatest] = std::minmax_element(values, values + points_);
      mean_[channel] = std::min(mean_[channel], static_cast<double>(*least));
      squares_[channel] = std::max(squares_[channel], static_cast<double>(*greatest));
      continue;
    }
    const Moments own = moments_of(values, points_);
    const double distance = own.mean - mean_[channel];
    mean_[channel] += distance / (before + 1.0);
    squares_[channel] +=
        own.squares + distance * distance * static_cast<double>(points_) * before / (before + 1.0);
  }
}

Normalizer NormalizerFit::result() const {
  if (kind_ == Kind::none) return {};
  const std::int64_t values = kind_ == Kind::point ? count_ : count_ * points_;
  if (kind_ == Kind::point && count_ < 2)
    throw FieldError(field_, "a point has no deviation over a single sample; per-channel would be right");
  if (values < 2 && kind_ != Kind::range)
    throw FieldError(field_, "a channel of a single value has no deviation; none would be right");
  std::vector<std::int64_t> shape = {1, sample_[0]};
  for (std::size_t axis = 1; axis < sample_.size(); ++axis)
    shape.push_back(kind_ == Kind::point ? sample_[axis] : 1);
  const at::Tensor first = at::empty(shape, at::kFloat), second = at::empty(shape, at::kFloat);
  float* const of_first = first.mutable_data_ptr<float>();
  float* const of_second = second.mutable_data_ptr<float>();
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    of_first[i] = static_cast<float>(mean_[i]);
    of_second[i] = static_cast<float>(
        kind_ == Kind::range ? squares_[i] : std::sqrt(squares_[i] / static_cast<double>(values - 1)));
  }
  if (kind_ == Kind::range) return Normalizer::from_state({{"minimum", first}, {"maximum", second}});
  return Normalizer::from_state({{"mean", first}, {"deviation", second}});
}

}  // namespace halfwave
