#include "lab_fixture.h"
#include "widgets/curve_plot.h"
#include "widgets/dataset_browser.h"
#include "widgets/field_panel.h"
#include "widgets/precision_cells.h"
#include "widgets/precision_table.h"

#include <QFile>
#include <QStatusBar>
#include <QTableView>

using namespace halfwave;
using namespace halfwave::test;

/// A run from the first click to the last, as a person makes it.
class RunTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Lab> lab_;

  QTableView* cells() const {
    return lab_->window->findChild<widgets::PrecisionTable*>()->findChild<QTableView*>();
  }

 private Q_SLOTS:
  void init() { lab_ = std::make_unique<Lab>(); }
  void cleanup() {
    lab_->stop();
    lab_.reset();
  }

  void shows_a_sample_once_data_is_there() {
    lab_->open(Lab::small_experiment());
    QVERIFY(lab_->window->findChild<widgets::FieldPanel*>()->has_snapshot());
    QCOMPARE(lab_->state(), RunState::idle);
    QCOMPARE(lab_->message(), QString());
  }

  void runs_pauses_resumes_and_stops() {
    lab_->open(Lab::small_experiment());
    lab_->choose_in_cell(1, static_cast<int>(Stage::contraction), "bf16");
    const auto& overrides = lab_->window->document().experiment().precision.overrides;
    QCOMPARE(overrides.size(), std::size_t(1));
    QCOMPARE(overrides.front().layer, std::string("block.0"));
    QCOMPARE(overrides.front().value, std::string("bf16"));
    QCOMPARE(lab_->find<QComboBox>("policy_chooser")->currentText(), QString("custom"));

    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(2));
    QCOMPARE(lab_->state(), RunState::running);
    QVERIFY(!lab_->find<QToolButton>("run_button")->isEnabled());

    lab_->press("pause_button");
    QVERIFY(lab_->wait_for_state(RunState::paused));
    QCOMPARE(lab_->find<QToolButton>("pause_button")->text(), QString("Resume"));
    QTest::qWait(200);
    const QString position = lab_->find<QLabel>("status_position")->text();
    QTest::qWait(400);
    QCOMPARE(lab_->find<QLabel>("status_position")->text(), position);

    const int epochs = lab_->window->runs().finished_epochs();
    lab_->press("pause_button");
    QVERIFY(lab_->wait_for_epochs(epochs + 2));

    lab_->press("stop_button");
    QVERIFY(lab_->wait_for_state(RunState::stopped));
    QVERIFY(!lab_->recorded("checkpoint.pt").isEmpty());
    QVERIFY(lab_->recorded("metrics.csv").count('\n') >= epochs + 2);
    QVERIFY(lab_->find<QToolButton>("run_button")->isEnabled());
    QCOMPARE(lab_->message(), QString());
  }

  void finishes_by_itself() {
    lab_->open(Lab::small_experiment(2));
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_state(RunState::finished));
    QCOMPARE(lab_->window->runs().finished_epochs(), 2);
    QVERIFY(lab_->window->findChild<widgets::FieldPanel*>()->has_snapshot());
  }

  void changes_the_policy_while_it_trains() {
    lab_->open(Lab::small_experiment());
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    lab_->choose_in_cell(2, static_cast<int>(Stage::pointwise), "bf16");
    QVERIFY(wait_for([this] { return lab_->recorded("events.jsonl").contains("policy"); }, patience_ms));
    const int epochs = lab_->window->runs().finished_epochs();
    QVERIFY(lab_->wait_for_epochs(epochs + 1));
    // What was set up for the next run is as it was; the run's own record has the edit.
    QVERIFY(lab_->window->document().experiment().precision.overrides.empty());
    QVERIFY(lab_->recorded("experiment.json").contains("\"edits\""));
    // Nothing of what happened since has changed it back.
    QCOMPARE(lab_->window->findChild<widgets::PrecisionTable*>()->policy().layers[2][Stage::pointwise],
             Format::bf16);
  }

  void chooses_presets_in_the_toolbar() {
    lab_->open(Lab::small_experiment());
    auto* chooser = lab_->find<QComboBox>("policy_chooser");
    chooser->setFocus();
    QTest::keyClick(chooser, Qt::Key_Home);
    for (int i = 0; i < 20 && chooser->currentText() != "mixed"; ++i) QTest::keyClick(chooser, Qt::Key_Down);
    QCOMPARE(lab_->window->document().experiment().precision.policy, std::string("mixed"));
    for (int i = 0; i < 20 && !chooser->currentText().startsWith("schedule"); ++i) {
      QTest::keyClick(chooser, Qt::Key_Down);
    }
    QCOMPARE(lab_->window->document().experiment().precision.schedule.size(), std::size_t(3));
    QTest::keyClick(chooser, Qt::Key_Home);
    QVERIFY(lab_->window->document().experiment().precision.schedule.empty());
  }

  void says_where_a_run_lost_its_finite_values_and_what_would_cure_it() {
    Experiment e = Lab::small_experiment();
    e.precision.policy = "naive";
    // Darcy's coefficient is 3 or 12: scaled so, it lies beyond 65504.
    e.dataset.input_scale = 1e5;
    e.dataset.input_normalizer = "none";
    lab_->open(e);
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_state(RunState::failed));
    const QString said = lab_->message();
    QVERIFY2(said.contains("(fp16)") && said.contains("65504"), qPrintable(said));
    int framed = 0;
    const auto* model = cells()->model();
    for (int row = 0; row < model->rowCount(); ++row) {
      for (int column = 0; column < model->columnCount(); ++column) {
        framed += model->index(row, column).data(widgets::PolicyModel::fault_role).toBool();
      }
    }
    QCOMPARE(framed, 1);
    // The next run is not hindered, and takes the frame away.
    QVERIFY(lab_->find<QToolButton>("run_button")->isEnabled());
  }

  void loads_data_first_when_run_is_pressed_at_once() {
    Experiment e = Lab::small_experiment(1);
    e.dataset.seed = 77;
    lab_->window->document().replace(e);
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_state(RunState::finished));
  }
};

HALFWAVE_LAB_TEST_MAIN(RunTest)
#include "run_test.moc"
