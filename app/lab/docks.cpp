#include "app/lab/docks.h"

#include "app/lab/views.h"
#include "widgets/dataset_browser.h"
#include "widgets/memory_plot.h"
#include "widgets/operator_form.h"
#include "widgets/precision_table.h"
#include "widgets/range_plot.h"
#include "widgets/run_table.h"
#include "widgets/spectrum_plot.h"
#include "widgets/training_form.h"

#include <QAction>
#include <QCoreApplication>
#include <QDockWidget>
#include <QMainWindow>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QStackedWidget>

#include <algorithm>

namespace halfwave::lab {
namespace {

// Raise this when docks are added, removed or renamed.
constexpr int layout_version = 3;
// From here on there is room for one more plot beside the others.
constexpr int wide_window = 1600;

QString translated(const char* text) {
  return QCoreApplication::translate("Docks", text);
}

/// Scrolls up and down only, so it is never narrower than its content.
class UprightScrollArea : public QScrollArea {
 public:
  QSize minimumSizeHint() const override {
    const int bar = verticalScrollBar()->sizeHint().width();
    return {widget() ? widget()->minimumSizeHint().width() + bar : 0, 120};
  }
};

QWidget* scrolled(QWidget* content) {
  auto* area = new UprightScrollArea;
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  area->setWidget(content);
  return area;
}

bool is_in_front(const QDockWidget& dock) {
  return dock.isVisible() && !dock.visibleRegion().isEmpty();
}

}  // namespace

Docks::Docks(QMainWindow& window, const Views& views) : window_(window) {
  window.setDockNestingEnabled(true);
  window.setDockOptions(QMainWindow::AllowNestedDocks | QMainWindow::AllowTabbedDocks |
                        QMainWindow::GroupedDragging);
  window.setTabPosition(Qt::AllDockWidgetAreas, QTabWidget::North);
  window.setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  window.setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  add("dataset", translated("Dataset"), scrolled(views.dataset), "Alt+1");
  add("operator", translated("Operator"), scrolled(views.op), "Alt+2");
  add("training", translated("Training"), scrolled(views.training), "Alt+3");
  add("precision", translated("Precision"), views.precision, "Alt+4");
  add("curves", translated("Curves"), views.curve_faces, "Alt+5");
  add("spectrum", translated("Spectrum"), views.spectrum, "Alt+6");
  add("memory", translated("Memory"), views.memory, "Alt+7");
  add("range", translated("Range"), views.range, "Alt+8");
  add("runs", translated("Runs"), views.run_table, "Alt+9");
  reset();
}

QDockWidget* Docks::add(const char* name, const QString& title, QWidget* content, const char* shortcut) {
  auto* dock = new QDockWidget(title, &window_);
  dock->setObjectName(name);
  dock->setWidget(content);
  docks_.append(dock);
  add_toggle(*dock, QKeySequence(shortcut));
  return dock;
}

void Docks::add_toggle(QDockWidget& dock, const QKeySequence& shortcut) {
  auto* toggle = new QAction(dock.windowTitle(), &dock);
  toggle->setObjectName("show_" + dock.objectName());
  toggle->setShortcut(shortcut);
  toggle->setCheckable(true);
  toggle->setChecked(!dock.isHidden());
  QObject::connect(dock.toggleViewAction(), &QAction::toggled, toggle, &QAction::setChecked);
  // Qt's own action would hide a panel that lies behind a tab.
  QObject::connect(toggle, &QAction::triggered, &dock, [&dock, toggle] {
    if (is_in_front(dock)) {
      dock.hide();
    } else {
      dock.show();
      dock.raise();
      dock.widget()->setFocus(Qt::ShortcutFocusReason);
    }
    toggle->setChecked(!dock.isHidden());
  });
  window_.addAction(toggle);
  toggles_.append(toggle);
}

QDockWidget* Docks::find(const QString& name) const {
  for (QDockWidget* dock : docks_) {
    if (dock->objectName() == name) return dock;
  }
  return nullptr;
}

void Docks::reset() {
  hidden_.clear();
  in_front_.clear();
  for (QDockWidget* dock : docks_) {
    dock->setFloating(false);
    window_.removeDockWidget(dock);
  }
  QDockWidget* const dataset = find("dataset");
  window_.addDockWidget(Qt::LeftDockWidgetArea, dataset);
  window_.tabifyDockWidget(dataset, find("operator"));
  window_.tabifyDockWidget(dataset, find("training"));

  QDockWidget* const precision = find("precision");
  QDockWidget* const curves = find("curves");
  window_.addDockWidget(Qt::BottomDockWidgetArea, precision);
  window_.splitDockWidget(precision, curves, Qt::Horizontal);
  window_.tabifyDockWidget(precision, find("runs"));
  QDockWidget* const spectrum = find("spectrum");
  const bool wide = window_.width() >= wide_window;
  if (wide) {
    window_.splitDockWidget(curves, spectrum, Qt::Horizontal);
    window_.tabifyDockWidget(spectrum, find("memory"));
    window_.tabifyDockWidget(spectrum, find("range"));
  } else {
    window_.tabifyDockWidget(curves, spectrum);
    window_.tabifyDockWidget(curves, find("memory"));
    window_.tabifyDockWidget(curves, find("range"));
  }
  for (QDockWidget* dock : docks_) dock->show();
  dataset->raise();
  precision->raise();
  curves->raise();
  window_.resizeDocks({dataset}, {286}, Qt::Horizontal);
  if (wide) {
    spectrum->raise();
    window_.resizeDocks({precision, curves, spectrum}, {650, 460, 460}, Qt::Horizontal);
  } else {
    window_.resizeDocks({precision, curves}, {615, 350}, Qt::Horizontal);
  }
  // The fields lie side by side: on a high window they need the smaller part of its height.
  const int below = std::max(372, window_.height() * 43 / 100);
  window_.resizeDocks({precision, curves}, {below, below}, Qt::Vertical);
}

void Docks::hide_all(bool hidden) {
  if (hidden) {
    for (QDockWidget* dock : docks_) {
      if (!dock->isHidden()) hidden_.append(dock);
      if (is_in_front(*dock)) in_front_.append(dock);
    }
    for (QDockWidget* dock : docks_) dock->hide();
  } else {
    for (QDockWidget* dock : hidden_) dock->show();
    for (QDockWidget* dock : in_front_) dock->raise();
    hidden_.clear();
    in_front_.clear();
  }
}

void Docks::save() {
  hide_all(false);  // the next window begins with its panels
  QSettings settings;
  settings.setValue("window/layout_version", layout_version);
  settings.setValue("window/geometry", window_.saveGeometry());
  settings.setValue("window/layout", window_.saveState(layout_version));
}

bool Docks::restore() {
  const QSettings settings;
  if (settings.value("window/layout_version").toInt() != layout_version) return false;
  window_.restoreGeometry(settings.value("window/geometry").toByteArray());
  return window_.restoreState(settings.value("window/layout").toByteArray(), layout_version);
}

void Docks::raise(const QString& name) {
  if (QDockWidget* dock = find(name)) {
    dock->show();
    dock->raise();
  }
}

void Docks::set_title(const QString& name, const QString& title) {
  if (QDockWidget* dock = find(name)) dock->setWindowTitle(title);
}

}  // namespace halfwave::lab
