#pragma once

#include "core/device/device.h"

#include <QDialog>

#include <optional>

class QTableWidget;

namespace halfwave::widgets {

/// All facts of all formats in one table, with a picture of what each can represent.
class FormatReference : public QDialog {
  Q_OBJECT

 public:
  explicit FormatReference(QWidget* parent = nullptr);
  /// Says of each format whether the device computes in it.
  void set_device(const std::optional<DeviceInfo>& device);

 private:
  void fill();

  QTableWidget* table_ = nullptr;
  std::optional<DeviceInfo> device_;
};

}  // namespace halfwave::widgets
