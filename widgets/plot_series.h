#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace halfwave::widgets {

/// Points of a curve with rising x, however many, and a view of them that a screen can draw.
class PlotSeries {
 public:
  /// Appends a point. Points at or right of `x` are dropped first, so that a run that goes on from an earlier
  /// checkpoint overwrites what it does again.
  void append(double x, double y);
  void clear();
  /// Keeps only the first `size` points.
  void truncate(std::size_t size);

  bool empty() const { return x_.empty(); }
  std::size_t size() const { return x_.size(); }
  const std::vector<double>& x() const { return x_; }
  const std::vector<double>& y() const { return y_; }
  /// Changes with the points. No two series that differ have the same; copies do. 0 while it is new.
  std::uint64_t revision() const { return revision_; }

  struct Points {
    std::vector<double> x, y;
  };
  /// The points within [from, to] and one on either side, at most about two per bucket: the lowest and the
  /// highest of each, in order, so that no peak is lost. Values that are not finite become gaps (NaN).
  Points decimated(double from, double to, int buckets) const;
  /// The same as indices into x() and y().
  std::vector<std::size_t> decimated_indices(double from, double to, int buckets) const;

  /// Extends [low, high] by the finite values; only those above 0 when `positive`.
  void extend_range(double& low, double& high, bool positive) const;

  /// Index of the point closest to `x`; the series must not be empty.
  std::size_t nearest(double x) const;

 private:
  std::vector<double> x_, y_;
  std::uint64_t revision_ = 0;
};

}  // namespace halfwave::widgets
