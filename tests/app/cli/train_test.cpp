#include "support/cli_program.h"

#include <QtTest/QtTest>

#include <csignal>

class TrainTest : public QObject {
  Q_OBJECT

 private:
  static QStringList train(const QStringList& more = {}) {
    return QStringList{"train"} + CliProgram::small_experiment() + more;
  }

 private Q_SLOTS:
  void a_run_prints_one_object_and_leaves_a_folder() {
    const CliProgram halfwave;
    const auto outcome = halfwave.run(train({"--out", "run", "--json"}));
    QVERIFY2(outcome.code == 0, outcome.err);
    QCOMPARE(outcome.out.count('\n'), 1);
    const QJsonObject json = outcome.json();
    QCOMPARE(json["run"].toString(), QString("run"));
    QCOMPARE(json["state"].toString(), QString("finished"));
    QCOMPARE(json["epochs"].toInt(), 2);
    QVERIFY(json["seconds"].toDouble() > 0.0);
    const QJsonObject metrics = json["metrics"].toObject();
    QCOMPARE(metrics.keys(), QStringList{"16"});
    for (const char* norm : {"l2", "h1"}) {
      const double value = metrics["16"].toObject()[norm].toDouble(-1.0);
      QVERIFY2(value > 0.0 && value < 10.0, qPrintable(QString::number(value)));
    }
    const QJsonObject peak = json["peak_bytes"].toObject();
    double sum = 0.0;
    for (const char* part : {"weights", "gradients", "optimizer", "saved_activations", "scratch"}) {
      QVERIFY2(peak.contains(part), part);
      sum += peak[part].toDouble();
    }
    QVERIFY(peak["weights"].toDouble() > 0.0);
    QCOMPARE(sum, peak["total"].toDouble());

    for (const char* file :
         {"experiment.json", "metrics.csv", "events.jsonl", "checkpoint.pt", "environment.json"})
      QVERIFY2(QFile::exists(halfwave.path("run/") + file), file);
    // Without a terminal progress is plain lines, one an epoch.
    QVERIFY(!outcome.err.contains('\r') && !outcome.err.contains('\x1b'));
    QVERIFY(outcome.err.contains("epoch 1/2") && outcome.err.contains("epoch 2/2"));
  }

  void without_out_the_folder_is_named_after_the_experiment() {
    const CliProgram halfwave;
    const auto outcome = halfwave.run(train());
    QVERIFY2(outcome.code == 0, outcome.err);
    const QStringList runs = QDir(halfwave.path("runs")).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    QCOMPARE(runs.size(), 1);
    QVERIFY(QRegularExpression("^small-\\d{8}-\\d{6}$").match(runs.front()).hasMatch());
    QVERIFY(outcome.out.contains("finished after 2 epochs"));
  }

  void a_resumed_run_gives_the_numbers_of_one_that_was_not_interrupted() {
    const CliProgram halfwave;
    const auto whole = halfwave.run(train({"training.epochs=4", "--out", "whole", "--json"}));
    QVERIFY2(whole.code == 0, whole.err);
    QVERIFY(halfwave.run(train({"--out", "parts"})).code == 0);
    // The experiment is read from the folder; only the number of epochs is new.
    const auto resumed =
        halfwave.run({"train", "--out", "parts", "--resume", "--set", "training.epochs=4", "--json"});
    QVERIFY2(resumed.code == 0, resumed.err);
    QCOMPARE(resumed.json()["epochs"].toInt(), 4);
    QCOMPARE(resumed.json()["metrics"].toObject(), whole.json()["metrics"].toObject());
  }

  void evaluation_repeats_the_last_one_of_training() {
    const CliProgram halfwave;
    const auto trained = halfwave.run(train({"--out", "run", "--json"}));
    QVERIFY2(trained.code == 0, trained.err);
    const auto same = halfwave.run({"evaluate", "run", "--json"});
    QVERIFY2(same.code == 0, same.err);
    QCOMPARE(same.json()["metrics"].toObject(), trained.json()["metrics"].toObject());
    QCOMPARE(same.json()["epochs"].toInt(), 2);

    const auto finer = halfwave.run({"evaluate", "run", "--resolution", "16", "24", "--json"});
    QVERIFY2(finer.code == 0, finer.err);
    QCOMPARE(finer.json()["metrics"].toObject().keys(), (QStringList{"16", "24"}));
    QCOMPARE(finer.json()["metrics"].toObject()["16"], same.json()["metrics"].toObject()["16"]);

    const auto full = halfwave.run({"evaluate", "run", "--policy", "full", "--json"});
    QVERIFY2(full.code == 0, full.err);
    QVERIFY(full.json()["metrics"].toObject() != same.json()["metrics"].toObject());

    const auto coarse = halfwave.run({"evaluate", "run", "--resolution", "4"});
    QCOMPARE(coarse.code, 2);
    const auto unknown = halfwave.run({"evaluate", "run", "--policy", "half"});
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.err.contains("full, amp, mixed, naive, bf16"), unknown.err);
  }

  void a_folder_with_a_run_is_not_overwritten() {
    const CliProgram halfwave;
    QCOMPARE(halfwave.run(train({"--out", "run"})).code, 0);
    QFile checkpoint(halfwave.path("run/checkpoint.pt"));
    QVERIFY(checkpoint.open(QIODevice::ReadOnly));
    const QByteArray before = checkpoint.readAll();
    const auto outcome = halfwave.run(train({"--out", "run"}));
    QCOMPARE(outcome.code, 2);
    QVERIFY2(outcome.err.contains("--resume"), outcome.err);
    checkpoint.seek(0);
    QCOMPARE(checkpoint.readAll(), before);
  }

  void overflow_ends_the_run_with_its_layer_named() {
    const CliProgram halfwave;
    // 16 × 16 values of 12 · 2000 sum to far more than fp16's 65504.
    const auto outcome = halfwave.run(
        train({"precision.policy=naive", "operator.engine=fft", "dataset.input_normalizer=none",
               "dataset.input_scale=2000", "precision.loss_scaling=none", "--out", "run", "--json"}));
    QCOMPARE(outcome.code, 1);
    const QJsonObject json = outcome.json();
    QCOMPARE(json["state"].toString(), QString("failed"));
    QVERIFY(!json["message"].toString().isEmpty());
    const QJsonObject where = json["non_finite"].toObject();
    QVERIFY2(where["layer"].toString().startsWith("block.") || where["layer"] == "lifting", outcome.out);
    QVERIFY(!where["stage"].toString().isEmpty());
  }

  void interrupt_stops_with_a_checkpoint() {
    const CliProgram halfwave;
    QProcess process;
    halfwave.prepare(process);
    process.setArguments(train({"training.epochs=1000000", "--out", "run", "--json"}));
    process.setReadChannel(QProcess::StandardError);
    process.start();
    QByteArray err;
    while (!err.contains("epoch 2/") && process.waitForReadyRead(120'000))
      err += process.readAllStandardError();
    QVERIFY2(err.contains("epoch 2/"), err);
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(120'000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    const auto json = QJsonDocument::fromJson(process.readAllStandardOutput()).object();
    QCOMPARE(json["state"].toString(), QString("stopped"));
    QVERIFY(QFile::exists(halfwave.path("run/checkpoint.pt")));
    const auto evaluated = halfwave.run({"evaluate", "run", "--json"});
    QVERIFY2(evaluated.code == 0, evaluated.err);
    QVERIFY(evaluated.json()["epochs"].toInt() >= 2);
  }
};

QTEST_GUILESS_MAIN(TrainTest)
#include "train_test.moc"
