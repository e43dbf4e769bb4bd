#pragma once

#include "widgets/compare_run.h"

#include <QTableWidget>

namespace halfwave::widgets {

/// One row a variant: state, epoch, errors (and how far from the first variant's), time of a step, peak
/// memory, and the headroom of its numbers or why it has ended. Ctrl+C copies all of it.
class CompareTable : public QTableWidget {
  Q_OBJECT
 public:
  explicit CompareTable(QWidget* parent = nullptr);

  void show_runs(const std::vector<CompareRun>& runs, const std::string& test_set);
  QString markdown() const;
  /// Plain numbers in basic units: seconds, bytes.
  QString csv() const;
  QSize sizeHint() const override;

 public Q_SLOTS:
  void copy_markdown() const;
  void copy_csv() const;

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void set_cell(int row, int column, const QString& text, const QString& tip = {});
  void draw_keys();

  std::vector<CompareRun> runs_;
  std::string test_set_;
};

}  // namespace halfwave::widgets
