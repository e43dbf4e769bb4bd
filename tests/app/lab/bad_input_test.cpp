#include "lab_fixture.h"
#include "support/shared_files.h"

#include <QDir>
#include <QFile>
#include <QPushButton>

using namespace halfwave;
using namespace halfwave::test;

/// Whatever is wrong becomes a sentence in the window, and nothing is lost.
class BadInputTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Lab> lab_;

  QString write(const char* name, const QByteArray& content) const {
    const QString path = lab_->folder.filePath(name);
    QFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size()) return {};
    return path;
  }

 private Q_SLOTS:
  void init() {
    lab_ = std::make_unique<Lab>();
    lab_->open(Lab::small_experiment());
  }
  void cleanup() {
    lab_->stop();
    lab_.reset();
  }

  void a_wrong_field_is_said_while_it_is_typed() {
    QTest::keyClick(lab_->window.get(), Qt::Key_2, Qt::AltModifier);
    lab_->type("operator.modes", "8, 40");
    QVERIFY2(lab_->toolbar_problem().startsWith("operator.modes[1]: 40 is more than"),
             qPrintable(lab_->toolbar_problem()));
    lab_->press("run_button");
    QVERIFY2(lab_->message().startsWith("operator.modes[1]"), qPrintable(lab_->message()));
    QVERIFY(!lab_->window->runs().busy());
    QCOMPARE(lab_->find<QLineEdit>("operator.modes")->text(), QString("8, 40"));
    lab_->type("operator.modes", "8, 8");
    QCOMPARE(lab_->toolbar_problem(), QString());
    QCOMPARE(lab_->message(), QString());
  }

  void zero_epochs_are_refused() {
    lab_->type("training.epochs", "0");
    QVERIFY(lab_->toolbar_problem().startsWith("training.epochs"));
    lab_->press("run_button");
    QVERIFY(!lab_->window->runs().busy());
  }

  void text_that_is_no_number_is_refused() {
    lab_->type("training.learning_rate", "fast");
    QVERIFY2(lab_->toolbar_problem().startsWith("training.learning_rate: "),
             qPrintable(lab_->toolbar_problem()));
    lab_->press("run_button");
    QVERIFY(!lab_->window->runs().busy());
    QVERIFY(!lab_->message().isEmpty());
  }

  void files_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QByteArray>("content");
    QTest::addColumn<QString>("said");
    QTest::newRow("experiment that is cut")
        << "cut.json" << QByteArray("{\"version\": 1, \"op") << "cut.json";
    QTest::newRow("experiment of a newer version")
        << "newer.json" << QByteArray("{\"version\": 99}") << "version: 99 is newer";
    QTest::newRow("experiment with a wrong type")
        << "type.json" << QByteArray("{\"seed\": \"x\"}") << "seed:";
    QTest::newRow("unknown field") << "field.json" << QByteArray("{\"operater\": {}}")
                                   << "nearest is operator";
    QTest::newRow("empty dataset") << "empty.pt" << QByteArray() << "empty.pt";
    QTest::newRow("foreign dataset") << "foreign.pt" << QByteArray("no archive at all") << "foreign.pt";
  }
  void files() {
    QFETCH(QString, name);
    QFETCH(QByteArray, content);
    QFETCH(QString, said);
    const Experiment before = lab_->window->document().experiment();
    const QString path = write(qPrintable(name), content);
    lab_->window->open(path);
    QVERIFY(wait_for([this] { return !lab_->message().isEmpty(); }, patience_ms));
    QVERIFY2(lab_->message().contains(said), qPrintable(lab_->message()));
    if (name.endsWith("json")) QVERIFY(lab_->window->document().experiment() == before);
  }

  void a_wrong_argument_still_leaves_the_embedded_experiment() {
    lab_->window->start(lab_->folder.filePath("nothing.json"));
    QVERIFY(lab_->message().contains("nothing.json"));
    QCOMPARE(lab_->window->document().experiment().name, std::string("darcy-quick"));
  }

  void something_that_is_not_there() {
    lab_->window->open(lab_->folder.filePath("nothing-here"));
    QVERIFY(lab_->message().contains("nothing-here"));
    lab_->window->open(lab_->folder.path());
    QVERIFY2(lab_->message().contains("is not the folder of a run"), qPrintable(lab_->message()));
  }

  void a_folder_for_runs_that_cannot_be_made() {
    // A file where a folder would have to be.
    const QString file = write("occupied", "x");
    lab::set_runs_root(file);
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_state(RunState::failed));
    QVERIFY2(lab_->message().contains("occupied"), qPrintable(lab_->message()));
  }

  void a_second_document_during_a_run() {
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    lab_->window->open("darcy-example");
    QVERIFY(lab_->message().contains("A run is on"));
    QCOMPARE(lab_->window->document().experiment().name, std::string("small"));
  }

  void data_of_another_grid() {
    const auto shared = shared_folder();
    if (shared.empty()) QSKIP("the recorded data is not beside this checkout");
    Experiment e = Lab::small_experiment(1);
    e.name = "coarse";
    e.op.modes = {32, 32};
    e.dataset.source = "file";
    e.dataset.train = (shared / "data" / "darcy_train_16.pt").string();
    lab_->open(e);
    QVERIFY2(lab_->message().contains("[32, 32] do not fit"), qPrintable(lab_->message()));
    lab_->press("run_button");
    QVERIFY(wait_for([this] { return lab_->state() == RunState::failed; }, patience_ms));
    QVERIFY2(lab_->message().contains("modes"), qPrintable(lab_->message()));
  }

  void data_of_another_grid_offers_modes_that_fit() {
    const auto shared = shared_folder();
    if (shared.empty()) QSKIP("the recorded data is not beside this checkout");
    Experiment e = Lab::small_experiment(1);
    e.name = "coarse";
    e.op.modes = {32, 32};
    e.dataset.source = "file";
    e.dataset.train = (shared / "data" / "darcy_train_16.pt").string();
    lab_->open(e);
    QTest::mouseClick(lab_->find<lab::MessageBar>("message_bar")->findChild<QPushButton*>("message_button"),
                      Qt::LeftButton);
    QCOMPARE(lab_->window->document().experiment().op.modes, std::vector<int>({16, 16}));
    QCOMPARE(lab_->find<QLineEdit>("operator.modes")->text(), QString("16, 16"));
    QCOMPARE(lab_->message(), QString());
  }
};

HALFWAVE_LAB_TEST_MAIN(BadInputTest)
#include "bad_input_test.moc"
