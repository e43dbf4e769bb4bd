#pragma once

class QAction;
class QMainWindow;

namespace halfwave::lab {

/// Every command of the window, with text, icon, shortcut, tooltip and object name. Owned by the window.
struct Actions {
  explicit Actions(QMainWindow& window);

  QAction* open_experiment;
  QAction* open_dataset;
  QAction* open_run;
  QAction* save;
  QAction* save_as;
  QAction* choose_runs_folder;
  QAction* quit;

  QAction* undo;
  QAction* redo;
  QAction* copy_command;

  QAction* run;
  QAction* continue_run;
  QAction* pause;  ///< reads Resume while a run is paused
  QAction* stop;
  QAction* show_run_folder;

  QAction* show_fields;  ///< the two faces of the middle; one of them is checked
  QAction* show_compare;
  QAction* contraction_plan;

  QAction* toggle_theme;
  QAction* reset_layout;
  QAction* hide_panels;
  QAction* full_screen;
  QAction* about;
  QAction* about_qt;

  void show_paused(bool paused);
};

}  // namespace halfwave::lab
