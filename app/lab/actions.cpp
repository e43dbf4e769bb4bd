#include "app/lab/actions.h"

#include "app/lab/icons.h"

#include <QAction>
#include <QActionGroup>
#include <QCoreApplication>
#include <QMainWindow>

namespace halfwave::lab {
namespace {

struct Description {
  const char* name;
  const char* icon;  // empty for none
  const char* text;
  QKeySequence shortcut;
  const char* tip;
};

QString translated(const char* text) {
  return QCoreApplication::translate("Actions", text);
}

QAction* make(QMainWindow& window, const Description& d) {
  auto* action = new QAction(translated(d.text), &window);
  action->setObjectName(d.name);
  if (*d.icon) action->setIcon(themed_icon(d.icon));
  action->setShortcut(d.shortcut);
  QString tip = translated(d.tip);
  action->setStatusTip(tip);
  if (!d.shortcut.isEmpty()) tip += " (" + d.shortcut.toString(QKeySequence::NativeText) + ')';
  action->setToolTip(tip);
  window.addAction(action);
  return action;
}

}  // namespace

Actions::Actions(QMainWindow& w) {
  open_experiment = make(
      w, {"open_experiment", "open", "&Open experiment…", QKeySequence::Open, "Open an experiment document"});
  open_dataset = make(w, {"open_dataset", "dataset", "Open &dataset…", QKeySequence("Ctrl+D"),
                          "Train on the samples of a file"});
  open_run = make(w, {"open_run", "", "Open &run…", QKeySequence("Ctrl+Shift+O"),
                      "Show a run that was recorded: its experiment, curves and last fields"});
  save = make(w, {"save", "save", "&Save", QKeySequence::Save, "Save the experiment"});
  save_as = make(w, {"save_as", "", "Save &as…", QKeySequence("Ctrl+Shift+S"),
                     "Save the experiment under another name"});
  choose_runs_folder =
      make(w, {"choose_runs_folder", "", "Run &folder…", {}, "Choose where runs are recorded"});
  quit = make(w, {"quit", "", "&Quit", QKeySequence("Ctrl+Q"), "Leave Halfwave"});

  undo = make(w, {"undo", "", "&Undo", QKeySequence::Undo, "Take back the last edit of the experiment"});
  redo = make(w, {"redo", "", "&Redo", QKeySequence("Ctrl+Shift+Z"), "Make the edit again"});
  redo->setShortcuts({QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")});

  copy_command = make(w, {"copy_command", "", "&Copy as command line", QKeySequence("Ctrl+Shift+C"),
                          "Copy the command that trains this experiment without a window"});

  run = make(w, {"run", "run", "Run", QKeySequence("F5"), "Train the operator that is set up"});
  continue_run = make(w, {"continue_run", "", "Continue run", QKeySequence("Ctrl+F5"),
                          "Go on with the run that is shown, from its checkpoint"});
  pause = make(w, {"pause", "pause", "Pause", QKeySequence("F6"),
                   "Hold the run after the step in progress, or let it go on"});
  stop = make(w, {"stop", "stop", "Stop", QKeySequence("Shift+F5"),
                  "End the run after the step in progress and save a checkpoint"});
  show_run_folder = make(w, {"show_run_folder",
                             "",
                             "Show the run's &folder",
                             {},
                             "Open the folder of the run in the file manager"});

  show_fields = make(w, {"show_fields", "fields", "Fields", QKeySequence("F7"),
                         "Input, truth, prediction and error of one run"});
  show_compare = make(w, {"show_compare", "curves", "Compare", QKeySequence("F8"),
                          "Train variants of the experiment side by side"});
  auto* faces = new QActionGroup(&w);
  for (QAction* face : {show_fields, show_compare}) {
    face->setCheckable(true);
    faces->addAction(face);
  }
  show_fields->setChecked(true);
  contraction_plan =
      make(w, {"contraction_plan", "", "&Contraction plan…", QKeySequence("Ctrl+K"),
               "In which order a Fourier layer's contraction is carried out, and what it costs"});

  toggle_theme = make(w, {"toggle_theme", "theme", "Theme", QKeySequence("Ctrl+T"),
                          "Change between the light and the dark theme"});
  reset_layout = make(w, {"reset_layout", "", "&Reset layout", {}, "Put all panels back in their places"});
  hide_panels = make(
      w, {"hide_panels", "", "Hide &panels", QKeySequence("F9"), "Leave the whole window to the middle"});
  hide_panels->setCheckable(true);
  full_screen = make(w, {"full_screen", "", "&Full screen", QKeySequence("F11"), "Fill the screen"});
  full_screen->setCheckable(true);
  about = make(w, {"about", "", "&About Halfwave", {}, "Versions and licences"});
  about_qt = make(w, {"about_qt", "", "About &Qt", {}, "The version of Qt"});
  show_paused(false);
}

void Actions::show_paused(bool paused) {
  pause->setText(translated(paused ? "Resume" : "Pause"));
  pause->setIcon(themed_icon(paused ? "resume" : "pause"));
}

}  // namespace halfwave::lab
