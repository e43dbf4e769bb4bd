#include "core/experiment/difference.h"
#include "lab_fixture.h"
#include "widgets/precision_cells.h"
#include "widgets/schedule_editor.h"

#include <QClipboard>
#include <QDockWidget>
#include <QDropEvent>
#include <QMimeData>
#include <QProcess>
#include <QPushButton>

using namespace halfwave;
using namespace halfwave::test;

/// What is edited can be undone, step by step, from every form, and the keys of a field are those of the
/// experiment.
class UndoTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Lab> lab_;

  lab::Document& document() const { return lab_->window->document(); }
  const Experiment& experiment() const { return document().experiment(); }
  QAction* undo() const { return lab_->find<QAction>("undo"); }
  QAction* redo() const { return lab_->find<QAction>("redo"); }
  QLineEdit* field(const char* name) const { return lab_->find<QLineEdit>(name); }
  void raise(const char* dock) const {
    lab_->find<QDockWidget>(dock)->raise();
    QTest::qWait(50);
  }
  void type(const char* name, const QString& text) const {
    lab_->window->activateWindow();
    lab_->type(name, text);
  }
  /// The keys go where the focus is, as those of a person.
  static void press_undo() { QTest::keyClick(QApplication::focusWidget(), Qt::Key_Z, Qt::ControlModifier); }
  static void press_redo() {
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Z, Qt::ControlModifier | Qt::ShiftModifier);
  }

 private Q_SLOTS:
  void init() {
    lab_ = std::make_unique<Lab>();
    lab_->open(Lab::small_experiment());
  }
  void cleanup() {
    lab_->stop();
    document().replace(experiment());  // closing asks nothing
    lab_.reset();
  }

  void keystrokes_in_a_field_are_one_step_and_the_saved_state_is_clean() {
    const Experiment saved = experiment();
    QVERIFY(!undo()->isEnabled());
    QVERIFY(!redo()->isEnabled());
    raise("operator");
    type("operator.width", "24");
    QCOMPARE(document().history().count(), 1);
    QCOMPARE(undo()->text(), QStringLiteral("&Undo width 8 → 24"));
    type("operator.layers", "3");
    QCOMPARE(document().history().count(), 2);
    QCOMPARE(experiment().op.layers, 3);
    QVERIFY(lab_->window->isWindowModified());

    press_undo();
    QCOMPARE(experiment().op.layers, 2);
    QCOMPARE(field("operator.layers")->text(), QStringLiteral("2"));
    QCOMPARE(redo()->text(), QStringLiteral("&Redo blocks 2 → 3"));
    press_undo();
    QCOMPARE(experiment(), saved);
    QCOMPARE(field("operator.width")->text(), QStringLiteral("8"));
    QVERIFY(!document().is_dirty());
    QVERIFY(!lab_->window->isWindowModified());
    QVERIFY(!undo()->isEnabled());
    press_redo();
    press_redo();
    QCOMPARE(experiment().op.width, 24);
    QCOMPARE(field("operator.layers")->text(), QStringLiteral("3"));

    // Saved here, the state that was first is the one that differs.
    lab_->find<QAction>("save")->trigger();
    QVERIFY(!document().is_dirty());
    press_undo();
    QVERIFY(document().is_dirty());
    press_redo();
    QVERIFY(!document().is_dirty());
    // And typing on in the same field after saving is a step of its own.
    QTest::keyClick(field("operator.layers"), Qt::Key_End);
    QTest::keyClick(field("operator.layers"), Qt::Key_Backspace);
    QTest::keyClicks(field("operator.layers"), "4");
    QVERIFY(document().is_dirty());
    press_undo();
    QVERIFY(!document().is_dirty());
    QCOMPARE(experiment().op.layers, 3);
  }

  void typing_back_is_no_step() {
    raise("operator");
    type("operator.width", "12");
    QTest::keyClick(field("operator.width"), Qt::Key_Backspace);
    QTest::keyClick(field("operator.width"), Qt::Key_Backspace);
    QTest::keyClicks(field("operator.width"), "8");
    QCOMPARE(document().history().count(), 0);
    QVERIFY(!document().is_dirty());
  }

  void leaving_a_field_ends_its_step() {
    raise("operator");
    type("operator.width", "12");
    type("operator.layers", "3");
    type("operator.width", "16");
    QCOMPARE(document().history().count(), 3);
    press_undo();
    QCOMPARE(experiment().op.width, 12);
    QTest::keyClicks(field("operator.width"), "0");
    QCOMPARE(document().history().undoText(), QStringLiteral("width 12 → 120"));
    press_undo();
    QCOMPARE(experiment().op.width, 12);
  }

  void what_cannot_be_read_is_taken_away_first() {
    raise("operator");
    type("operator.width", "16");
    QTest::keyClicks(field("operator.width"), "x");
    QVERIFY(lab_->toolbar_problem().contains("operator.width"));
    QCOMPARE(undo()->text(), QStringLiteral("&Undo typing"));
    press_undo();
    QCOMPARE(field("operator.width")->text(), QStringLiteral("16"));
    QCOMPARE(lab_->toolbar_problem(), QString());
    press_undo();
    QCOMPARE(field("operator.width")->text(), QStringLiteral("8"));
    // Where nothing is left to undo the field's own history stays out of it, too.
    press_undo();
    press_redo();
    press_redo();
    QCOMPARE(field("operator.width")->text(), QStringLiteral("16"));
    QCOMPARE(experiment().op.width, 16);
  }

  void every_form_and_the_table() {
    const Experiment first = experiment();
    raise("training");
    type("training.epochs", "7");
    auto* loss = lab_->find<QComboBox>("training.loss");
    loss->setFocus();
    QTest::keyClick(loss, loss->currentIndex() == 0 ? Qt::Key_Down : Qt::Key_Up);
    QVERIFY(document().history().undoText().contains("→"));
    lab_->choose_in_cell(1, static_cast<int>(Stage::contraction), "bf16");
    QCOMPARE(document().history().undoText(), QStringLiteral("block.0 contraction → bf16"));
    lab_->choose_in_cell(2, static_cast<int>(Stage::contraction), "bf16");
    auto* chooser = lab_->find<QComboBox>("policy_chooser");
    chooser->setFocus();
    QTest::keyClick(chooser, Qt::Key_Home);
    QTest::keyClick(chooser, Qt::Key_End);
    auto* table = lab_->window->findChild<widgets::PrecisionTable*>();
    raise("dataset");
    for (auto* edit : lab_->find<QDockWidget>("dataset")->findChildren<QLineEdit*>()) {
      if (edit->accessibleName() != "Seed" && edit->objectName() != "dataset.seed") continue;
      edit->setFocus();
      edit->selectAll();
      QTest::keyClicks(edit, "5");
      break;
    }
    const Experiment last = experiment();
    const int steps = document().history().count();
    QVERIFY2(steps >= 5, qPrintable(QString::number(steps)));
    QVERIFY(last.dataset.seed == 5 && last.training.epochs == 7 && last.training.loss != first.training.loss);

    QVERIFY(lab_->window->findChild<widgets::PrecisionTable*>() == table);
    std::vector<Experiment> states;
    for (int i = 0; i < steps; ++i) {
      states.push_back(experiment());
      undo()->trigger();
    }
    QCOMPARE(experiment(), first);
    QVERIFY(!document().is_dirty());
    QCOMPARE(table->policy(), make_policy(first.precision.policy, 2));
    for (int i = steps - 1; i >= 0; --i) {
      redo()->trigger();
      QCOMPARE(experiment(), states[static_cast<std::size_t>(i)]);
    }
    QCOMPARE(experiment(), last);
    QCOMPARE(field("training.epochs")->text(), QStringLiteral("7"));
  }

  void a_schedule_and_its_phases() {
    const Experiment first = experiment();
    auto* chooser = lab_->find<QComboBox>("policy_chooser");
    chooser->setFocus();
    for (int i = 0; i < 20 && !chooser->currentText().startsWith("schedule"); ++i)
      QTest::keyClick(chooser, Qt::Key_Down);
    QCOMPARE(experiment().precision.schedule.size(), std::size_t(3));
    const Experiment scheduled = experiment();
    lab_->choose_in_cell(1, static_cast<int>(Stage::pointwise), "bf16");
    QVERIFY(!(experiment() == scheduled));
    undo()->trigger();
    QCOMPARE(experiment(), scheduled);
    while (undo()->isEnabled()) undo()->trigger();
    QCOMPARE(experiment(), first);
    QVERIFY(lab_->window->findChild<widgets::ScheduleEditor*>()->schedule().empty());
    redo()->trigger();
    QVERIFY(redo()->isEnabled() || document().history().index() == document().history().count());
  }

  void the_command_line_gives_the_same_experiment() {
    raise("operator");
    type("operator.modes", "6, 7");
    lab_->choose_in_cell(1, static_cast<int>(Stage::contraction), "bf16");
    const auto as_the_shell_and_the_program_read = [](const QString& command) {
      QProcess shell;
      shell.start("sh", {"-c", "printf '%s\\n' " + command});
      shell.waitForFinished();
      const QStringList words =
          QString::fromUtf8(shell.readAllStandardOutput()).split('\n', Qt::SkipEmptyParts);
      Experiment e = load_experiment(words.value(2).toStdString());
      for (const QString& word : words.mid(4)) set_field(e, word.toStdString());
      return e;
    };
    QTest::keyClick(lab_->window.get(), Qt::Key_C, Qt::ControlModifier | Qt::ShiftModifier);
    const QString copied = QApplication::clipboard()->text();
    QVERIFY2(copied.startsWith("halfwave train ") && copied.contains("small.json"), qPrintable(copied));
    QCOMPARE(as_the_shell_and_the_program_read(copied), experiment());
    Experiment odd = experiment();
    odd.name = "it's 100 % \"odd\" $HOME";
    odd.precision.schedule = paper_schedule();
    document().replace(odd);
    lab_->find<QAction>("copy_command")->trigger();
    const QString other = QApplication::clipboard()->text();
    QVERIFY2(other.startsWith("halfwave train darcy-"), qPrintable(other));
    QCOMPARE(as_the_shell_and_the_program_read(other), odd);
  }

  void an_experiment_is_dropped_on_the_window() {
    Experiment other = Lab::small_experiment();
    other.op.width = 10;
    const QString file = lab_->folder.filePath("dropped.json");
    save_experiment(other, file.toStdString());
    QMimeData data;
    data.setUrls({QUrl::fromLocalFile(file)});
    QDragEnterEvent enter({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QVERIFY(QApplication::sendEvent(lab_->window.get(), &enter) && enter.isAccepted());
    QDropEvent drop({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QApplication::sendEvent(lab_->window.get(), &drop);
    QVERIFY(wait_for([&] { return experiment() == other; }));
    data.setUrls({});
    QDragEnterEvent nothing({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
    nothing.ignore();
    QApplication::sendEvent(lab_->window.get(), &nothing);
    QVERIFY(!nothing.isAccepted());
  }

  void another_document_has_no_history_and_a_run_none_either() {
    raise("operator");
    type("operator.width", "12");
    document().replace(experiment());
    QVERIFY(!undo()->isEnabled());
    type("operator.width", "8");
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    QVERIFY(!undo()->isEnabled());
    lab_->choose_in_cell(1, static_cast<int>(Stage::contraction), "bf16");
    QVERIFY(lab_->wait_for_epochs(lab_->window->runs().finished_epochs() + 2));
    QCOMPARE(document().history().count(), 1);  // the run's own edit is in its record
    lab_->stop();
    QVERIFY(undo()->isEnabled());
    QCOMPARE(undo()->text(), QStringLiteral("&Undo width 12 → 8"));
  }
};

HALFWAVE_LAB_TEST_MAIN(UndoTest)
#include "undo_test.moc"
