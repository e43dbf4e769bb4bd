#include "app/lab/command_line.h"

#include "core/error.h"

#include <QProcess>
#include <QtTest>

using namespace halfwave;
using namespace halfwave::lab;

class CommandLineTest : public QObject {
  Q_OBJECT

 private:
  static CommandLine read(const QStringList& arguments) {
    QString text;
    return read_command_line(arguments, text);
  }

  /// Starts the program itself.
  static void start(QProcess& process, const QStringList& arguments, const QProcessEnvironment& environment) {
    process.setProcessEnvironment(environment);
    process.start(QString(HALFWAVE_BIN_DIR) + "/halfwave-lab", arguments);
    QVERIFY2(process.waitForFinished(60000), qPrintable(process.errorString()));
  }
  static void skip_without_program() {
    if (!QFile::exists(QString(HALFWAVE_BIN_DIR) + "/halfwave-lab")) QSKIP("halfwave-lab is not built here");
  }

 private Q_SLOTS:
  void reads_what_to_open() {
    QCOMPARE(read({}).open, QString());
    QCOMPARE(read({"a.json"}).open, QString("a.json"));
    const CommandLine all =
        read({"run folder", "--run", "--theme", "dark", "--size", "1920x1080", "--after-epochs", "3"});
    QCOMPARE(all.open, QString("run folder"));
    QVERIFY(all.run);
    QCOMPARE(all.theme, QString("dark"));
    QCOMPARE(*all.size, QSize(1920, 1080));
    QCOMPARE(all.after_epochs, 3);
  }

  void refuses_what_it_does_not_understand() {
    QVERIFY_EXCEPTION_THROWN(read({"a.json", "b.json"}), RequestError);
    QVERIFY_EXCEPTION_THROWN(read({"--theme", "pink"}), RequestError);
    QVERIFY_EXCEPTION_THROWN(read({"--size", "big"}), RequestError);
    QVERIFY_EXCEPTION_THROWN(read({"--after-epochs", "-1"}), RequestError);
    QVERIFY_EXCEPTION_THROWN(read({"--no-such-option"}), RequestError);
  }

  void offers_help_without_showing_its_hidden_options() {
    QString text;
    read_command_line({"--help"}, text);
    QVERIFY(text.contains("EXPERIMENT|DATASET|RUN"));
    QVERIFY(!text.contains("screenshot"));
  }

  void says_one_sentence_without_a_display() {
    skip_without_program();
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) environment.remove(name);
    QProcess process;
    start(process, {}, environment);
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 2);
    const QByteArray said = process.readAllStandardError();
    QVERIFY2(said.contains("There is no display"), said.constData());
    QCOMPARE(said.count('\n'), 1);
  }

  void says_one_sentence_when_the_display_does_not_answer() {
    skip_without_program();
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.remove("WAYLAND_DISPLAY");
    environment.insert("QT_QPA_PLATFORM", "xcb");
    environment.insert("DISPLAY", ":4711");
    QProcess process;
    start(process, {}, environment);
    QCOMPARE(process.exitCode(), 2);
    QVERIFY(process.readAllStandardError().contains(":4711 does not answer"));
  }

  void helps_without_a_display() {
    skip_without_program();
    auto environment = QProcessEnvironment::systemEnvironment();
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}) environment.remove(name);
    QProcess process;
    start(process, {"--help"}, environment);
    QCOMPARE(process.exitCode(), 0);
    QVERIFY(process.readAllStandardOutput().contains("--theme"));
  }
};

QTEST_GUILESS_MAIN(CommandLineTest)
#include "command_line_test.moc"
