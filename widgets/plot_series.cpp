#include "widgets/plot_series.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace halfwave::widgets {
namespace {

std::uint64_t next_revision() {
  static std::atomic<std::uint64_t> last{0};
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

void PlotSeries::append(double x, double y) {
  if (!x_.empty() && x_.back() >= x) {
    const auto keep = std::lower_bound(x_.begin(), x_.end(), x) - x_.begin();
    x_.resize(static_cast<std::size_t>(keep));
    y_.resize(static_cast<std::size_t>(keep));
  }
  x_.push_back(x);
  y_.push_back(y);
  revision_ = next_revision();
}

void PlotSeries::truncate(std::size_t size) {
  if (size >= x_.size()) return;
  x_.resize(size);
  y_.resize(size);
  revision_ = next_revision();
}

void PlotSeries::clear() {
  x_.clear();
  y_.clear();
  revision_ = next_revision();
}

std::vector<std::size_t> PlotSeries::decimated_indices(double from, double to, int buckets) const {
  std::vector<std::size_t> out;
  if (x_.empty() || !(from < to) || buckets < 1) return out;
  auto begin = static_cast<std::size_t>(std::lower_bound(x_.begin(), x_.end(), from) - x_.begin());
  auto end = static_cast<std::size_t>(std::upper_bound(x_.begin(), x_.end(), to) - x_.begin());
  if (begin > 0) --begin;
  if (end < x_.size()) ++end;
  if (end - begin <= 2 * static_cast<std::size_t>(buckets)) {
    for (auto i = begin; i < end; ++i) out.push_back(i);
    return out;
  }

  const double width = (to - from) / buckets;
  for (auto i = begin; i < end;) {
    const double bucket = std::floor((x_[i] - from) / width);
    auto low = end, high = end, gap = end;
    auto j = i;
    for (; j < end && std::floor((x_[j] - from) / width) == bucket; ++j) {
      if (!std::isfinite(y_[j])) {
        gap = j;
        continue;
      }
      if (low == end || y_[j] < y_[low]) low = j;
      if (high == end || y_[j] > y_[high]) high = j;
    }
    std::size_t picked[3] = {low, high, gap};
    std::sort(std::begin(picked), std::end(picked));
    for (std::size_t k = 0; k < 3; ++k)
      if (picked[k] != end && (k == 0 || picked[k] != picked[k - 1])) out.push_back(picked[k]);
    i = j;
  }
  return out;
}

PlotSeries::Points PlotSeries::decimated(double from, double to, int buckets) const {
  Points out;
  for (const auto i : decimated_indices(from, to, buckets)) {
    out.x.push_back(x_[i]);
    out.y.push_back(std::isfinite(y_[i]) ? y_[i] : std::numeric_limits<double>::quiet_NaN());
  }
  return out;
}

void PlotSeries::extend_range(double& low, double& high, bool positive) const {
  for (const double value : y_) {
    if (!std::isfinite(value) || (positive && value <= 0.0)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
}

std::size_t PlotSeries::nearest(double x) const {
  const auto right = static_cast<std::size_t>(std::lower_bound(x_.begin(), x_.end(), x) - x_.begin());
  if (right == 0) return 0;
  if (right == x_.size()) return right - 1;
  return x - x_[right - 1] <= x_[right] - x ? right - 1 : right;
}

}  // namespace halfwave::widgets
