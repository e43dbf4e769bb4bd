#include "app/lab/main_window.h"

#include "app/lab/about.h"
#include "app/lab/actions.h"
#include "app/lab/close_guard.h"
#include "app/lab/compare_controller.h"
#include "app/lab/contraction_window.h"
#include "app/lab/data_controller.h"
#include "app/lab/data_loader.h"
#include "app/lab/docks.h"
#include "app/lab/document.h"
#include "app/lab/document_binding.h"
#include "app/lab/dropped_files.h"
#include "app/lab/file_controller.h"
#include "app/lab/icons.h"
#include "app/lab/menus.h"
#include "app/lab/message_bar.h"
#include "app/lab/modes_advisor.h"
#include "app/lab/policy_controller.h"
#include "app/lab/policy_text.h"
#include "app/lab/recent_files.h"
#include "app/lab/recovery.h"
#include "app/lab/run_controller.h"
#include "app/lab/run_table_controller.h"
#include "app/lab/run_views.h"
#include "app/lab/status_strip.h"
#include "app/lab/train_command.h"
#include "app/lab/training_bridge.h"
#include "app/lab/undo_controller.h"
#include "app/lab/views.h"
#include "app/lab/window_settings.h"
#include "app/lab/window_style.h"
#include "core/device/device.h"
#include "widgets/compare_fields.h"
#include "widgets/compare_view.h"
#include "widgets/field_panel.h"
#include "widgets/precision_table.h"
#include "widgets/range_plot.h"
#include "widgets/theme.h"
#include "widgets/training_form.h"

#include <QApplication>
#include <QClipboard>
#include <QCloseEvent>
#include <QDesktopServices>
#include <QDropEvent>
#include <QLabel>
#include <QMenu>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

namespace halfwave::lab {

namespace {

constexpr auto embedded_experiment = "darcy-quick";

/// Before anything is remembered: most of the screen, within what a projector or a laptop shows well.
QSize first_size(const QWidget& window) {
  const QSize available = window.screen()->availableSize();
  return (available * 0.86).expandedTo({1280, 800}).boundedTo({1760, 1080}).boundedTo(available);
}

}  // namespace

// In the order of making; members that act on others come after them.
struct MainWindow::Impl {
  explicit Impl(MainWindow& window)
      : actions(window),
        toolbar(window, actions),
        views(&window),
        docks(window, views),
        menus(window, actions, docks),
        strip(*window.statusBar()),
        recent(*menus.recent_menu),
        binding(document, views),
        data(loader, bridge, views, strip),
        policy(document, bridge, views, *toolbar.policy),
        run_views(views, strip),
        parts{document, binding, loader, data, bridge, policy, run_views, strip, views},
        runs(parts),
        compare(parts, devices, [this] { return runs.busy(); }),
        files(window, parts, runs),
        run_table(parts, [this](const QString& folder) { return is_in_use(folder); }),
        modes(parts),
        undo(actions, document, binding, runs),
        recovery(parts, runs, window),
        close_guard(window, runs, compare, files) {}

  std::vector<DeviceInfo> devices = list_devices();
  Actions actions;
  Toolbar toolbar;
  Views views;
  Docks docks;
  Menus menus;
  StatusStrip strip;
  RecentFiles recent;
  Document document;
  DataLoader loader;
  TrainingBridge bridge;
  DocumentBinding binding;
  DataController data;
  PolicyController policy;
  RunViews run_views;
  Parts parts;
  RunController runs;
  CompareController compare;
  FileController files;
  RunTableController run_table;
  ModesAdvisor modes;
  UndoController undo;
  RecoveryController recovery;
  CloseGuard close_guard;
  QStackedWidget* faces = nullptr;  // fields, comparison

  void place(MainWindow& window);
  void connect_actions(MainWindow& window);
  void connect_parts(MainWindow& window);
  void show_title(MainWindow& window);
  void show_state(RunState state);
  void show_device();
  /// True while this window writes to a run's folder.
  bool is_in_use(const QString& folder) const;
};

MainWindow::MainWindow(QWidget* parent) : QMainWindow(parent) {
  setObjectName("main_window");
  setAcceptDrops(true);
  setWindowIcon(themed_icon("halfwave"));
  resize(first_size(*this));
  impl_ = std::make_unique<Impl>(*this);
  impl_->place(*this);
  impl_->connect_actions(*this);
  impl_->connect_parts(*this);
  impl_->views.training->set_devices(impl_->devices);
  impl_->show_state(RunState::idle);
  impl_->docks.restore();
  restore_field_settings(*impl_->views.fields);
}

MainWindow::~MainWindow() = default;

void MainWindow::Impl::place(MainWindow& window) {
  auto* centre = new QWidget(&window);
  auto* layout = new QVBoxLayout(centre);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(0);
  layout->addWidget(recovery.bar());
  layout->addWidget(views.messages);
  faces = new QStackedWidget(centre);
  faces->addWidget(views.fields);
  faces->addWidget(views.compare);
  layout->addWidget(faces, 1);
  auto* hide_panels = new QToolButton(views.compare);
  hide_panels->setDefaultAction(actions.hide_panels);
  views.compare->fields()->add_tool(hide_panels);
  window.setCentralWidget(centre);
  window.setStyleSheet(window_style_sheet());
}

void MainWindow::Impl::connect_actions(MainWindow& window) {
  const auto on = [&window](QAction* action, auto&& handler) {
    QObject::connect(action, &QAction::triggered, &window, handler);
  };
  on(actions.open_experiment, [this] { files.ask_experiment(); });
  on(actions.open_dataset, [this] { files.ask_dataset(); });
  on(actions.open_run, [this] { files.ask_run(); });
  on(actions.save, [this] { files.save(); });
  on(actions.save_as, [this] { files.save_as(); });
  on(actions.choose_runs_folder, [this] { files.ask_runs_folder(); });
  on(actions.copy_command,
     [this] { QApplication::clipboard()->setText(train_command(document.experiment(), document.path())); });
  on(actions.quit, [&window] { window.close(); });
  on(actions.run, [&window] { window.run(); });
  on(actions.continue_run, [this] { runs.continue_run(); });
  on(actions.pause, [this] { compare.busy() ? compare.pause_or_resume() : runs.pause_or_resume(); });
  on(actions.stop, [this] { compare.busy() ? compare.stop() : runs.stop(); });
  on(actions.show_run_folder, [this] { QDesktopServices::openUrl(QUrl::fromLocalFile(runs.run_folder())); });
  on(actions.contraction_plan, [this, &window] { show_contraction_plan(window, document); });
  on(actions.toggle_theme, [] {
    const bool dark = widgets::theme_colours().dark;
    apply_and_remember_theme(dark ? widgets::Theme::light : widgets::Theme::dark);
  });
  on(actions.reset_layout, [this] {
    actions.hide_panels->setChecked(false);
    docks.reset();
  });
  QObject::connect(actions.hide_panels, &QAction::toggled, &window,
                   [this](bool hidden) { docks.hide_all(hidden); });
  QObject::connect(actions.show_compare, &QAction::toggled, &window,
                   [this](bool shown) { faces->setCurrentIndex(shown ? 1 : 0); });
  QObject::connect(actions.full_screen, &QAction::toggled, &window,
                   [&window](bool full) { full ? window.showFullScreen() : window.showNormal(); });
  on(actions.about, [&window] { show_about(&window); });
  on(actions.about_qt, [] { QApplication::aboutQt(); });
  for (const std::string& preset : experiment_preset_names()) {
    const QString name = QString::fromStdString(preset);
    menus.new_menu->addAction(name, &window, [this, name] { files.new_from_preset(name); });
  }
  QObject::connect(&recent, &RecentFiles::chosen, &window, [this](const QString& path) { files.open(path); });
}

void MainWindow::Impl::connect_parts(MainWindow& window) {
  QObject::connect(&document, &Document::status_changed, &window, [this, &window] { show_title(window); });
  const auto show_spec = [this] {
    if (!bridge.active()) strip.set_policy(policy_label(document.experiment().precision));
    show_device();
  };
  QObject::connect(&document, &Document::changed, &window, show_spec);
  QObject::connect(&document, &Document::replaced, &window, show_spec);
  QObject::connect(&binding, &DocumentBinding::problem_changed, &window, [this](const QString& sentence) {
    toolbar.problem->setText(sentence);
    toolbar.problem->setToolTip(sentence);
  });
  QObject::connect(&policy, &PolicyController::title_changed, &window,
                   [this](const QString& title) { docks.set_title("precision", title); });
  QObject::connect(&runs, &RunController::state_changed, &window,
                   [this](RunState state) { show_state(state); });
  QObject::connect(&runs, &RunController::ended, &window, show_spec);
  QObject::connect(&compare, &CompareController::state_changed, &window,
                   [this](RunState state) { show_state(state); });
  QObject::connect(&run_table, &RunTableController::open_requested, &window,
                   [this](const QString& folder) { files.open(folder); });
  QObject::connect(&runs, &RunController::ended, &window, [this] {
    if (views.range->fault()) docks.raise("range");
  });
  QObject::connect(&widgets::theme_notifier(), &widgets::ThemeNotifier::changed, &window, [this, &window] {
    window.setStyleSheet(window_style_sheet());
    strip.set_state(compare.busy() ? compare.state() : runs.state());
  });
  QObject::connect(views.fields, &widgets::FieldPanel::settings_changed, &window,
                   [this] { save_field_settings(*views.fields); });
}

void MainWindow::Impl::show_title(MainWindow& window) {
  window.setWindowTitle(document.title() + "[*] — Halfwave");
  window.setWindowModified(document.is_dirty());
}

void MainWindow::Impl::show_state(RunState state) {
  const bool busy = runs.busy() || compare.busy();
  actions.run->setEnabled(!busy);
  actions.continue_run->setEnabled(!busy && runs.can_continue());
  const bool training = bridge.active() || compare.busy();
  actions.pause->setEnabled(training && (state == RunState::running || state == RunState::paused));
  actions.stop->setEnabled(busy);
  actions.show_paused(state == RunState::paused);
  actions.show_run_folder->setEnabled(!runs.run_folder().isEmpty());
}

void MainWindow::Impl::show_device() {
  views.precision->set_engine(document.experiment().op.engine);
  const std::string& wanted = document.experiment().device;
  for (const DeviceInfo& device : devices) {
    if (device.name != wanted) continue;
    views.precision->set_device(device);
    strip.set_device(QString::fromStdString(device.name), QString::fromStdString(device.description));
  }
}

bool MainWindow::Impl::is_in_use(const QString& folder) const {
  if (runs.busy() && folder == runs.run_folder()) return true;
  return compare.busy() && folder.startsWith(compare.folder() + '/');
}

void MainWindow::start(const QString& what) {
  impl_->document.open(embedded_experiment);
  if (!what.isEmpty()) impl_->files.open(what);
  if (!impl_->loader.busy()) impl_->loader.load(impl_->document.experiment().dataset);
  impl_->recovery.offer();
}

void MainWindow::open(const QString& what) {
  impl_->files.open(what);
}

void MainWindow::run() {
  const QString dock = impl_->binding.problem().isEmpty() ? QString() : impl_->binding.problem_dock();
  if (!dock.isEmpty()) impl_->docks.raise(dock);
  if (impl_->actions.show_compare->isChecked())
    impl_->compare.start();
  else
    impl_->runs.run();
}

Document& MainWindow::document() {
  return impl_->document;
}
RunController& MainWindow::runs() {
  return impl_->runs;
}
CompareController& MainWindow::comparison() {
  return impl_->compare;
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!impl_->close_guard.may_close()) {
    event->ignore();
    return;
  }
  impl_->docks.save();
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (!dropped_file(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  const QString path = dropped_file(*event->mimeData());
  if (path.isEmpty()) return;
  event->acceptProposedAction();
  // After the drop has ended: opening may ask something.
  QMetaObject::invokeMethod(
      this, [this, path] { open(path); }, Qt::QueuedConnection);
}

void MainWindow::changeEvent(QEvent* event) {
  QMainWindow::changeEvent(event);
  if (event->type() == QEvent::WindowStateChange && impl_) {
    const QSignalBlocker blocker(impl_->actions.full_screen);
    impl_->actions.full_screen->setChecked(isFullScreen());
  }
}

}  // namespace halfwave::lab
