#include "core/precision/policy_file.h"
#include "lab_fixture.h"
#include "widgets/curve_plot.h"
#include "widgets/memory_plot.h"
#include "widgets/precision_model.h"
#include "widgets/precision_table.h"
#include "widgets/qcustomplot_header.h"
#include "widgets/schedule_bar.h"
#include "widgets/schedule_editor.h"

#include <QDialog>
#include <QDockWidget>
#include <QFile>
#include <QFileDialog>
#include <QPushButton>
#include <QTableView>
#include <QTimer>

using namespace halfwave;
using namespace halfwave::test;

namespace {

QStringList marks_of(const widgets::PlotView& view) {
  QStringList texts;
  for (int i = 0; i < view.plot()->itemCount(); ++i)
    if (const auto* text = qobject_cast<QCPItemText*>(view.plot()->item(i))) texts << text->text();
  return texts;
}

}  // namespace

/// The policy is changed while a run goes on, and what remains of that.
class LiveEditTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Lab> lab_;

  template <typename Widget>
  Widget* part() const {
    return lab_->window->findChild<Widget*>();
  }
  const Experiment& document() const { return lab_->window->document().experiment(); }
  QString title() const { return lab_->find<QDockWidget>("precision")->windowTitle(); }

  /// Chooses in the table's menu for files, then types the file's name in the dialog that opens.
  void through_dialog(const QString& entry, const QString& file) const {
    auto* button = lab_->find<QToolButton>("policy_file_button");
    QTimer dialogs;
    QObject::connect(&dialogs, &QTimer::timeout, &dialogs, [&] {
      auto* dialog = qobject_cast<QFileDialog*>(QApplication::activeModalWidget());
      if (!dialog) return;
      dialogs.stop();
      auto* name = dialog->findChild<QLineEdit*>("fileNameEdit");
      name->setText(file);
      QTest::keyClick(name, Qt::Key_Return);
    });
    dialogs.start(100);
    QTimer::singleShot(50, button, [button, entry] {
      for (QAction* action : button->menu()->actions())
        if (action->text().startsWith(entry))
          QTest::mouseClick(button->menu(), Qt::LeftButton, {},
                            button->menu()->actionGeometry(action).center());
    });
    QTest::mouseClick(button, Qt::LeftButton);
    QVERIFY(wait_for([&] { return !dialogs.isActive() && !QApplication::activeModalWidget(); }));
  }

  /// Starts a run and holds it in its second epoch or later.
  void run_and_hold() const {
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    lab_->press("pause_button");
    QVERIFY(lab_->wait_for_state(RunState::paused));
  }

 private Q_SLOTS:
  void init() { lab_ = std::make_unique<Lab>(); }
  void cleanup() {
    lab_->stop();
    lab_.reset();
  }

  void an_edit_is_marked_recorded_and_shown_again() {
    Experiment e = Lab::small_experiment(60);
    e.precision.policy = "full";
    lab_->open(e);
    const Experiment before = document();
    QCOMPARE(title(), QStringLiteral("Precision"));
    auto* bar = part<widgets::CurvePlot>()->schedule_bar();
    QVERIFY(!bar->isVisible());

    run_and_hold();
    QVERIFY2(title().contains(QStringLiteral("changes take effect at the next step")), qPrintable(title()));
    lab_->choose_in_cell(2, static_cast<int>(Stage::contraction), "fp16");
    QCOMPARE(bar->edit_count(), 0);  // it is made at the next step
    lab_->press("pause_button");
    QVERIFY(wait_for([&] { return bar->edit_count() == 1; }, patience_ms));
    lab_->press("pause_button");
    QVERIFY(lab_->wait_for_state(RunState::paused));
    lab_->choose_in_cell(1, widgets::stabilizer_column, "tanh");
    lab_->press("pause_button");
    QVERIFY(wait_for([&] { return bar->edit_count() == 2; }, patience_ms));
    QVERIFY(bar->isVisible());
    const QStringList marks = {QStringLiteral("block.1 contraction → fp16"),
                               QStringLiteral("block.0 stabilizer → tanh")};
    QCOMPARE(marks_of(*part<widgets::CurvePlot>()), marks);
    QCOMPARE(marks_of(*part<widgets::MemoryPlot>()), marks);
    QCOMPARE(part<widgets::PrecisionTable>()->policy().layers[2][Stage::contraction], Format::fp16);

    QVERIFY(lab_->wait_for_state(RunState::finished));
    const Experiment run =
        load_experiment((lab_->window->runs().run_folder() + "/experiment.json").toStdString());
    QCOMPARE(run.precision.edits.size(), std::size_t(2));
    QCOMPARE(run.precision.edits[0].preset, std::string("full"));
    QCOMPARE(run.precision.edits[0].overrides,
             (std::vector<PolicyOverride>{{"block.1", "contraction", "fp16"}}));
    QVERIFY(run.precision.edits[0].step >= 4);
    QVERIFY(lab_->recorded("events.jsonl").contains("\"by_schedule\":false"));
    // What was set up is as it was, and the table shows it for the next run.
    QCOMPARE(document(), before);
    QVERIFY(!lab_->window->document().is_dirty());
    QCOMPARE(part<widgets::PrecisionTable>()->policy(), make_policy("full", 2));
    QCOMPARE(title(), QStringLiteral("Precision — of the next run"));

    // The run, opened again.
    lab_->window->open(lab_->window->runs().run_folder());
    QVERIFY(wait_for([this] { return !document().precision.edits.empty(); }, patience_ms));
    QVERIFY(wait_for([&] { return bar->edit_count() == 2; }, patience_ms));
    QCOMPARE(marks_of(*part<widgets::CurvePlot>()), marks);
    auto* label = lab_->find<QLabel>("edits_label");
    QVERIFY(label->text().startsWith(QStringLiteral("2 edits")));
    lab_->find<QDockWidget>("training")->raise();
    QTest::qWait(50);
    QTest::mouseClick(lab_->find<QPushButton>("remove_edits"), Qt::LeftButton);
    QVERIFY(document().precision.edits.empty());
    QVERIFY(lab_->window->document().is_dirty());
    lab_->window->document().replace(document());  // closing asks nothing
  }

  void a_recorded_run_repeats_its_edits_and_the_table_follows() {
    Experiment e = Lab::small_experiment(6);
    e.precision.edits = {{6, "bf16", {}}};
    lab_->open(e);
    lab_->press("run_button");
    auto* bar = part<widgets::CurvePlot>()->schedule_bar();
    QVERIFY(lab_->wait_for_state(RunState::finished));
    QCOMPARE(bar->edit_count(), 1);
    QCOMPARE(marks_of(*part<widgets::CurvePlot>()), QStringList{"bf16"});
    QCOMPARE(document(), e);
  }

  void the_table_edits_the_phase_that_is_selected() {
    Experiment e = Lab::small_experiment(20);
    e.precision.schedule = paper_schedule();
    lab_->open(e);
    auto* editor = part<widgets::ScheduleEditor>();
    auto* table = part<widgets::PrecisionTable>();
    QCOMPARE(table->policy().layers[1][Stage::forward_transform], Format::fp16);
    lab_->find<QDockWidget>("training")->raise();
    QTest::qWait(50);
    QTest::mouseClick(editor->findChild<QToolButton*>("phase_number_2"), Qt::LeftButton);
    QCOMPARE(table->policy(), make_policy("full", 2));
    QCOMPARE(title(), QStringLiteral("Precision — phase 3 of 3, epochs 16–20"));
    lab_->choose_in_cell(1, static_cast<int>(Stage::pointwise), "bf16");
    const auto& schedule = document().precision.schedule;
    QCOMPARE(schedule[2].overrides, (std::vector<PolicyOverride>{{"block.0", "pointwise", "bf16"}}));
    QVERIFY(schedule[0] == paper_schedule()[0] && schedule[1] == paper_schedule()[1]);
    QCOMPARE(editor->findChild<QComboBox*>("phase_policy_2")->currentText(), QStringLiteral("full, edited"));
    lab_->window->document().replace(document());
  }

  void a_schedule_is_seen_under_the_curves_while_it_runs() {
    Experiment e = Lab::small_experiment(8);
    e.precision.schedule = {{0.5, "mixed", {}}, {0.5, "full", {}}};
    lab_->open(e);
    auto* bar = part<widgets::CurvePlot>()->schedule_bar();
    QVERIFY(bar->isVisible());
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    QVERIFY2(title().startsWith(QStringLiteral("Precision — running phase ")), qPrintable(title()));
    QVERIFY(lab_->wait_for_state(RunState::finished));
    QCOMPARE(marks_of(*part<widgets::CurvePlot>()), QStringList{"full (schedule)"});
    QCOMPARE(lab_->find<QLabel>("status_policy")->text(), QStringLiteral("policy schedule"));
    QCOMPARE(bar->edit_count(), 0);
    QCOMPARE(document(), e);
  }

  void a_run_that_goes_on_shows_what_is_in_force() {
    Experiment e = Lab::small_experiment(60);
    e.precision.schedule = {{0.1, "mixed", {}}, {0.9, "full", {}}};
    lab_->open(e);
    lab_->press("run_button");
    auto* table = part<widgets::PrecisionTable>();
    QVERIFY(lab_->wait_for_epochs(8));
    lab_->press("pause_button");
    QVERIFY(lab_->wait_for_state(RunState::paused));
    lab_->choose_in_cell(1, static_cast<int>(Stage::contraction), "bf16");
    lab_->press("pause_button");
    const auto& curves = *part<widgets::CurvePlot>();
    const QStringList marks = {"full (schedule)", QStringLiteral("block.0 contraction → bf16")};
    QVERIFY(wait_for([&] { return marks_of(curves) == marks; }, patience_ms));
    lab_->press("stop_button");
    QVERIFY(lab_->wait_for_state(RunState::stopped));
    QCOMPARE(table->policy(), make_policy("mixed", 2));  // the document's first phase
    const int epochs = lab_->window->runs().finished_epochs();
    lab_->find<QAction>("continue_run")->trigger();
    QVERIFY(wait_for([&] { return lab_->window->runs().finished_epochs() > epochs; }, patience_ms));
    QCOMPARE(table->policy().layers[1][Stage::contraction], Format::bf16);
    QCOMPARE(table->policy().layers[1][Stage::forward_transform], Format::fp32);
    QVERIFY2(title().startsWith(QStringLiteral("Precision — running phase 2 of 2")), qPrintable(title()));
    QCOMPARE(marks_of(curves), marks);
  }

  void what_the_trainer_refuses_is_said_and_undone() {
    lab_->open(Lab::small_experiment(400));
    run_and_hold();
    auto* table = part<widgets::PrecisionTable>();
    const Policy before = table->policy();
    auto* all = table->findChild<QPushButton*>();
    QTimer::singleShot(100, all, [all] {
      for (auto* action : all->menu()->actions())
        if (action->text().startsWith(QStringLiteral("fp64")))
          QTest::mouseClick(all->menu(), Qt::LeftButton, {}, all->menu()->actionGeometry(action).center());
    });
    QTest::mouseClick(all, Qt::LeftButton);
    QVERIFY(wait_for([this] { return lab_->message().contains(QStringLiteral("fp64")); }));
    QCOMPARE(table->policy().layers, before.layers);
  }

  void policy_files() {
    Experiment e = Lab::small_experiment();
    e.precision.policy = "mixed";
    lab_->open(e);
    auto* table = part<widgets::PrecisionTable>();
    const QString good = lab_->folder.filePath("policy.json"), other = lab_->folder.filePath("other.json");
    through_dialog("Save policy", good);
    QCOMPARE(load_policy(good.toStdString(), 2).layers, make_policy("mixed", 2).layers);
    save_policy(make_policy("bf16", 5), other.toStdString());
    const Experiment before = document();
    through_dialog("Load policy", other);
    QVERIFY2(lab_->message().contains(QStringLiteral("other.json")), qPrintable(lab_->message()));
    QCOMPARE(document(), before);
    QCOMPARE(table->policy(), make_policy("mixed", 2));
    Policy edited = make_policy("fp8", 2);
    edited.layers[1].accumulation = Accumulation::strict;
    save_policy(edited, good.toStdString());
    through_dialog("Load policy", good);
    QCOMPARE(lab_->message(), QString());
    QCOMPARE(document().precision.policy, std::string("fp8"));
    QCOMPARE(document().precision.overrides,
             (std::vector<PolicyOverride>{{"block.0", "accumulation", "strict"}}));
    QCOMPARE(table->policy().layers, edited.layers);
    lab_->window->document().replace(document());
  }

  /// What a lecturer projects; pictures are kept when HALFWAVE_SCREENSHOTS names a folder.
  void looks() {
    if (qEnvironmentVariableIsEmpty("HALFWAVE_SCREENSHOTS")) QSKIP("HALFWAVE_SCREENSHOTS names no folder");
    Experiment e = Lab::small_experiment(40);
    e.op.layers = 4;
    e.precision.schedule = paper_schedule();
    for (const QSize size : {QSize(1280, 800), QSize(1920, 1080)})
      for (const auto theme : {widgets::Theme::light, widgets::Theme::dark}) {
        widgets::apply_theme(*qApp, theme);
        lab_->window->resize(size);
        QTest::qWait(100);
        // The layout for a wide window has to go before the window can be narrow.
        for (int i = 0; i < 2; ++i) {
          lab_->find<QAction>("reset_layout")->trigger();
          QTest::qWait(100);
          lab_->window->resize(size);
        }
        QCOMPARE(lab_->window->size(), size);
        e.training.epochs = 40;
        lab_->open(e);
        const QString tail = QStringLiteral("-%1-%2").arg(size.width()).arg(widgets::theme_name(theme));
        const auto keep = [&](const QString& name) {
          QTest::qWait(400);
          const QPixmap picture = lab_->window->screen()->grabWindow(0);
          picture.copy(QRect({}, size))
              .save(qEnvironmentVariable("HALFWAVE_SCREENSHOTS") + '/' + name + tail + ".png");
        };
        lab_->window->move(0, 0);
        lab_->find<QDockWidget>("training")->raise();
        keep("idle");
        QTest::mouseClick(lab_->find<QToolButton>("formats_button"), Qt::LeftButton);
        keep("formats");
        lab_->find<QDialog>("format_reference")->close();
        run_and_hold();
        lab_->choose_in_cell(2, static_cast<int>(Stage::contraction), "bf16");
        lab_->press("pause_button");
        QVERIFY(lab_->wait_for_epochs(6));
        lab_->press("pause_button");
        QVERIFY(lab_->wait_for_state(RunState::paused));
        part<widgets::PrecisionTable>()->choose_preset("fp8");
        lab_->press("pause_button");
        QVERIFY(lab_->wait_for_epochs(12));
        lab_->press("pause_button");
        QVERIFY(lab_->wait_for_state(RunState::paused));
        lab_->choose_in_cell(1, widgets::stabilizer_column, "hard clip");
        keep("live");
        auto* view = part<widgets::PrecisionTable>()->findChild<QTableView*>();
        QTest::mouseClick(view->viewport(), Qt::LeftButton, {},
                          view->visualRect(view->model()->index(1, 1)).center());
        keep("menu");
        QVERIFY(QApplication::activePopupWidget());
        QApplication::activePopupWidget()->close();
        lab_->find<QDockWidget>("memory")->raise();
        keep("memory");
        lab_->stop();
      }
  }
};

HALFWAVE_LAB_TEST_MAIN(LiveEditTest)
#include "live_edit_test.moc"
