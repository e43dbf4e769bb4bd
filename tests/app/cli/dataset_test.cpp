#include "support/cli_program.h"

#include <QtTest/QtTest>

class DatasetTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void what_is_generated_can_be_looked_into_and_trained_on() {
    const CliProgram halfwave;
    const auto generated = halfwave.run({"dataset", "generate", "darcy", "--resolution", "16", "--samples",
                                         "6", "--seed", "3", "--out", "darcy_train_16.pt", "--json"});
    QVERIFY2(generated.code == 0, generated.err);
    QCOMPARE(generated.json()["samples"].toInt(), 6);
    QCOMPARE(generated.json()["bytes"].toInt(),
             static_cast<int>(QFile(halfwave.path("darcy_train_16.pt")).size()));
    const auto tests = halfwave.run({"dataset", "generate", "darcy", "--resolution", "24", "--samples", "4",
                                     "--seed", "3", "--test", "--out", "darcy_test_24.pt"});
    QVERIFY2(tests.code == 0, tests.err);
    QVERIFY(tests.out.contains("4 samples of darcy on 24 x 24 points"));

    const auto info = halfwave.run({"dataset", "info", "darcy_train_16.pt", "--json"});
    QVERIFY2(info.code == 0, info.err);
    const QJsonObject json = info.json();
    QCOMPARE(json["samples"].toInt(), 6);
    QCOMPARE(json["grid"].toArray(), (QJsonArray{16, 16}));
    // The coefficient takes two values; the pressure is positive by the maximum principle.
    QCOMPARE(json["x"].toObject()["minimum"].toDouble(), 3.0);
    QCOMPARE(json["x"].toObject()["maximum"].toDouble(), 12.0);
    QVERIFY(json["y"].toObject()["minimum"].toDouble() > 0.0);
    QVERIFY(halfwave.run({"dataset", "info", "darcy_train_16.pt"}).out.contains("samples    6"));

    const auto trained = halfwave.run({"train", "darcy-example", "--set", "dataset.train=darcy_train_16.pt",
                                       "operator.width=4", "operator.layers=1", "training.epochs=1", "--out",
                                       "run", "--json"});
    QVERIFY2(trained.code == 0, trained.err);
    QCOMPARE(trained.json()["metrics"].toObject().keys(), QStringList{"24"});

    const auto other = halfwave.run({"evaluate", "run", "--dataset", "darcy_train_16.pt", "--json"});
    QVERIFY2(other.code == 0, other.err);
    QCOMPARE(other.json()["metrics"].toObject().keys(), QStringList{"16"});
    const auto missing = halfwave.run({"evaluate", "run", "--resolution", "32"});
    QCOMPARE(missing.code, 2);
    QVERIFY2(missing.err.contains("no test set of resolution 32; this run's files have 24"), missing.err);
  }

  void files_of_other_formats_are_listed_converted_and_trained_on() {
    const CliProgram halfwave;
    const auto generated = halfwave.run(
        {"dataset", "generate", "darcy", "--resolution", "16", "--samples", "8", "--out", "darcy.npz"});
    QVERIFY2(generated.code == 0, generated.err);
    for (const char* target : {"darcy.h5", "darcy.pt"}) {
      const auto converted = halfwave.run({"dataset", "convert", "darcy.npz", target, "--json"});
      QVERIFY2(converted.code == 0, converted.err);
      QCOMPARE(converted.json()["samples"].toInt(), 8);
    }
    const auto info = halfwave.run({"dataset", "info", "darcy.h5", "--json"});
    QVERIFY2(info.code == 0, info.err);
    const QJsonObject array = info.json()["arrays"].toArray().at(0).toObject();
    QCOMPARE(array["name"].toString(), QString("x"));
    QCOMPARE(array["type"].toString(), QString("float32"));
    QCOMPARE(array["shape"].toArray(), (QJsonArray{8, 16, 16}));
    QCOMPARE(info.json()["map"].toString(), QString("x=x,y=y,layout=NHW"));
    QVERIFY(
        halfwave.run({"dataset", "info", "darcy.npz"}).out.contains("array      x: float32, 8 x 16 x 16"));

    const auto half = halfwave.run({"dataset", "convert", "darcy.h5", "half.npz", "--map", "subsample=2"});
    QVERIFY2(half.code == 0, half.err);
    QCOMPARE(halfwave.run({"dataset", "info", "half.npz", "--json"}).json()["grid"].toArray(),
             (QJsonArray{8, 8}));

    for (const char* file : {"darcy.npz", "darcy.h5"}) {
      const auto trained = halfwave.run({"train", "darcy-example", "--set", QString("dataset.train=") + file,
                                         "dataset.map=train=6,test=2", "operator.width=4",
                                         "operator.layers=1", "operator.modes=[4,4]", "training.epochs=1",
                                         "--out", QString("run-") + file, "--json"});
      QVERIFY2(trained.code == 0, trained.err);
      QCOMPARE(trained.json()["metrics"].toObject().keys(), QStringList{"16"});
    }

    const auto refused = [&](const QStringList& arguments, const char* part) {
      const auto outcome = halfwave.run(arguments);
      QCOMPARE(outcome.code, 2);
      QVERIFY2(outcome.err.contains(part), outcome.err);
    };
    refused({"dataset", "info", "darcy.npz", "--map", "layout=NQ"}, "--map: layout");
    refused({"dataset", "info", "darcy.npz", "--map", "x=x,y=pressure"}, "holds no array pressure");
    refused({"dataset", "convert", "darcy.npz", "darcy.csv"}, "does not end in .pt, .npz, .h5 or .hdf5");
    refused({"dataset", "convert", "darcy.npz", "new.pt", "--map", "test=2"}, "conversion keeps all samples");
    refused({"dataset", "generate", "darcy", "--out", "darcy.csv"}, "does not end in .pt");
  }

  void the_same_seed_gives_the_same_file() {
    const CliProgram halfwave;
    const auto bytes = [&](const QString& file, const QString& seed) {
      const auto outcome = halfwave.run({"dataset", "generate", "darcy", "--resolution", "8", "--samples",
                                         "2", "--seed", seed, "--out", file});
      QFile in(halfwave.path(file));
      return outcome.code == 0 && in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    };
    const QByteArray first = bytes("a.pt", "1");
    QVERIFY(!first.isEmpty());
    QVERIFY(bytes("a.pt", "1") == first);
    QVERIFY(bytes("a.pt", "2") != first);
  }
};

QTEST_GUILESS_MAIN(DatasetTest)
#include "dataset_test.moc"
