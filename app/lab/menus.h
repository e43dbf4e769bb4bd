#pragma once

class QComboBox;
class QLabel;
class QMainWindow;
class QMenu;

namespace halfwave::lab {

struct Actions;
class Docks;

/// The menu bar. `new_menu` and `recent_menu` are for those who fill them.
struct Menus {
  Menus(QMainWindow& window, const Actions& actions, const Docks& docks);
  QMenu* new_menu;
  QMenu* recent_menu;
};

/// The toolbar: Run, Pause, Stop, the policy, what is wrong, the theme.
struct Toolbar {
  Toolbar(QMainWindow& window, const Actions& actions);
  QComboBox* policy;
  QLabel* problem;
};

}  // namespace halfwave::lab
