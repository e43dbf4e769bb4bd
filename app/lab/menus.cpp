#include "app/lab/menus.h"

#include "app/lab/actions.h"
#include "app/lab/docks.h"
#include "app/lab/elided_label.h"

#include <QComboBox>
#include <QCoreApplication>
#include <QLabel>
#include <QMainWindow>
#include <QMenu>
#include <QMenuBar>
#include <QToolBar>
#include <QToolButton>

namespace halfwave::lab {
namespace {

QString translated(const char* text) {
  return QCoreApplication::translate("Menus", text);
}

}  // namespace

Menus::Menus(QMainWindow& window, const Actions& a, const Docks& docks) {
  QMenu* file = window.menuBar()->addMenu(translated("&File"));
  new_menu = file->addMenu(translated("&New from preset"));
  new_menu->setObjectName("new_menu");
  file->addSeparator();
  file->addActions({a.open_experiment, a.open_dataset, a.open_run});
  recent_menu = file->addMenu(translated("Open re&cent"));
  recent_menu->setObjectName("recent_menu");
  file->addSeparator();
  file->addActions({a.save, a.save_as});
  file->addSeparator();
  file->addAction(a.choose_runs_folder);
  file->addSeparator();
  file->addAction(a.quit);

  QMenu* edit = window.menuBar()->addMenu(translated("&Edit"));
  edit->addActions({a.undo, a.redo});
  edit->addSeparator();
  edit->addAction(a.copy_command);

  QMenu* run = window.menuBar()->addMenu(translated("&Run"));
  run->addActions({a.run, a.continue_run, a.pause, a.stop});
  run->addSeparator();
  run->addAction(a.show_run_folder);

  QMenu* view = window.menuBar()->addMenu(translated("&View"));
  view->addActions(docks.toggles());
  view->addSeparator();
  view->addActions({a.show_fields, a.show_compare});
  view->addSeparator();
  view->addActions({a.hide_panels, a.reset_layout, a.toggle_theme, a.full_screen});

  QMenu* tools = window.menuBar()->addMenu(translated("&Tools"));
  tools->addAction(a.contraction_plan);

  QMenu* help = window.menuBar()->addMenu(translated("&Help"));
  help->addActions({a.about, a.about_qt});
}

Toolbar::Toolbar(QMainWindow& window, const Actions& a) {
  auto* bar = window.addToolBar(translated("Main toolbar"));
  bar->setObjectName("toolbar");
  bar->setMovable(false);
  bar->setContextMenuPolicy(Qt::PreventContextMenu);
  bar->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  bar->setIconSize(QSize(20, 20));
  const auto add = [bar](QAction* action) {
    bar->addAction(action);
    auto* button = qobject_cast<QToolButton*>(bar->widgetForAction(action));
    button->setObjectName(action->objectName() + "_button");
    return button;
  };
  add(a.run);
  // Pause turns into Resume: wide enough for both, so that Stop keeps its place under the mouse.
  QToolButton* pause = add(a.pause);
  pause->setMinimumWidth(pause->fontMetrics().horizontalAdvance(translated("Resume")) + 46);
  add(a.stop);
  bar->addSeparator();

  auto* label = new QLabel(translated("Policy"), bar);
  label->setContentsMargins(8, 0, 4, 0);
  bar->addWidget(label);
  policy = new QComboBox(bar);
  policy->setObjectName("policy_chooser");
  policy->setAccessibleName(translated("Precision policy"));
  policy->setToolTip(translated("The precision policy: which format every stage of every layer computes in"));
  policy->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  policy->setFocusPolicy(Qt::StrongFocus);
  label->setBuddy(policy);
  bar->addWidget(policy);

  problem = new ElidedLabel(bar);
  problem->setObjectName("toolbar_problem");
  problem->setAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  problem->setContentsMargins(8, 0, 8, 0);
  bar->addWidget(problem);
  for (QAction* face : {a.show_fields, a.show_compare}) add(face)->setProperty("segment", true);
  bar->addSeparator();
  add(a.toggle_theme);
}

}  // namespace halfwave::lab
