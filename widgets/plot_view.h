#pragma once

#include "widgets/plot_export.h"

#include <QColor>
#include <QElapsedTimer>
#include <QString>
#include <QTimer>
#include <QVector>
#include <QWidget>

#include <functional>

class QAction;
class QActionGroup;
class QCPItemStraightLine;
class QCPPainter;
class QCustomPlot;
class QHBoxLayout;
class QLabel;
class QSpinBox;
class QToolButton;

namespace halfwave::widgets {

class PlotLegend;

/// One line of a read-out: the value of a curve at the cursor.
struct ReadoutRow {
  QColor colour;
  QString name;
  QString value;
};

/// What every plot shares: a legend whose entries show and hide curves, wheel zoom (Ctrl: only x, Shift: only
/// y), drag to pan, double click, Home or the button to see everything again, a cursor with a read-out,
/// colours that follow the palette, and redrawing at most 15 times a second for new data, 60 for another
/// view.
class PlotView : public QWidget {
  Q_OBJECT

 public:
  explicit PlotView(QWidget* parent = nullptr);
  ~PlotView() override;

  /// Shows all of the data and follows it again when it grows.
  void reset_view();
  /// False once a person has zoomed or panned.
  bool follows_data() const { return follows_; }
  /// Lines of the read-out at the cursor; empty while the cursor is elsewhere.
  const QVector<ReadoutRow>& readout() const { return readout_; }
  QCustomPlot* plot() const { return plot_; }
  PlotLegend* legend() const { return legend_; }
  QSize sizeHint() const override { return {480, 280}; }
  QSize minimumSizeHint() const override { return {220, 150}; }

  /// Mean over so many steps, or over so many epochs where steps are not drawn; 1 leaves curves as they are.
  int smoothing() const;
  void set_smoothing(int points);
  bool shows_band() const;
  /// Keeps smoothing and hidden curves under that name in the settings, and takes what was kept there.
  void remember_as(const QString& name);

  /// All of the data, or what is within the x axis, as CSV with the full precision of the values.
  QString csv(bool visible_only) const;
  /// A picture, drawing or table, by the ending `png`, `svg` or `csv`. Returns one sentence if that fails,
  /// else an empty text.
  QString save_to(const QString& path, bool visible_only = false);
  QSize picture_size() const;
  void draw_plot(QCPPainter& painter, QSize size);

 Q_SIGNALS:
  void view_reset();
  /// One sentence: a file could not be written.
  void save_failed(const QString& sentence);

 protected:
  /// Redraws soon, for new data; many calls become one.
  void schedule_replot();
  /// The same without the wait that spares the processor: a person waits for what was just done.
  void schedule_view_replot();
  /// Brings the plottables in line with the data; called just before a redraw.
  virtual void update_plottables() = 0;
  /// Sets both axes so that all visible data is seen.
  virtual void fit_axes() = 0;
  /// The values at `x` (data coordinates); `title` is the first line.
  virtual QVector<ReadoutRow> values_at(double x, QString& title) const = 0;
  /// Sets pens and brushes of the plottables; called at start and when the palette changes.
  virtual void apply_colours() = 0;
  /// The curves that are seen, for a table.
  virtual std::vector<PlotColumn> columns() const = 0;
  /// How many points of a curve with one point an epoch that is.
  int epochs_smoothed(int steps_per_epoch) const;
  /// Puts smoothing into the menu of the plot.
  void offer_smoothing();
  /// Puts one of several ways to see the plot into its menu. It is kept under `name`, by its key, and
  /// `chosen` is told its index when it becomes another; the first is chosen at the start.
  void offer_choice(const QString& name, const QString& title,
                    const QVector<QPair<QString, QString>>& choices, const std::function<void(int)>& chosen);
  void choose(const QString& name, int index);
  /// Shown in the middle of an empty plot; empty hides it.
  void set_hint(const QString& text);
  /// Lays a widget between the plot and the lower edge.
  void add_below(QWidget* widget);
  /// Adds a button to the right of the legend.
  void add_tool(QToolButton* button);

  void changeEvent(QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void replot_within(int interval_ms);
  void replot_now();
  void make_menu();
  void ask_file(const QString& ending, bool visible_only);
  void keep();
  void restyle();
  void show_cursor(const QPoint& position);
  void hide_cursor();
  void zoom(const QPointF& position, double factor, bool x, bool y);
  void stop_following();

  QCustomPlot* plot_ = nullptr;
  PlotLegend* legend_ = nullptr;
  QHBoxLayout* tools_ = nullptr;
  QToolButton* reset_button_ = nullptr;
  QToolButton* menu_button_ = nullptr;
  QSpinBox* smoothing_ = nullptr;
  QAction *band_ = nullptr, *first_save_ = nullptr;
  QVector<QActionGroup*> choices_;
  QString kept_as_;
  QLabel* readout_label_ = nullptr;
  QLabel* hint_ = nullptr;
  QCPItemStraightLine* cursor_ = nullptr;
  QTimer timer_;
  QElapsedTimer since_replot_;
  QVector<ReadoutRow> readout_;
  QPoint cursor_position_;
  bool cursor_shown_ = false;
  bool follows_ = true;
  bool replotting_ = false;
  bool dirty_ = true;
};

}  // namespace halfwave::widgets
