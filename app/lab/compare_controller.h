#pragma once

#include "app/lab/compare_bridge.h"
#include "app/lab/parts.h"
#include "core/device/device.h"

#include <QObject>
#include <QString>

#include <functional>
#include <optional>
#include <vector>

namespace halfwave::widgets {
class CompareView;
}

namespace halfwave::lab {

/// Side-by-side training: makes the runs that were chosen in the form, starts them, and hands their events to
/// the view. What is wrong is said in the message bar.
class CompareController : public QObject {
  Q_OBJECT
 public:
  /// `other_run` tells whether a run of its own is on, with which no comparison may start.
  CompareController(Parts parts, const std::vector<DeviceInfo>& devices, std::function<bool()> other_run,
                    QObject* parent = nullptr);

  /// Trains what the form says, after loading the data if it is not there yet.
  void start();
  void pause_or_resume();
  void stop();
  /// True while a comparison is on, or waits for its data.
  bool busy() const { return waiting_.has_value() || bridge_.active(); }
  RunState state() const { return state_; }
  /// The folder of the last comparison; each run has one in it. Empty before the first.
  const QString& folder() const { return folder_; }

 Q_SIGNALS:
  void state_changed(halfwave::RunState state);

 private:
  struct Plan {
    ComparisonSpec spec;
    std::vector<ComparedRun> runs;
    bool in_turn = true;
  };
  std::optional<Plan> make_plan();
  void prepare(Plan plan);
  void begin(Plan plan);
  void take(std::size_t run, const EventBatch& batch);
  void note_state();
  void show_progress();
  void finish(const CompareEnd& end);
  void set_state(RunState state);
  void show_template(const QString& name);
  void show_experiment();
  void complain(const QString& sentence);

  Parts parts_;
  const std::vector<DeviceInfo>& devices_;
  std::function<bool()> other_run_;
  widgets::CompareView& view_;
  CompareBridge bridge_;
  std::optional<Plan> waiting_;  // for data
  std::vector<Experiment> experiments_;
  std::vector<double> fractions_;  // of each run that is done
  RunState state_ = RunState::idle;
  bool stopping_ = false;
  QString folder_;
};

}  // namespace halfwave::lab
