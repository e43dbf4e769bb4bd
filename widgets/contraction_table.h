#pragma once

#include "core/spectral/contraction_planner.h"

#include <QStringList>
#include <QWidget>

class QLabel;
class QTableWidget;

namespace halfwave::widgets {

/// The steps of one plan: what is contracted, its result's shape and size with a bar, FLOPs and the most that
/// has been held so far. The largest result is marked.
class ContractionTable : public QWidget {
  Q_OBJECT
 public:
  explicit ContractionTable(QWidget* parent = nullptr);

  /// The largest numbers of all tables that are looked at together: bars and units fit them.
  struct Scale {
    double bytes = 0.0;
    double flops = 0.0;
  };

  /// `operands` says what each operand is, for tooltips; it may be empty.
  void set_plan(const ContractionPlan& plan, const QStringList& operands, const Scale& scale);
  void clear();
  QTableWidget* table() const { return table_; }
  /// The line above the table.
  QString totals() const;

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void copy() const;

  QLabel* title_;
  QLabel* totals_;
  QTableWidget* table_;
};

/// Bytes as mebibytes with three digits: `12.5 MiB`.
QString mebibytes_text(double bytes);
/// FLOPs with a fitting unit: `3.1 GFLOP`.
QString flops_text(double flops);

}  // namespace halfwave::widgets
