#include "support/cli_program.h"

#include <QtTest/QtTest>

#include <set>

class DoctorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_kernel_agrees_with_its_reference() {
    const CliProgram halfwave;
    const auto outcome = halfwave.run({"doctor", "--json"});
    const QJsonObject json = outcome.json();
    const QJsonArray checks = json["checks"].toArray();
    QVERIFY(checks.size() > 40);
    for (const auto& check : checks)
      QVERIFY2(check.toObject()["passed"].toBool(), QJsonDocument(check.toObject()).toJson());
    QCOMPARE(outcome.code, 0);
    QVERIFY(json["passed"].toBool());

    std::set<QString> devices;
    for (const auto& device : json["devices"].toArray()) {
      devices.insert(device.toObject()["name"].toString());
      if (!device.toObject()["available"].toBool())
        QVERIFY(!device.toObject()["reason"].toString().isEmpty());
    }
    QVERIFY(devices.contains("cpu"));
    const QJsonObject cpu = json["devices"].toArray().first().toObject();
    QCOMPARE(cpu["formats"].toObject()["fp32"].toString(), QString("native"));
    QCOMPARE(cpu["formats"].toObject()["fp16"].toString(), QString("emulated"));
    QCOMPARE(cpu["formats"].toObject().size(), 7);
    // What a format is native for depends on the work.
    const QJsonObject bf16 = cpu["stages"].toObject()["bf16"].toObject();
    QCOMPARE(cpu["stages"].toObject().size(), 7);
    QCOMPARE(bf16.size(), 5);
    QCOMPARE(bf16["transform_fft"].toString(), QString("emulated"));
    QCOMPARE(bf16["strict"].toString(), QString("emulated"));
    QCOMPARE(bf16["products"].toString(), cpu["formats"].toObject()["bf16"].toString());
    QCOMPARE(cpu["stages"].toObject()["fp32"].toObject()["strict"].toString(), QString("native"));
    // Formats that are native were multiplied in, and summed as the policy says.
    const QJsonObject products = cpu["products"].toObject();
    QCOMPARE(products.contains("bf16"), bf16["products"].toString() == "native");
    for (const auto& product : products) {
      QCOMPARE(product.toObject()["accumulation"].toString(), QString("fp32"));
      QVERIFY(product.toObject()["gflops"].toDouble() > 0.0);
    }
  }

  void fixtures_are_compared_and_the_unknown_skipped() {
    QString shared = qEnvironmentVariable("HALFWAVE_SHARED", HALFWAVE_SOURCE_DIR "/../shared");
    if (!QDir(shared + "/fixtures").exists()) QSKIP("The fixtures of neuraloperator are not here.");
    const CliProgram halfwave;
    const auto outcome = halfwave.run({"doctor", "--fixtures", shared + "/fixtures", "--json"});
    const QJsonObject json = outcome.json();
    std::set<QString> files;
    for (const auto& entry : json["fixtures"].toArray()) {
      const QJsonObject fixture = entry.toObject();
      QVERIFY2(fixture["passed"].toBool(), QJsonDocument(fixture).toJson());
      QVERIFY(fixture["max_output_error"].toDouble() <= 1e-5);
      QVERIFY(fixture["max_gradient_error"].toDouble() <= 1e-4);
      files.insert(fixture["file"].toString() + " " + fixture["engine"].toString());
    }
    for (const char* file :
         {"fno1d.pt", "fno2d.pt", "fno2d_channels.pt", "fno2d_plain.pt", "fno2d_tanh.pt", "fno3d.pt"})
      for (const char* engine : {"fft", "dft"})
        QVERIFY2(files.contains(QString("%1 %2").arg(file, engine)), file);
    for (const auto& skip : json["skipped"].toArray())
      QVERIFY(!skip.toObject()["reason"].toString().isEmpty());
    QCOMPARE(outcome.code, 0);
  }

  void the_table_for_a_person_names_devices_and_checks() {
    const CliProgram halfwave;
    const auto outcome = halfwave.run({"doctor", "--device", "cpu"});
    QVERIFY2(outcome.code == 0, outcome.out);
    QVERIFY(outcome.out.contains("native") && outcome.out.contains("emulated"));
    QVERIFY(outcome.out.contains("transform by fft") && outcome.out.contains("strict"));
    QVERIFY(outcome.out.contains("All checks passed."));
  }
};

QTEST_GUILESS_MAIN(DoctorTest)
#include "doctor_test.moc"
