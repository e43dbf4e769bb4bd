#include "widgets/compare_run.h"

#include "widgets/plot_style.h"
#include "widgets/run_state_text.h"
#include "widgets/theme.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>

namespace halfwave::widgets {
namespace {

constexpr std::size_t recent_steps = 101;

QString translated(const char* text) {
  return QCoreApplication::translate("CompareRun", text);
}

}  // namespace

void CompareRun::add(const StateEvent& event) {
  state = event.state;
  message = QString::fromStdString(event.message);
}

void CompareRun::add(const StepEvent& event) {
  step = event.step;
  loss = event.loss;
  recent_.push_back(event.seconds);
  if (recent_.size() > recent_steps) recent_.pop_front();
}

void CompareRun::add(const EpochEvent& event) {
  finished_epochs = event.epoch + 1;
  epochs = std::max(epochs, event.epochs);
  if (event.metrics.empty()) return;
  metrics = event.metrics;
  evaluated_ = finished_epochs;
  (*history_)[evaluated_] = event.metrics;
}

void CompareRun::add(const PolicyEvent& event) {
  policy = QString::fromStdString(event.policy.name);
  // What came before took another time, and had another range.
  recent_.clear();
  headroom.reset();
}

void CompareRun::add(const MemoryEvent& event) {
  peak_bytes = std::max(peak_bytes, event.report.peak_total);
}

void CompareRun::add(const RangeEvent& event) {
  headroom.reset();
  for (const StageRange& stage : event.stages) {
    if (stage.histogram.empty()) continue;
    const int bits = stage.histogram.headroom(stage.format);
    if (headroom && bits >= *headroom) continue;
    headroom = bits;
    const std::string_view stage_name = halfwave::name(stage.stage);
    const std::string_view format_name = halfwave::name(stage.format);
    headroom_where = QStringLiteral("%1 (%2)").arg(
        QString::fromLatin1(stage_name.data(), static_cast<int>(stage_name.size())),
        QString::fromLatin1(format_name.data(), static_cast<int>(format_name.size())));
  }
}

double CompareRun::step_seconds() const {
  if (recent_.empty()) return 0.0;
  std::vector<double> sorted(recent_.begin(), recent_.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  return *middle;
}

std::optional<Metrics> CompareRun::metrics_of(const std::string& test_set) const {
  const auto found = metrics.find(test_set);
  return found == metrics.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Metrics> CompareRun::metrics_of(const std::string& test_set, int finished) const {
  const auto epoch = history_->find(finished);
  if (epoch == history_->end()) return std::nullopt;
  const auto found = epoch->second.find(test_set);
  return found == epoch->second.end() ? std::nullopt : std::optional(found->second);
}

QPen compare_pen(std::size_t run, double width) {
  constexpr std::array styles = {Qt::SolidLine, Qt::DashLine, Qt::DotLine, Qt::DashDotLine};
  return curve_pen(series_colour(run), width, styles[run % styles.size()]);
}

QString compare_state_text(const CompareRun& run) {
  return run_state_text(run.state, translated("waiting"));
}

}  // namespace halfwave::widgets
