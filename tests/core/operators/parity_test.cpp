#include "core/operators/parity.h"

#include "support/shared_files.h"

#include <QtTest/QtTest>

using namespace halfwave;

/// Outputs and gradients of neuraloperator's FNO, recorded by neuraloperator itself.
class ParityTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void recorded_models_data() {
    QTest::addColumn<QString>("file");
    QTest::addColumn<int>("cases");
    QTest::newRow("1D") << "fno1d.pt" << 2;
    QTest::newRow("2D, square, not a power of two, odd") << "fno2d.pt" << 3;
    QTest::newRow("several channels") << "fno2d_channels.pt" << 0;
    QTest::newRow("no channel MLP, no embedding") << "fno2d_plain.pt" << 0;
    QTest::newRow("tanh") << "fno2d_tanh.pt" << 0;
    QTest::newRow("3D") << "fno3d.pt" << 0;
  }

  void recorded_models() {
    const auto shared = test::shared_folder();
    if (shared.empty()) QSKIP("The recorded models are not here.");
    static const ParityReport report = check_parity(shared / "fixtures");
    QFETCH(QString, file);
    QFETCH(int, cases);
    int seen = 0;
    for (const auto& c : report.cases) {
      if (c.file != file.toStdString()) continue;
      ++seen;
      qInfo("%s %s case %d: output %.2e, gradient %.2e (%s)", c.file.c_str(), c.engine.c_str(), c.index,
            c.max_output_error, c.max_gradient_error, c.worst_gradient.c_str());
      // fp32 sums of some thousand terms in another order: 1e-5 and 1e-4 of the largest entry.
      QVERIFY(c.max_output_error <= 1e-5);
      QVERIFY(c.max_gradient_error <= 1e-4);
      QVERIFY(c.passed);
    }
    QVERIFY(seen > 0);
    if (cases > 0) QCOMPARE(seen, 2 * cases);
  }

  void what_is_not_supported_is_named() {
    const auto shared = test::shared_folder();
    if (shared.empty()) QSKIP("The recorded models are not here.");
    const ParityReport report = check_parity(shared / "fixtures");
    for (const auto& skip : report.skipped) {
      qInfo("%s: %s", skip.file.c_str(), skip.reason.c_str());
      QVERIFY(!skip.reason.empty());
    }
    QVERIFY(std::any_of(report.skipped.begin(), report.skipped.end(),
                        [](const ParitySkip& s) { return s.file == "sfno2d.pt"; }));
  }

  void a_cut_or_foreign_file_is_skipped_with_a_sentence() {
    const auto shared = test::shared_folder();
    if (shared.empty()) QSKIP("The recorded models are not here.");
    QFile whole(QString::fromStdString((shared / "fixtures" / "fno1d.pt").string()));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    const QByteArray bytes = whole.readAll();
    QTemporaryDir folder;
    int files = 0;
    for (const qsizetype length :
         {qsizetype{0}, qsizetype{10}, bytes.size() / 2, bytes.size() - 10, bytes.size() - 1}) {
      QFile cut(folder.filePath(QString("cut%1.pt").arg(length)));
      QVERIFY(cut.open(QIODevice::WriteOnly));
      cut.write(bytes.left(length));
      ++files;
    }
    const ParityReport report = check_parity(folder.path().toStdString());
    QVERIFY(report.cases.empty());
    QCOMPARE(static_cast<int>(report.skipped.size()), files);
  }

  void a_folder_without_models_is_refused() {
    QTemporaryDir empty;
    QVERIFY_EXCEPTION_THROWN(check_parity(empty.path().toStdString()), std::exception);
    QVERIFY_EXCEPTION_THROWN(check_parity("/does/not/exist"), std::exception);
  }
};

QTEST_GUILESS_MAIN(ParityTest)
#include "parity_test.moc"
