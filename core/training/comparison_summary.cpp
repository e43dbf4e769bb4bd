#include "core/training/comparison.h"

#include <algorithm>
#include <cmath>

namespace halfwave {
namespace {

VariantSummary::Figure figure_of(const std::vector<double>& values) {
  VariantSummary::Figure figure;
  if (values.empty()) return figure;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) figure.mean += value / count;
  if (values.size() < 2) return figure;
  double squares = 0.0;
  for (const double value : values) squares += (value - figure.mean) * (value - figure.mean);
  figure.deviation = std::sqrt(squares / (count - 1.0));
  return figure;
}

}  // namespace

std::vector<VariantSummary> summarize(const ComparisonSpec& spec, const std::vector<ComparedRun>& runs) {
  std::vector<VariantSummary> summaries;
  for (std::size_t i = 0; i < spec.variants.size(); ++i) {
    VariantSummary summary;
    summary.variant = spec.variants[i].name;
    std::map<std::string, std::pair<std::vector<double>, std::vector<double>>> metrics;
    std::vector<double> seconds, steps;
    for (const ComparedRun& run : runs) {
      const RunResult& result = run.result;
      if (run.variant != i || result.state == RunState::idle) continue;
      ++summary.runs;
      summary.peak_bytes = std::max(summary.peak_bytes, result.memory.peak_total);
      if (result.step_seconds > 0.0) steps.push_back(result.step_seconds);
      if (result.state == RunState::failed) {
        ++summary.failed;
        if (summary.message.empty()) summary.message = result.message;
        continue;
      }
      seconds.push_back(result.seconds);
      for (const auto& [label, value] : result.metrics) {
        metrics[label].first.push_back(value.l2);
        metrics[label].second.push_back(value.h1);
      }
    }
    for (const auto& [label, values] : metrics)
      summary.metrics[label] = {figure_of(values.first), figure_of(values.second)};
    summary.seconds = figure_of(seconds);
    summary.step_seconds = figure_of(steps);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace halfwave
