#pragma once

#include "widgets/precision_menus.h"

#include <QWidget>

class QComboBox;
class QMenu;
class QPushButton;
class QToolButton;

namespace halfwave::widgets {

/// The line over the precision table: the preset, and what is set for all layers at once.
class PrecisionHead : public QWidget {
  Q_OBJECT

 public:
  PrecisionHead(const PolicyModel& model, PrecisionChoices choices, QWidget* parent = nullptr);

  /// Shows the preset, or that `cells` cells differ from it, and what accumulation and gradients the layers
  /// have.
  void show_policy(const std::string& base, int differing);
  void set_read_only(bool read_only);

 Q_SIGNALS:
  void preset_chosen(const QString& preset);
  void formats_asked();
  void save_asked();
  void load_asked();

 private:
  void restyle();
  QToolButton* make_button(const char* name, const QString& accessible);

  const PolicyModel& model_;
  QComboBox* presets_ = nullptr;
  QPushButton* all_ = nullptr;
  QToolButton* accumulation_ = nullptr;
  QToolButton* gradients_ = nullptr;
  QAction* load_ = nullptr;
};

}  // namespace halfwave::widgets
