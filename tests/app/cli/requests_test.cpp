#include "support/cli_program.h"

#include <QtTest/QtTest>

namespace {

void write(const QString& file, const QByteArray& text) {
  QFile out(file);
  QVERIFY(out.open(QIODevice::WriteOnly));
  out.write(text);
}

}  // namespace

/// Requests that are wrong: exit code 2, nothing on standard output, one sentence on standard error.
class RequestsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void refused_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const QStringList& arguments, const char* said) {
      QTest::newRow(name) << arguments << said;
    };
    row("no command", {}, "halfwave needs a command: train, evaluate, compare, dataset, bench, doctor");
    row("unknown command", {"trian"}, "there is no command \"trian\"; the nearest is train");
    row("a command of a later version", {"sweep"},
        "halfwave has train, evaluate, compare, dataset, bench, doctor");
    row("no dataset command", {"dataset"}, "halfwave dataset needs a command: generate, info");
    row("unknown dataset command", {"dataset", "make"}, "halfwave dataset has generate, info");
    row("unknown option", {"train", "darcy-quick", "--epochs", "5"}, "--epochs");
    row("no experiment", {"train"}, "train needs an experiment");
    row("no such experiment", {"train", "darcy-quik"},
        "neither a file nor a shipped preset (darcy-quick, darcy-example)");
    row("cut experiment", {"train", "cut.json"}, "cut.json: line 2, column 12: the text ends here");
    row("newer experiment", {"train", "newer.json"}, "version: 9 is newer than 1");
    row("wrong type", {"train", "type.json"}, "training.epochs: the text \"5\" is not a whole number");
    row("unknown field", {"train", "field.json"},
        "training.epoch: there is no such field; the nearest is training.epochs");
    row("unknown field to set", {"train", "darcy-quick", "--set", "training.epoch=5"},
        "the nearest is training.epochs");
    row("assignment without a value", {"train", "darcy-quick", "--set", "training.epochs="},
        "training.epochs: ");
    row("zero epochs", {"train", "darcy-quick", "--set", "training.epochs=0"},
        "training.epochs: 0 is less than 1");
    row("modes above the grid", {"train", "darcy-quick", "--set", "operator.modes=[12,70]"},
        "operator.modes[1]: 70 is more than 64, the most a 64-point axis carries");
    row("no training file", {"train", "darcy-example"},
        "dataset.train: no training file is named; add --set dataset.train=");
    row("missing file", {"train", "darcy-example", "--set", "dataset.train=none.pt"}, "none.pt");
    row("empty file", {"train", "darcy-example", "--set", "dataset.train=empty.pt"}, "empty.pt");
    row("foreign file", {"train", "darcy-example", "--set", "dataset.train=foreign.pt"}, "foreign.pt");
    row("unknown device", {"train", "darcy-quick", "--device", "tpu"}, "device: \"tpu\" is not a device");
    row("resume of nothing", {"train", "darcy-quick", "--out", "nowhere", "--resume"},
        "nowhere holds no run to resume");
    row("resume without a folder", {"train", "darcy-quick", "--resume"}, "--resume needs --out DIR");
    row("folder that cannot be made", {"train", "darcy-quick", "--out", "/proc/run"}, "/proc/run");
    row("folder that is a file", {"train", "darcy-quick", "--out", "cut.json"}, "cut.json");
    row("evaluate without a folder", {"evaluate"}, "RUN_DIR");
    row("evaluate nothing", {"evaluate", "nowhere"}, "nowhere");
    row("evaluate a word for a resolution", {"evaluate", "nowhere", "--resolution", "fine"}, "fine");
    row("other generator", {"dataset", "generate", "euler", "--out", "a.pt"},
        "no generator \"euler\"; darcy, burgers, navier-stokes");
    row("generate nowhere", {"dataset", "generate", "darcy", "--out", "missing/a.pt"},
        "missing does not exist");
    row("generate another format", {"dataset", "generate", "darcy", "--out", "a.npy"}, "does not end in .pt");
    row("generate without a file", {"dataset", "generate", "darcy"}, "--out");
    row("generate nothing", {"dataset", "generate", "darcy", "--samples", "0", "--out", "a.pt"}, "samples");
    row("generate too coarse", {"dataset", "generate", "darcy", "--resolution", "1", "--out", "a.pt"},
        "resolution");
    row("generate a viscosity of darcy",
        {"dataset", "generate", "darcy", "--viscosity", "1", "--out", "a.pt"},
        "--viscosity: is of burgers, navier-stokes and heat, but dataset.source is \"darcy\"");
    row("generate another forcing",
        {"dataset", "generate", "navier-stokes", "--forcing", "wind", "--out", "a.pt"},
        "--forcing: \"wind\" is not one of paper, kolmogorov, none");
    row("generate too viscous", {"dataset", "generate", "burgers", "--viscosity", "20", "--out", "a.pt"},
        "--viscosity: 20.0 is out of range; burgers takes 0.0001 to 10.0, and 0 for 0.1");
    row("generate no frames", {"dataset", "generate", "heat", "--frames", "0", "--out", "a.pt"},
        "--frames: 0 is less than 1");
    row("info of nothing", {"dataset", "info", "none.pt"}, "none.pt");
    row("info of a foreign file", {"dataset", "info", "foreign.pt"}, "foreign.pt");
    row("fixtures nowhere", {"doctor", "--fixtures", "nowhere"}, "nowhere");
    row("doctor for an unknown device", {"doctor", "--device", "tpu"}, "tpu");
  }
  void refused() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, said);
    const CliProgram halfwave;
    write(halfwave.path("cut.json"), "{\"training\":\n{\"epochs\":5");
    write(halfwave.path("newer.json"), "{\"version\": 9}");
    write(halfwave.path("type.json"), "{\"training\": {\"epochs\": \"5\"}}");
    write(halfwave.path("field.json"), "{\"training\": {\"epoch\": 5}}");
    write(halfwave.path("empty.pt"), "");
    write(halfwave.path("foreign.pt"), "this is no tensor");
    const auto outcome = halfwave.run(arguments);
    QCOMPARE(outcome.code, 2);
    QCOMPARE(outcome.out, QByteArray());
    QVERIFY2(outcome.err.contains(said.toUtf8()), outcome.err);
    QVERIFY2(outcome.err.startsWith("halfwave: ") && outcome.err.count('\n') == 1, outcome.err);
    // Nothing was begun: no run folder is left behind.
    QVERIFY(!QDir(halfwave.path("runs")).exists() && !QDir(halfwave.path("nowhere")).exists());
  }

  void cuda_that_is_not_there_is_refused_with_the_reason() {
    const CliProgram halfwave;
    const auto outcome =
        halfwave.run({"train", "darcy-quick", "--device", "cuda", "--set", "training.epochs=1",
                      "dataset.resolution=16", "dataset.test_resolutions=[16]"});
    if (outcome.code == 0) QSKIP("This machine has a CUDA device.");
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.err.contains("cuda") && outcome.err.count('\n') == 1, outcome.err);
  }

  void version_and_help_are_no_errors() {
    const CliProgram halfwave;
    const auto version = halfwave.run({"--version"});
    QCOMPARE(version.code, 0);
    QVERIFY(QRegularExpression("^halfwave \\d+\\.\\d+\\.\\d+\nLibTorch 2\\.11\\.0")
                .match(version.out)
                .hasMatch());
    for (const QStringList& command : {QStringList{},
                                       {"train"},
                                       {"evaluate"},
                                       {"dataset"},
                                       {"dataset", "generate"},
                                       {"dataset", "info"},
                                       {"compare"},
                                       {"bench"},
                                       {"doctor"}}) {
      const auto help = halfwave.run(command + QStringList{"--help"});
      QCOMPARE(help.code, 0);
      QVERIFY2(help.out.contains("Usage:"), help.out);
    }
  }
};

QTEST_GUILESS_MAIN(RequestsTest)
#include "requests_test.moc"
