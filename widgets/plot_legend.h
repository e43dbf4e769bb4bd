#pragma once

#include <QPen>
#include <QStringList>
#include <QToolButton>
#include <QWidget>

#include <map>
#include <vector>

class QPainter;

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
  /// Draws the entries that are on, in lines of that width. Returns the height they take.
  int draw(QPainter& painter, int width) const;
  /// Keys of the entries that are off, also of some that are not there yet.
  QStringList hidden() const;
  /// Entries of these keys are off, also when they come later.
  void set_hidden(const QStringList& keys);

 public Q_SLOTS:
  void set_on(const QString& key, bool on);

 Q_SIGNALS:
  void changed();

 private:
  void restyle();
  static void show_off(QToolButton& button, bool off);
  void clicked(const QString& key);

  std::map<QString, QToolButton*> buttons_;
  std::map<QString, LegendKey> looks_;
  QStringList later_;  ///< to be off when they come
};

}  // namespace halfwave::widgets
