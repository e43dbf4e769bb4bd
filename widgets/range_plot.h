#pragma once

#include "core/training/events.h"
#include "widgets/range_rows.h"

#include <QWidget>

#include <memory>
#include <optional>

class QButtonGroup;
class QComboBox;

namespace halfwave::widgets {

class RangeDetail;
class RangeOverview;

/// The numeric range of every layer and stage: a heat map of binary exponents against what each format
/// represents, with headroom in bits. A click on a row, or Enter, shows its histogram below. The newest event
/// replaces the one before; one with a fault selects the stage where that began, and stays.
class RangePlot : public QWidget {
  Q_OBJECT

 public:
  explicit RangePlot(QWidget* parent = nullptr);
  ~RangePlot() override;

  void add(const RangeEvent& event);
  void clear();
  /// Rows of the policy table, so that the last is known to be the projection.
  void set_layer_count(int layers);

  void set_filter(RangeFilter filter);
  RangeFilter filter() const;
  /// A row of the policy table; -1 = all.
  void set_layer(int layer);

  /// The row that is selected, and the one where a fault began.
  const std::optional<RangeKey>& selected() const;
  std::optional<RangeKey> fault() const;
  bool detail_shown() const;

  RangeOverview* overview() const { return overview_; }
  RangeDetail* detail() const { return detail_; }
  QSize sizeHint() const override { return {480, 320}; }
  QSize minimumSizeHint() const override { return {300, 180}; }

 protected:
  void keyPressEvent(QKeyEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void schedule();
  void show_event();
  void show_layers();
  /// By a person, or because of a fault.
  enum class Detail : std::uint8_t { none, of_fault, wanted };
  void show_detail(Detail detail);
  void select(const RangeKey& key);
  QString layer_name(std::size_t layer) const;

  struct Impl;
  std::unique_ptr<Impl> impl_;
  QComboBox* layers_;
  QButtonGroup* filters_;
  RangeOverview* overview_;
  RangeDetail* detail_;
};

}  // namespace halfwave::widgets
