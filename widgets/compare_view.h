#pragma once

#include "widgets/compare_run.h"

#include <QWidget>

#include <deque>
#include <memory>
#include <vector>

namespace halfwave::widgets {

class CompareCurves;
class CompareFields;
class CompareTable;
class VariantForm;

/// Variants of an experiment trained side by side: first what is to be compared, then pictures, curves and a
/// table of all runs.
class CompareView : public QWidget {
  Q_OBJECT
 public:
  explicit CompareView(QWidget* parent = nullptr);
  ~CompareView() override;

  VariantForm* form() const { return form_; }
  CompareFields* fields() const { return fields_; }
  CompareCurves* curves() const { return curves_; }
  CompareTable* table() const { return table_; }

  /// Shows the form again.
  void show_form();
  bool shows_form() const;
  /// Empty views for these runs. With `in_phase`, pictures change only when every run that goes on has one of
  /// the same step.
  void begin(std::vector<CompareRun> runs, bool in_phase, const QString& unit);
  /// `New comparison` makes sense only once the runs have ended.
  void set_busy(bool busy);
  const std::vector<CompareRun>& runs() const { return runs_; }

  // Events of a run. They only note; `refresh` shows what has come.
  void add(std::size_t run, const StateEvent& event);
  void add(std::size_t run, const StepEvent& event);
  void add(std::size_t run, const EpochEvent& event);
  void add(std::size_t run, const PolicyEvent& event, bool emulated);
  void add(std::size_t run, const SnapshotEvent& event);
  void add(std::size_t run, const MemoryEvent& event);
  void add(std::size_t run, const RangeEvent& event);
  void refresh();

 Q_SIGNALS:
  /// The form was asked for, by the button over the pictures.
  void new_requested();

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  void build();
  void choose_pictures();
  void share_height();

  VariantForm* form_ = nullptr;
  CompareFields* fields_ = nullptr;
  CompareCurves* curves_ = nullptr;
  CompareCurves* errors_ = nullptr;
  CompareTable* table_ = nullptr;
  struct Parts;
  std::unique_ptr<Parts> parts_;
  std::vector<CompareRun> runs_;
};

}  // namespace halfwave::widgets
