#include "app/lab/recovery_file.h"
#include "core/files/atomic_file.h"
#include "lab_fixture.h"

#include <QDir>
#include <QProcess>
#include <QPushButton>

#include <csignal>

using namespace halfwave;
using namespace halfwave::test;

/// What is not saved outlives a process that is killed.
class RecoveryTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Lab> lab_;

  lab::MessageBar* bar() const { return lab_->find<lab::MessageBar>("recovery_bar"); }
  static QStringList files() { return lab::recovery_files(); }
  void press(const char* button) const {
    QTest::mouseClick(bar()->findChild<QPushButton*>(button), Qt::LeftButton);
  }
  /// As a crashed window leaves it: a file that nobody holds.
  QString leave(const std::string& text) const {
    QDir().mkpath(lab::recovery_folder());
    const QString file = lab::new_recovery_file();
    replace_file(file.toStdString(), text, false);
    return file;
  }
  lab::Recovery unsaved(int width) const {
    lab::Recovery r;
    r.experiment = Lab::small_experiment();
    r.experiment.op.width = width;
    r.name = "small.json";
    r.saved = QDateTime::currentDateTime();
    r.unsaved = true;
    return r;
  }
  void begin() const {
    const QString file = lab_->folder.filePath("small.json");
    save_experiment(Lab::small_experiment(), file.toStdString());
    lab_->window->start(file);
    QVERIFY(wait_for([this] { return lab_->window->runs().data_ready(); }, patience_ms));
  }

 private Q_SLOTS:
  void init() { lab_ = std::make_unique<Lab>(); }
  void cleanup() {
    lab_->stop();
    auto& document = lab_->window->document();
    document.replace(Experiment(document.experiment()));
    lab_.reset();
  }

  void keeps_what_is_not_saved_and_only_that() {
    begin();
    QVERIFY(files().isEmpty());
    lab_->type("operator.width", "24");
    QVERIFY(wait_for([] { return files().size() == 1; }, 10000));
    const lab::Recovery kept = lab::read_recovery(files().front());
    QCOMPARE(kept.experiment, lab_->window->document().experiment());
    QVERIFY(kept.unsaved && kept.path.endsWith("small.json"));
    QVERIFY(!lab::RecoveryLock::take(files().front()));  // another window keeps off
    lab_->find<QAction>("undo")->trigger();
    QVERIFY(wait_for([] { return files().isEmpty(); }, 10000));
  }

  void offers_recovers_and_throws_away() {
    leave(lab::recovery_text(unsaved(24)));
    begin();
    QVERIFY(bar()->isVisible());
    QVERIFY2(bar()->text().contains("small.json"), qPrintable(bar()->text()));
    press("message_button");
    QCOMPARE(lab_->window->document().experiment().op.width, 24);
    QVERIFY(lab_->window->document().is_dirty());
    QVERIFY(!bar()->isVisible());
    QCOMPARE(files().size(), 1);  // now of this window
    lab_->window->document().replace(Lab::small_experiment());

    leave(lab::recovery_text(unsaved(16)));
    begin();
    QVERIFY(bar()->isVisible());
    press("message_no");
    QVERIFY(!bar()->isVisible());
    QVERIFY(wait_for([] { return files().isEmpty(); }));
    QCOMPARE(lab_->window->document().experiment().op.width, 8);
  }

  void a_damaged_or_newer_file_is_said_and_kept_aside() {
    const std::string good = lab::recovery_text(unsaved(16));
    std::string newer = good;
    const std::string key = "\"halfwave_recovery\": 1";
    newer.replace(newer.find(key), key.size(), "\"halfwave_recovery\": 2");
    for (const std::string& text :
         {good.substr(0, good.size() / 2), newer, std::string("[]"), std::string()}) {
      const QString file = leave(text);
      begin();
      QVERIFY2(bar()->text().contains("cannot be recovered"), qPrintable(bar()->text()));
      QVERIFY(!QFile::exists(file) && QFile::exists(file + ".aside"));
      QTest::mouseClick(bar()->findChild<QToolButton*>("message_close"), Qt::LeftButton);
      QVERIFY(!bar()->isVisible());
    }
  }

  void the_real_program_is_killed_and_offers_it_again() {
    const QString program = QString(HALFWAVE_BIN_DIR) + "/halfwave-lab";
    if (!QFile::exists(program)) QSKIP("halfwave-lab is not built");
    const QString file = leave(lab::recovery_text(unsaved(16)));
    const auto is_held = [&file] { return !lab::RecoveryLock::take(file); };
    // The program's own folder of data is named as this test's is.
    QProcess lab;
    const QString own = lab_->folder.filePath("data/Halfwave/Halfwave/recovery/left.json");
    QDir().mkpath(QFileInfo(own).absolutePath());
    QVERIFY(QFile::copy(file, own));
    const auto own_is_held = [&own] { return !lab::RecoveryLock::take(own); };
    QVERIFY(!is_held());
    for (int start = 0; start < 2; ++start) {
      lab.start(program, {lab_->folder.filePath("small.json")});
      QVERIFY(lab.waitForStarted());
      QVERIFY(wait_for(own_is_held, patience_ms));
      ::kill(static_cast<pid_t>(lab.processId()), SIGKILL);
      QVERIFY(lab.waitForFinished());
      QVERIFY(QFile::exists(own));  // not answered: offered again
      QVERIFY(!own_is_held());
    }
    QFile::remove(file);
  }
};

HALFWAVE_LAB_TEST_MAIN(RecoveryTest)
#include "recovery_test.moc"
