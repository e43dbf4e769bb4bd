#pragma once

#include "widgets/plot_series.h"

#include <cstdint>

class QCPGraph;
class QCustomPlot;

namespace halfwave::widgets {

/// Mean, least and greatest value over so many neighbouring points of a curve.
struct SmoothedSeries {
  PlotSeries mean, low, high;
};

/// A moving average with the point in the middle of its window, which is cut off at the ends of the curve.
/// Values that are not finite are left out of every mean and stay gaps themselves.
SmoothedSeries smoothed(const PlotSeries& series, int window);

/// The mean of a curve, worked out again only where the curve or the window is another than last time.
class SmoothingCache {
 public:
  const SmoothedSeries& of(const PlotSeries& series, int window);

 private:
  SmoothedSeries smooth_;
  std::uint64_t revision_ = 0;
  int window_ = 0;
};

/// What of a curve is to be drawn, and how.
struct CurveView {
  double from = 0.0, to = 1.0;  ///< of the x axis
  int buckets = 1000;
  bool log_x = false, log_y = false;
  int window = 1;    ///< points to average over; 1 draws the curve as it is
  bool band = true;  ///< from the least to the greatest value of the window
};

/// Draws a curve; where it is smoothed, with the curve itself pale behind it and the band of its values.
class SmoothedCurve {
 public:
  /// Returns how many points the curve has on the screen.
  int draw(QCustomPlot& plot, QCPGraph& graph, const PlotSeries& series, const CurveView& view);
  void hide();
  /// Takes what is behind the curve out of the plot.
  void remove(QCustomPlot& plot);

 private:
  SmoothingCache cache_;
  QCPGraph *raw_ = nullptr, *low_ = nullptr, *high_ = nullptr;
};

}  // namespace halfwave::widgets
