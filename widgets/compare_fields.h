#pragma once

#include "widgets/compare_run.h"
#include "widgets/field_view.h"

#include <QWidget>

#include <memory>

namespace halfwave::widgets {

class CompareLines;

/// The same test sample as several operators see it: the truth once, then each run's prediction or error, on
/// one colour scale and under one camera. Fields along a line are curves in one plot, of three axes a slice
/// is shown.
class CompareFields : public QWidget {
  Q_OBJECT
 public:
  explicit CompareFields(QWidget* parent = nullptr);
  ~CompareFields() override;

  void set_unit(const QString& unit);
  /// Shows the runs' snapshots; cheap, the picture is made in the render thread.
  void show_runs(const std::vector<CompareRun>& runs, const std::string& test_set);
  void set_errors(bool errors);
  bool shows_errors() const;
  void set_mode(FieldMode mode);
  FieldView* view() const;
  CompareLines* lines() const;
  /// The line under the pictures.
  QString read_out() const;
  /// Adds something to the right of the tools.
  void add_tool(QWidget* tool);

 private:
  void build();
  void redraw();
  void draw_lines(const SnapshotEvent& shown);
  void say_where(const SnapshotEvent& shown, bool same_step);
  void show_read_out(const std::optional<FieldPoint>& point);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace halfwave::widgets
