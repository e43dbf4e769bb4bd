#include "core/error.h"
#include "datasets/readers/pt.h"
#include "datasets/writers/pt.h"
#include "support/pt_files.h"

#include <QProcess>
#include <QStandardPaths>
#include <QtTest/QtTest>

#include <csignal>
#include <sys/resource.h>

using namespace halfwave;
using namespace halfwave::datasets;

class PtWriterTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const char* name = "a.pt") const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  static Dataset sample_dataset(std::int64_t channels) {
    Dataset dataset;
    dataset.x = at::randn({4, channels, 5, 6});
    dataset.y = at::randn({4, 1, 5, 6});
    dataset.name = "Wärme";
    dataset.input_name = "initial temperature";
    dataset.output_name = "temperature";
    dataset.input_unit = "K";
    dataset.provenance = {"first line", "second line"};
    return dataset;
  }

 private Q_SLOTS:
  void round_trip() {
    for (std::int64_t channels : {1, 3}) {
      const Dataset written = sample_dataset(channels);
      write_pt(written, file());
      const Dataset read = read_pt(file(), 2);
      QVERIFY(at::equal(read.x, written.x));
      QVERIFY(at::equal(read.y, written.y));
      QCOMPARE(read.name, written.name);
      QCOMPARE(read.input_name, written.input_name);
      QCOMPARE(read.output_name, written.output_name);
      QCOMPARE(read.input_unit, written.input_unit);
      QCOMPARE(read.output_unit, std::string());
      QCOMPARE(read.provenance.size(), std::size_t{3});
      QCOMPARE(read.provenance[2], std::string("second line"));
    }
  }

  void libtorch_reads_it() {
    const Dataset written = sample_dataset(1);
    write_pt(written, file());
    const std::string bytes = pt_files::read_bytes(file());
    const auto dict = torch::jit::pickle_load({bytes.begin(), bytes.end()}).toGenericDict();
    QVERIFY(at::equal(dict.at("x").toTensor(), written.x.squeeze(1)));
    QVERIFY(at::equal(dict.at("y").toTensor(), written.y.squeeze(1)));
    QCOMPARE(dict.at("output_name").toStringRef(), written.output_name);
  }

  void python_reads_it() {
    const QString python = QStandardPaths::findExecutable("python3");
    if (python.isEmpty()) QSKIP("Python is not there.");
    QProcess probe;
    probe.start(python, {"-c", "import torch"});
    if (!probe.waitForFinished(120000) || probe.exitCode() != 0) QSKIP("Python has no torch.");
    const Dataset written = sample_dataset(3);
    write_pt(written, file());
    QProcess process;
    process.start(python, {"-c",
                           "import sys, torch\n"
                           "d = torch.load(sys.argv[1], weights_only=True)\n"
                           "print(tuple(d['x'].shape), tuple(d['y'].shape), d['x'].dtype, d['name'],"
                           " d['provenance'], '%.9e' % d['x'].double().sum().item())\n",
                           QString::fromStdString(file().string())});
    QVERIFY(process.waitForFinished(120000));
    const QString expected =
        QString("(4, 3, 5, 6) (4, 5, 6) torch.float32 Wärme ['first line', 'second line'] %1")
            .arg(QString::asprintf("%.9e", written.x.to(at::kDouble).sum().item<double>()));
    QCOMPARE(QString::fromUtf8(process.readAllStandardOutput()).trimmed(), expected);
  }

  void makes_missing_folders_and_leaves_nothing_else() {
    write_pt(sample_dataset(1), file("new/deep/b.pt"));
    QCOMPARE(read_pt(file("new/deep/b.pt")).samples(), 4);
    QCOMPARE(std::distance(std::filesystem::directory_iterator(file("new/deep")), {}), 1);
  }

  void places_that_cannot_be_written() {
    QVERIFY_EXCEPTION_THROWN(write_pt(sample_dataset(1), file(".")), RequestError);
    QVERIFY_EXCEPTION_THROWN(write_pt(sample_dataset(1), folder_.path().toStdString()), RequestError);
    pt_files::write_bytes(file("plain"), "x");
    QVERIFY_EXCEPTION_THROWN(write_pt(sample_dataset(1), file("plain/b.pt")), RequestError);
    QVERIFY_EXCEPTION_THROWN(write_pt(sample_dataset(1), "/proc/b.pt"), RequestError);
  }

  // The limit on a file's size stands in for a full disk.
  void a_full_disk_is_told_and_the_old_file_stays() {
    write_pt(sample_dataset(1), file());
    const std::string before = pt_files::read_bytes(file());
    rlimit old_limit{};
    getrlimit(RLIMIT_FSIZE, &old_limit);
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small = old_limit;
    small.rlim_cur = 2000;
    setrlimit(RLIMIT_FSIZE, &small);
    bool told = false;
    try {
      write_pt(sample_dataset(3), file());
    } catch (const RunError&) {
      told = true;
    }
    setrlimit(RLIMIT_FSIZE, &old_limit);
    std::signal(SIGXFSZ, old_handler);
    QVERIFY(told);
    QVERIFY(pt_files::read_bytes(file()) == before);
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path().toStdString()))
      QVERIFY2(entry.path().string().find(".part-") == std::string::npos, entry.path().c_str());
  }
};

QTEST_GUILESS_MAIN(PtWriterTest)
#include "pt_writer_test.moc"
