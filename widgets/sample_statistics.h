#pragma once

#include <QWidget>

#include <string>
#include <vector>

class QTableWidget;

namespace halfwave::widgets {

/// One channel over all samples and points of a set.
struct ChannelStatistics {
  std::string name;  ///< for instance `pressure u`, or `vorticity, t = 0.5`
  std::string unit;
  double min = 0.0, max = 0.0, mean = 0.0, std = 0.0;
};

/// Statistics as a table, one row for each channel. Rows are selected with mouse and keys; Ctrl+C copies them
/// with their header, separated by tabs, in all digits.
class SampleStatistics : public QWidget {
  Q_OBJECT
 public:
  explicit SampleStatistics(const QString& title, QWidget* parent = nullptr);

  /// Nothing is seen while there are none.
  void set_channels(std::vector<ChannelStatistics> channels);
  QTableWidget* table() const { return table_; }
  /// The selected rows, or all when none is selected.
  QString text() const;

 protected:
  bool eventFilter(QObject* object, QEvent* event) override;

 private:
  void copy() const;
  void fit();

  std::vector<ChannelStatistics> channels_;
  QTableWidget* table_ = nullptr;
};

}  // namespace halfwave::widgets
