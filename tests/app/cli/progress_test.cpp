#include "support/cli_program.h"

#include <QStandardPaths>
#include <QtTest/QtTest>

#include <csignal>

class ProgressTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_terminal_shows_a_bar_with_rate_time_and_loss() {
    if (QStandardPaths::findExecutable("script").isEmpty())
      QSKIP("The program script, which lends a terminal, is not here.");
    const CliProgram halfwave;
    QProcess process;
    halfwave.prepare(process);
    auto environment = process.processEnvironment();
    environment.insert("TERM", "xterm");
    process.setProcessEnvironment(environment);
    const QStringList train = QStringList{process.program(), "train"} + CliProgram::small_experiment() +
                              QStringList{"training.epochs=200", "training.evaluate_every=100",
                                          "training.checkpoint_every=100", "--out", "run"};
    process.setProgram("script");
    process.setArguments({"-qec", train.join(' '), "/dev/null"});
    process.start();
    QVERIFY(process.waitForFinished(120'000));
    QCOMPARE(process.exitCode(), 0);
    const QByteArray seen = process.readAllStandardOutput();
    QVERIFY2(QRegularExpression("\\r\\[#+-+\\] epoch \\d+/200  loss [0-9.e-]+  [0-9.e+]+ samples/s  ETA ")
                 .match(seen)
                 .hasMatch(),
             seen.right(2000));
    // Each epoch leaves a whole line, and no half-drawn bar is left at the end.
    QVERIFY(seen.contains("epoch 200/200  loss "));
    QVERIFY2(seen.right(400).contains("finished after 200 epochs"), seen.right(400));
  }

  void an_interrupt_while_data_are_made_leaves_nothing() {
    const CliProgram halfwave;
    QProcess process;
    halfwave.prepare(process);
    process.setArguments(
        {"train", "darcy-quick", "--set", "dataset.resolution=128", "dataset.samples=2000", "--out", "run"});
    process.setReadChannel(QProcess::StandardError);
    process.start();
    QByteArray err;
    while (!err.contains("Preparing the data") && process.waitForReadyRead(60'000))
      err += process.readAllStandardError();
    ::kill(static_cast<pid_t>(process.processId()), SIGTERM);
    QVERIFY(process.waitForFinished(60'000));
    err += process.readAllStandardError();
    QCOMPARE(process.exitCode(), 143);
    QVERIFY2(err.contains("Stopped before training began."), err);
    QVERIFY(!QDir(halfwave.path("run")).exists());
  }

  void a_full_standard_output_is_a_failure() {
    if (!QFile::exists("/dev/full")) QSKIP("There is no /dev/full here.");
    const CliProgram halfwave;
    for (const QStringList& arguments : {QStringList{"doctor"}, {"doctor", "--json"}}) {
      QProcess process;
      halfwave.prepare(process);
      process.setArguments(arguments);
      process.setStandardOutputFile("/dev/full");
      process.start();
      QVERIFY(process.waitForFinished(120'000));
      QCOMPARE(process.exitCode(), 1);
    }
  }
};

QTEST_GUILESS_MAIN(ProgressTest)
#include "progress_test.moc"
