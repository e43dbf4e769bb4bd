#include "support/cli_program.h"

#include <QtTest/QtTest>

/// `halfwave bench` as a person or a script runs it. Times are never judged.
class BenchTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void json_has_what_scripts_read() {
    const CliProgram program;
    const auto outcome = program.run({"bench", "--shape", "S", "--policy", "mixed", "--engine", "fft",
                                      "--threads", "1", "--repeat", "2", "--json"});
    QCOMPARE(outcome.code, 0);
    const QJsonObject json = outcome.json();
    QCOMPARE(json["shape"].toString(), "S");
    QCOMPARE(json["policy"].toString(), "mixed");
    QCOMPARE(json["engine"].toString(), "fft");
    QCOMPARE(json["device"].toString(), "cpu");
    QCOMPARE(json["threads"].toInt(), 1);
    for (const char* key : {"step_ms", "inference_ms"}) {
      const QJsonObject times = json[key].toObject();
      QVERIFY(times["min"].toDouble() > 0.0);
      QVERIFY(times["min"].toDouble() <= times["median"].toDouble());
      QVERIFY(times["median"].toDouble() <= times["p90"].toDouble());
    }
    const QJsonObject peak = json["peak_bytes"].toObject();
    double sum = 0.0;
    for (const char* part : {"weights", "gradients", "optimizer", "saved_activations", "scratch"})
      sum += peak[part].toDouble(-1e18);
    QCOMPARE(sum, peak["total"].toDouble());
    QVERIFY(!json.contains("roofline_share"));
  }

  void bytes_are_those_of_the_shape() {
    const CliProgram program;
    const auto bytes_under = [&](const QString& policy) {
      const QStringList request{"bench", "--policy", policy, "--shape", "S", "--repeat", "1", "--json"};
      return program.run(request).json();
    };
    const QJsonObject full = bytes_under("full"), mixed = bytes_under("mixed");
    const QJsonObject held = full["bytes"].toObject();
    QCOMPARE(held["weights"], held["gradients"]);
    // Complex weights of four blocks, 16 × 9 modes of 32 × 32 channels, are all but 2 % of it.
    const double spectral = 4.0 * 16 * 9 * 32 * 32 * 8;
    QVERIFY(held["weights"].toDouble() > spectral && held["weights"].toDouble() < 1.02 * spectral);
    // Two moments; that of squares is one for each complex number.
    QVERIFY(held["optimizer"].toDouble() > 1.5 * spectral && held["optimizer"].toDouble() < 1.54 * spectral);
    const double saved = held["saved_activations"].toDouble();
    QVERIFY(mixed["bytes"].toObject()["saved_activations"].toDouble() <= 0.52 * saved);
    QVERIFY(full["resident_bytes"].toObject()["peak_above_idle"].toDouble() > saved);
  }

  void the_roofline_adds_up() {
    const CliProgram program;
    const auto outcome = program.run({"bench", "--grid", "32", "--modes", "8", "--width", "8", "--batch", "2",
                                      "--layers", "2", "--roofline", "--repeat", "1", "--json"});
    QCOMPARE(outcome.code, 0);
    const QJsonObject json = outcome.json(), roofline = json["roofline"].toObject();
    QCOMPARE(json["shape"].toString(), "custom");
    QCOMPARE(json["problem"].toObject()["grid"].toArray(), QJsonArray{32});
    QVERIFY(roofline["flops_per_second"].toObject()["fp32"].toObject()["narrow"].toDouble() > 0.0);
    QVERIFY(roofline["copy_bytes_per_second"].toDouble() > 0.0);
    double least = 0.0;
    for (const auto& row : roofline["step"].toArray())
      least += std::max(row.toObject()["compute_ms"].toDouble(), row.toObject()["memory_ms"].toDouble());
    QCOMPARE(least, roofline["step_ms"].toDouble());
    // The median is printed rounded to a microsecond.
    const double share = least / json["step_ms"].toObject()["median"].toDouble();
    QVERIFY(std::abs(json["roofline_share"].toDouble() - share) < 0.01 * share);
    QVERIFY(json["inference_roofline_share"].toDouble() > 0.0);
  }

  void an_open_engine_is_resolved() {
    const CliProgram program;
    const QStringList request{"bench", "--grid",   "16,12", "--modes",  "6", "--width",
                              "4",     "--engine", "auto",  "--repeat", "1", "--json"};
    const QString engine = program.run(request).json()["engine"].toString();
    QVERIFY(engine == "fft" || engine == "dft");
    QCOMPARE(program.run(request + QStringList{"--policy", "mixed"}).json()["engine"].toString(), "dft");
  }

  void without_json_it_reads_as_a_table() {
    const CliProgram program;
    const auto outcome = program.run({"bench", "--shape", "S", "--repeat", "1"});
    QCOMPARE(outcome.code, 0);
    for (const char* word : {"64×64", "full", "step", "inference", "peak", "saved activations"})
      QVERIFY2(outcome.out.contains(word), word);
  }

  void a_wrong_request_is_one_sentence_data() {
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("named");
    QTest::newRow("shape") << QStringList{"--shape", "XL"} << "XL";
    QTest::newRow("policy") << QStringList{"--policy", "half"} << "half";
    QTest::newRow("engine") << QStringList{"--engine", "fftw"} << "fftw";
    QTest::newRow("threads") << QStringList{"--threads", "-1"} << "--threads";
    QTest::newRow("grid") << QStringList{"--grid", "8,0"} << "--grid";
    QTest::newRow("axes") << QStringList{"--grid", "8,8,8,8"} << "--grid";
    QTest::newRow("axes of modes") << QStringList{"--grid", "8,8", "--modes", "4,4,4"} << "--modes";
    QTest::newRow("too coarse") << QStringList{"--grid", "8,8", "--modes", "9"} << "modes";
    QTest::newRow("width") << QStringList{"--width", "-4"} << "--width";
    QTest::newRow("repeat") << QStringList{"--repeat", "0"} << "--repeat";
    QTest::newRow("not a number") << QStringList{"--repeat", "many"} << "many";
  }

  void a_wrong_request_is_one_sentence() {
    QFETCH(QStringList, arguments);
    QFETCH(QString, named);
    const CliProgram program;
    const auto outcome = program.run(QStringList{"bench"} + arguments);
    QCOMPARE(outcome.code, 2);
    QVERIFY(outcome.out.isEmpty());
    QCOMPARE(outcome.err.count('\n'), 1);
    QVERIFY2(outcome.err.contains(named.toUtf8()), outcome.err.constData());
  }
};

QTEST_GUILESS_MAIN(BenchTest)
#include "bench_test.moc"
