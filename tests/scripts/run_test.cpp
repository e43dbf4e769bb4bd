// Runs scripts/run and scripts/test in a copy of their folder, with stand-ins for what they start.
#include "support/script_folder.h"

using Outcome = ScriptFolder::Outcome;

class RunTest : public QObject {
  Q_OBJECT

 private:
  std::unique_ptr<ScriptFolder> folder_;

 private Q_SLOTS:
  void init();
  void the_window_is_the_default();
  void a_subcommand_starts_the_other_program_data();
  void a_subcommand_starts_the_other_program();
  void the_programs_exit_code_is_passed_on();
  void a_failed_setup_ends_it();
  void a_failed_build_shows_its_messages();
  void tests_run_on_a_display_of_their_own();
  void warnings_are_errors_in_ci();
  void failed_tests_fail();
};

void RunTest::init() {
  folder_ = std::make_unique<ScriptFolder>(QStringList{"run", "test", "common.sh"});
  folder_->write("root/scripts/setup", "setup", "");
  folder_->write("root/build/release/bin/halfwave", "halfwave", "");
  folder_->write("root/build/release/bin/halfwave-lab", "halfwave-lab", "");
  folder_->stand_in("cmake");
  folder_->stand_in("ctest", "echo 100% tests passed, 0 tests failed out of 3");
  folder_->stand_in("xvfb-run", "while [[ $1 == --* ]]; do shift; done; exec \"$@\"");
}

void RunTest::the_window_is_the_default() {
  const Outcome outcome = folder_->run("run", {"my experiment.json"});
  QVERIFY2(outcome.code == 0, qPrintable(outcome.messages));
  const QString calls = folder_->calls();
  QVERIFY2(calls.startsWith("setup \n"), qPrintable(calls));
  QVERIFY2(calls.contains("-DHALFWAVE_GUI=ON"), qPrintable(calls));
  QVERIFY2(calls.contains("--target halfwave-lab\n"), qPrintable(calls));
  QVERIFY2(calls.endsWith("halfwave-lab my experiment.json\n"), qPrintable(calls));
}

void RunTest::a_subcommand_starts_the_other_program_data() {
  QTest::addColumn<QStringList>("arguments");
  QTest::newRow("train") << QStringList{"train", "darcy-quick", "--set", "training.epochs=5"};
  QTest::newRow("dataset") << QStringList{"dataset", "info", "a file.pt"};
  QTest::newRow("doctor") << QStringList{"doctor"};
  QTest::newRow("help") << QStringList{"--help"};
  QTest::newRow("version") << QStringList{"--version"};
}

void RunTest::a_subcommand_starts_the_other_program() {
  QFETCH(QStringList, arguments);
  QCOMPARE(folder_->run("run", arguments).code, 0);
  const QString calls = folder_->calls();
  QVERIFY2(calls.startsWith("setup --no-gui\n"), qPrintable(calls));
  QVERIFY2(calls.contains("--target halfwave\n"), qPrintable(calls));
  QVERIFY2(calls.endsWith("\nhalfwave " + arguments.join(' ') + "\n"), qPrintable(calls));
}

void RunTest::the_programs_exit_code_is_passed_on() {
  folder_->write("root/build/release/bin/halfwave", "halfwave", "exit 2");
  QCOMPARE(folder_->run("run", {"train"}).code, 2);
}

void RunTest::a_failed_setup_ends_it() {
  folder_->write("root/scripts/setup", "setup", "echo 'setup: the disk is full' >&2; exit 1");
  const Outcome outcome = folder_->run("run");
  QCOMPARE(outcome.code, 1);
  QCOMPARE(outcome.messages, QString("setup: the disk is full\n"));
  QCOMPARE(folder_->calls(), QString("setup \n"));
}

void RunTest::a_failed_build_shows_its_messages() {
  folder_->stand_in("cmake", "case $1 in --build) echo 'a.cpp:1: error'; exit 1 ;; esac");
  const Outcome outcome = folder_->run("run");
  QCOMPARE(outcome.code, 1);
  QCOMPARE(outcome.messages, QString("a.cpp:1: error\nrun: the build failed; its messages are above\n"));
  QVERIFY(!folder_->calls().contains("\nhalfwave-lab"));
}

void RunTest::tests_run_on_a_display_of_their_own() {
  folder_->stand_in("ctest", "echo \"$QT_QPA_PLATFORM, ${DISPLAY:-no display}, $HALFWAVE_SHARED\"");
  QDir(folder_->path("")).mkpath("shared");
  const Outcome outcome = folder_->run("test", {"-R", "precision"}, {"DISPLAY=:77", "HALFWAVE_SHARED="});
  QVERIFY2(outcome.code == 0, qPrintable(outcome.messages));
  const QString shared = QFileInfo(folder_->path("shared")).canonicalFilePath();
  QVERIFY2(outcome.messages.contains("xcb, no display, " + shared), qPrintable(outcome.messages));
  QVERIFY2(folder_->calls().contains("--output-on-failure -R precision\n"), qPrintable(folder_->calls()));
  QVERIFY2(folder_->calls().contains("-DHALFWAVE_WERROR=OFF"), qPrintable(folder_->calls()));
}

void RunTest::warnings_are_errors_in_ci() {
  QCOMPARE(folder_->run("test", {}, {"CI=1"}).code, 0);
  QVERIFY2(folder_->calls().contains("-DHALFWAVE_WERROR=ON"), qPrintable(folder_->calls()));
}

void RunTest::failed_tests_fail() {
  folder_->stand_in("ctest", "exit 8");
  QCOMPARE(folder_->run("test").code, 8);
  folder_->stand_in("cmake", "[ $1 != --build ]");
  const Outcome outcome = folder_->run("test");
  QCOMPARE(outcome.code, 1);
  QVERIFY2(outcome.messages.endsWith("test: the build failed; its messages are above\n"),
           qPrintable(outcome.messages));
}

QTEST_GUILESS_MAIN(RunTest)
#include "run_test.moc"
