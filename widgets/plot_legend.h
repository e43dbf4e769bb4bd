#pragma once

#include <QPen>
#include <QToolButton>
#include <QWidget>

#include <map>

namespace halfwave::widgets {

/// How a legend entry is drawn: a line, or a filled box when `fill` is valid.
struct LegendKey {
  QPen pen;
  QColor fill;
};

/// Names of curves as buttons in as many lines as the width asks for. A click hides or shows the curve; with
/// Shift only this one stays.
class PlotLegend : public QWidget {
  Q_OBJECT

 public:
  explicit PlotLegend(QWidget* parent = nullptr);

  /// Adds the entry or changes its look; what a person has hidden stays hidden.
  void set_entry(const QString& key, const QString& text, const LegendKey& look, const QString& tip = {});
  void remove_entry(const QString& key);
  bool is_on(const QString& key) const;
  QToolButton* button(const QString& key) const;

 public Q_SLOTS:
  void set_on(const QString& key, bool on);

 Q_SIGNALS:
  void changed();

 private:
  void restyle();
  void clicked(const QString& key);

  std::map<QString, QToolButton*> buttons_;
};

}  // namespace halfwave::widgets
