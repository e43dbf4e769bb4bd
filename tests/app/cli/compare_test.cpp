#include "support/cli_program.h"

#include <QtTest/QtTest>

namespace {

/// The rest of `small_experiment`, without the preset's name.
QStringList small_compare(const QStringList& more) {
  const QStringList small = CliProgram::small_experiment();
  return QStringList{"compare", small.first()} + more + small.mid(1);
}

void write(const QString& file, const QByteArray& text) {
  QFile out(file);
  QVERIFY(out.open(QIODevice::WriteOnly));
  out.write(text);
}

QByteArray read(const QString& file) {
  QFile in(file);
  return in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
}

const QByteArray table_file = R"({"halfwave": "policy", "name": "mine", "layers": [
  {"layer": "lifting", "stabilizer": "none", "pointwise": "bf16", "saved_activations": "bf16", "weights": "fp32"},
  {"layer": "block.0", "stabilizer": "tanh", "forward_transform": "fp16", "contraction": "fp16",
   "inverse_transform": "fp16", "pointwise": "fp16", "saved_activations": "fp16", "weights": "fp32"},
  {"layer": "block.1", "stabilizer": "tanh", "forward_transform": "fp16", "contraction": "fp16",
   "inverse_transform": "fp16", "pointwise": "fp16", "saved_activations": "fp16", "weights": "fp32"},
  {"layer": "projection", "stabilizer": "none", "pointwise": "fp16", "saved_activations": "fp16",
   "weights": "fp32"}]})";

}  // namespace

class CompareTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void policies_and_seeds_give_one_result_each() {
    const CliProgram halfwave;
    write(halfwave.path("mine.json"), table_file);
    const auto outcome = halfwave.run(
        small_compare({"--policies", "full,schedule,mine.json", "--seeds", "0,7", "--json", "--out", "out"}));
    QVERIFY2(outcome.code == 0, outcome.err);
    const QJsonArray list = QJsonDocument::fromJson(outcome.out).array();
    QCOMPARE(list.size(), 6);
    const QStringList policies = {"full", "schedule", "mine"};
    for (int i = 0; i < 6; ++i) {
      const QJsonObject run = list[i].toObject();
      QCOMPARE(run["policy"].toString(), policies[i % 3]);
      QCOMPARE(run["seed"].toInt(), i < 3 ? 0 : 7);
      QCOMPARE(run["state"].toString(), QString("finished"));
      QVERIFY(run["metrics"].toObject()["16"].toObject()["h1"].toDouble() > 0.0);
      QVERIFY(run["peak_bytes"].toObject()["total"].toDouble() > 0.0);
      QVERIFY(QFile::exists(halfwave.path(run["run"].toString() + "/metrics.csv")));
    }
    QVERIFY(list[0].toObject()["metrics"] != list[1].toObject()["metrics"]);
    QVERIFY(list[0].toObject()["metrics"] != list[3].toObject()["metrics"]);
    QCOMPARE(QJsonDocument::fromJson(read(halfwave.path("out/results.json"))).array(), list);

    // The comparison that was recorded gives the same numbers, in turn as well.
    const auto again =
        halfwave.run({"compare", "out/comparison.json", "--in-turn", "--json", "--out", "again"});
    QVERIFY2(again.code == 0, again.err);
    const QJsonArray same = QJsonDocument::fromJson(again.out).array();
    for (int i = 0; i < 6; ++i) QCOMPARE(same[i].toObject()["metrics"], list[i].toObject()["metrics"]);
    // And so does train with the same policy.
    const auto trained = halfwave.run(QStringList{"train"} + CliProgram::small_experiment() +
                                      QStringList{"--policy", "mine.json", "--json", "--out", "single"});
    QVERIFY2(trained.code == 0, trained.err);
    QCOMPARE(trained.json()["metrics"], list[2].toObject()["metrics"]);
  }

  void the_table_shows_spread_differences_and_failures() {
    const CliProgram halfwave;
    QStringList sets = {"dataset.input_normalizer=none", "dataset.input_scale=1e6"};
    const auto outcome = halfwave.run(
        small_compare({"--policies", "full,naive", "--engines", "fft", "--seeds", "0,1", "--markdown"}) +
        sets);
    QVERIFY2(outcome.code == 0, outcome.err);
    const QList<QByteArray> lines = outcome.out.split('\n');
    QVERIFY2(lines[0].startsWith("| variant") && lines[0].contains("L2 at 16") && lines[0].contains("failed"),
             outcome.out);
    QVERIFY2(lines[1].startsWith("| --- |"), outcome.out);
    QVERIFY2(lines[2].startsWith("| full fft") && lines[2].contains("±"), outcome.out);
    QVERIFY2(lines[3].startsWith("| naive fft") && lines[3].contains("2 of 2"), outcome.out);
    // Why it failed stands below the table, and times of emulated formats are marked as such.
    QVERIFY2(outcome.out.contains("\nnaive fft: The loss was not finite in epoch 1, step 1"), outcome.out);
    QVERIFY2(lines[3].contains("emulated") || lines[3].contains("–"), outcome.out);

    // Where nothing succeeded there is nothing to compare.
    const auto all = halfwave.run(small_compare({"--policies", "naive", "--engines", "fft"}) + sets);
    QCOMPARE(all.code, 1);

    const auto plain = halfwave.run(small_compare({"--policies", "full,bf16", "--seeds", "0,1"}));
    QVERIFY2(plain.code == 0, plain.err);
    QVERIFY2(plain.out.startsWith("variant") && plain.out.contains(" %)"), plain.out);
    QVERIFY2(plain.err.contains("[4/4] bf16-seed1: finished"), plain.err);
  }

  void casting_afterwards_is_an_evaluation_with_overrides() {
    const CliProgram halfwave;
    write(halfwave.path("mine.json"), table_file);
    QVERIFY(halfwave
                .run(QStringList{"train"} + CliProgram::small_experiment() +
                     QStringList{"--policy", "full", "--out", "run"})
                .code == 0);
    const auto evaluated = [&](const QStringList& more) {
      const auto outcome = halfwave.run(QStringList{"evaluate", "run", "--json"} + more);
      if (outcome.code != 0) qWarning("%s", outcome.err.constData());
      return outcome.json()["metrics"].toObject()["16"].toObject()["l2"].toDouble();
    };
    const double full = evaluated({});
    QVERIFY(full > 0.0);
    QCOMPARE(evaluated({"--policy", "full"}), full);
    const double cast = evaluated({"--override", "block.* contraction fp8_e5m2"});
    // A single cell each, so the folder may come after it.
    const auto before =
        halfwave.run({"evaluate", "--json", "--override", "block.* contraction fp8_e5m2", "run"});
    QCOMPARE(before.json()["metrics"].toObject()["16"].toObject()["l2"].toDouble(), cast);
    const double more =
        evaluated({"--override", "block.* contraction fp8_e5m2", "--override", "* weights fp16"});
    QVERIFY(cast != full && more != cast && more > 0.0);
    QVERIFY(evaluated({"--policy", "mine.json"}) != full);
    // All that differs is the table, so the same table gives the same numbers.
    QCOMPARE(evaluated(
                 {"--policy", "mixed", "--override", "lifting * bf16", "--override", "lifting weights fp32"}),
             evaluated({"--policy", "mine.json"}));
  }

  void wrong_requests_are_refused_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const QStringList& arguments, const char* said) {
      QTest::newRow(name) << arguments << said;
    };
    row("nothing", {"compare"}, "compare needs an experiment, or a comparison");
    row("no variants", {"compare", "darcy-quick"}, "say what to compare, for instance --policies full,mixed");
    row("unknown name", {"compare", "darcy-quik", "--policies", "full"},
        "name one, a shipped preset (darcy-quick, darcy-example) or a shipped comparison");
    row("unknown policy", {"compare", "darcy-quick", "--policies", "full,half"},
        "\"half\" is no policy; it may");
    row("unknown engine", {"compare", "darcy-quick", "--engines", "dht"},
        "operator.engine: \"dht\" is not one of");
    row("empty policy", {"compare", "darcy-quick", "--policies", "full,,amp"},
        "--policies: \"full,,amp\" has an");
    row("bad seed", {"compare", "darcy-quick", "--policies", "full", "--seeds", "1,x"},
        "--seeds: \"x\" is not");
    row("twice the policy", {"compare", "darcy-quick", "--policies", "full,full"}, "two variants are named");
    row("no training file", {"compare", "engines-darcy16"}, "dataset.train: no training file is named");
    row("table for another operator", {"compare", "darcy-quick", "--policies", "mine.json"},
        "mine.json: the policy has 4 layers, but the operator has 6");
    row("cut comparison", {"compare", "cut.json", "--policies", "full"}, "cut.json: line 1");
    row("two outputs", {"compare", "darcy-quick", "--policies", "full", "--json", "--markdown"},
        "exclude each");
    row("train with no policy", {"train", "darcy-quick", "--policy", "fp4"}, "\"fp4\" is no policy");
    row("evaluate with a bad override", {"evaluate", "nowhere", "--override", "block.0 fp16"},
        "--override: \"block.0 fp16\" is not a layer, a stage and a value");
  }
  void wrong_requests_are_refused() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, said);
    const CliProgram halfwave;
    write(halfwave.path("mine.json"), table_file);
    write(halfwave.path("cut.json"), "{\"variants\": [");
    const auto outcome = halfwave.run(arguments);
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.err.contains(said.toUtf8()) && outcome.err.count('\n') == 1, outcome.err);
    QCOMPARE(outcome.out, QByteArray());
    QVERIFY(!QDir(halfwave.path("runs")).exists());
  }
};

QTEST_GUILESS_MAIN(CompareTest)
#include "compare_test.moc"
