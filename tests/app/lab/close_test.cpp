#include "lab_fixture.h"

#include <QDockWidget>
#include <QFile>
#include <QMessageBox>
#include <QPushButton>
#include <QTimer>

using namespace halfwave;
using namespace halfwave::test;

class CloseTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<Lab> lab_;

  QMessageBox* question() const { return lab_->find<QMessageBox>("ask_stop"); }

 private Q_SLOTS:
  void init() { lab_ = std::make_unique<Lab>(); }
  void cleanup() {
    lab_->stop();
    lab_.reset();
  }

  void asks_during_training_and_training_goes_on_meanwhile() {
    lab_->open(Lab::small_experiment());
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    lab_->window->close();
    QVERIFY(wait_for([this] { return question() && question()->isVisible(); }));
    QVERIFY(lab_->window->isVisible());
    QVERIFY(lab_->wait_for_epochs(lab_->window->runs().finished_epochs() + 2));
    question()->reject();
    QVERIFY(wait_for([this] { return !question(); }));
    QVERIFY(lab_->window->isVisible());
    QCOMPARE(lab_->state(), RunState::running);
  }

  void stops_saves_a_checkpoint_and_closes() {
    lab_->open(Lab::small_experiment());
    lab_->press("run_button");
    QVERIFY(lab_->wait_for_epochs(1));
    lab_->window->close();
    QVERIFY(wait_for([this] { return question() && question()->isVisible(); }));
    auto* stop = question()->findChild<QPushButton*>("stop_and_close");
    QTest::mouseClick(stop, Qt::LeftButton);
    QVERIFY(wait_for([this] { return !lab_->window->isVisible(); }, patience_ms));
    QCOMPARE(lab_->state(), RunState::stopped);
    QVERIFY(QFile(lab_->window->runs().run_folder() + "/checkpoint.pt").size() > 0);
  }

  void asks_about_unsaved_changes() {
    lab_->open(Lab::small_experiment());
    lab_->type("training.epochs", "7");
    QVERIFY(lab_->window->document().is_dirty());
    const auto answer = [this](QMessageBox::StandardButton button) {
      QTimer::singleShot(200, this, [button] {
        auto* box = qobject_cast<QMessageBox*>(QApplication::activeModalWidget());
        QVERIFY(box);
        QTest::mouseClick(box->button(button), Qt::LeftButton);
      });
      lab_->window->close();
    };
    answer(QMessageBox::Cancel);
    QVERIFY(lab_->window->isVisible());
    answer(QMessageBox::Save);
    QVERIFY(!lab_->window->isVisible());
    QCOMPARE(load_experiment(lab_->folder.filePath("small.json").toStdString()).training.epochs, 7);
  }

  void remembers_where_the_panels_were() {
    lab_->find<QDockWidget>("memory")->hide();
    lab_->window->close();
    QVERIFY(!lab_->window->isVisible());
    lab_->open_window();
    QVERIFY(!lab_->find<QDockWidget>("memory")->isVisible());
    QVERIFY(!lab_->find<QDockWidget>("memory")->toggleViewAction()->isChecked());
    lab_->find<QAction>("reset_layout")->trigger();
    QVERIFY(lab_->find<QDockWidget>("memory")->toggleViewAction()->isChecked());
  }

  void remembers_the_theme() {
    QVERIFY(!widgets::theme_colours().dark);
    lab_->press("toggle_theme_button");
    QVERIFY(widgets::theme_colours().dark);
    QCOMPARE(QSettings().value("window/theme").toString(), QString("dark"));
  }
};

HALFWAVE_LAB_TEST_MAIN(CloseTest)
#include "close_test.moc"
