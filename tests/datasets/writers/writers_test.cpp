#include "core/error.h"
#include "datasets/file_source.h"
#include "datasets/writers/write.h"

#include <QProcess>
#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

class WritersTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::filesystem::path file(const std::string& name) const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  static Dataset sample() {
    Dataset dataset;
    // Values that both sides can compute: x[n, c, i, j] = n + 10 c + 100 i + 1000 j, y = −x of channel 0.
    const auto index = [](std::int64_t size, std::int64_t axis) {
      std::vector<std::int64_t> shape(4, 1);
      shape[static_cast<std::size_t>(axis)] = size;
      return at::arange(size, at::kFloat).reshape(shape);
    };
    dataset.x = index(3, 0) + 10 * index(2, 1) + 100 * index(4, 2) + 1000 * index(5, 3);
    dataset.y = -dataset.x.narrow(1, 0, 1).contiguous();
    dataset.name = "writers";
    dataset.input_name = "coefficient ε";
    dataset.output_name = "pressure";
    dataset.output_unit = "Pa";
    dataset.provenance = {"first line", "second line €"};
    return dataset;
  }

  /// Runs a program of Python; skips the test where a module is missing.
  void python(const QStringList& modules, const QString& program, const QString& argument) {
    QProcess process;
    const auto run = [&](const QString& text) {
      process.start("python3", {"-c", text, argument});
      return process.waitForStarted() && process.waitForFinished(120'000) && process.exitCode() == 0;
    };
    if (!run("import sys")) QSKIP("There is no python3.");
    for (const auto& module : modules)
      if (!run("import " + module)) QSKIP(qPrintable("Python has no " + module + "."));
    QVERIFY2(run(program), process.readAllStandardError());
  }

 private Q_SLOTS:
  void read_back_data() {
    QTest::addColumn<QString>("name");
    for (const char* name : {"a.pt", "a.npz", "a.h5", "a.hdf5"}) QTest::newRow(name) << name;
  }

  void read_back() {
    QFETCH(QString, name);
    const Dataset dataset = sample();
    const auto path = file(name.toStdString());
    write_dataset(dataset, path);
    const Dataset found = read_file(path);
    QVERIFY(at::equal(found.x, dataset.x));
    QVERIFY(at::equal(found.y, dataset.y));
    QCOMPARE(found.name, dataset.name);
    QCOMPARE(found.input_name, dataset.input_name);
    QCOMPARE(found.output_unit, dataset.output_unit);
    QCOMPARE(found.input_unit, std::string());
    QVERIFY(std::find(found.provenance.begin(), found.provenance.end(), "second line €") !=
            found.provenance.end());
    write_dataset(dataset, path);  // over itself
    QCOMPARE(std::distance(std::filesystem::directory_iterator(path.parent_path()), {}) > 0, true);
    for (const auto& entry : std::filesystem::directory_iterator(path.parent_path()))
      QVERIFY2(entry.path().string().find(".part") == std::string::npos, entry.path().c_str());
  }

  void python_opens_them_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("modules");
    QTest::addColumn<QString>("load");
    QTest::newRow("numpy") << "p.npz" << QStringList{"numpy"}
                           << "f = np.load(sys.argv[1]); x, y = f['x'], f['y']; name = str(f['input_name']); "
                              "lines = list(f['provenance'])";
    QTest::newRow("h5py") << "p.h5" << QStringList{"numpy", "h5py"}
                          << "import h5py; f = h5py.File(sys.argv[1]); x, y = f['x'][()], f['y'][()]; "
                             "name = f.attrs['input_name']; lines = list(f.attrs['provenance'])";
    QTest::newRow("torch")
        << "p.pt" << QStringList{"numpy", "torch"}
        << "import torch; f = torch.load(sys.argv[1], weights_only=True); x, y = f['x'].numpy(), "
           "f['y'].numpy(); name = f['input_name']; lines = f['provenance']";
  }

  void python_opens_them() {
    QFETCH(QString, name);
    QFETCH(QStringList, modules);
    QFETCH(QString, load);
    write_dataset(sample(), file(name.toStdString()));
    python(modules,
           "import sys, numpy as np\n" + load +
               "\nn, c, i, j = np.ogrid[0:3, 0:2, 0:4, 0:5]\n"
               "expected = (n + 10 * c + 100 * i + 1000 * j).astype(np.float32)\n"
               "assert x.dtype == np.float32 and x.shape == (3, 2, 4, 5) and (x == expected).all()\n"
               "assert y.shape == (3, 4, 5) and (y == -expected[:, 0]).all()\n"
               "assert name == 'coefficient \u03b5', name\n"
               "assert lines == ['first line', 'second line \u20ac'], lines\n",
           QString::fromStdString(file(name.toStdString()).string()));
  }

  /// Files that NumPy, h5py and SciPy write, read by us.
  void what_python_writes_data() {
    QTest::addColumn<QString>("name");
    QTest::addColumn<QStringList>("modules");
    QTest::addColumn<QString>("save");
    QTest::newRow("savez") << "q.npz" << QStringList{"numpy"} << "np.savez(f, x=x, y=y)";
    QTest::newRow("savez_compressed") << "r.npz" << QStringList{"numpy"}
                                      << "np.savez_compressed(f, x=np.asfortranarray(x), y=y.astype('>f8'))";
    QTest::newRow("h5py")
        << "q.h5" << QStringList{"numpy", "h5py"}
        << "import h5py\nwith h5py.File(f, 'w') as h:\n h['x'] = x\n h.create_dataset('y', data=y, "
           "chunks=(2, 3, 2), compression='gzip', shuffle=True, fletcher32=True)";
    QTest::newRow("h5py latest")
        << "s.h5" << QStringList{"numpy", "h5py"}
        << "import h5py\nwith h5py.File(f, 'w', libver='latest') as h:\n h['x'] = x.astype('>i2')\n "
           "h.create_dataset('y', data=y, chunks=True, maxshape=(None, 4, 5))";
    QTest::newRow("savemat") << "q.mat" << QStringList{"numpy", "scipy.io"}
                             << "import scipy.io\nscipy.io.savemat(f, {'coeff': x, 'sol': y})";
    QTest::newRow("savemat compressed")
        << "r.mat" << QStringList{"numpy", "scipy.io"}
        << "import scipy.io\nscipy.io.savemat(f, {'coeff': x, 'sol': y}, do_compression=True)";
  }

  void what_python_writes() {
    QFETCH(QString, name);
    QFETCH(QStringList, modules);
    QFETCH(QString, save);
    const auto path = file(name.toStdString());
    python(modules,
           "import sys, numpy as np\nf = sys.argv[1]\n"
           "n, c, i, j = np.ogrid[0:3, 0:2, 0:4, 0:5]\n"
           "x = (n + 10 * c + 100 * i + 1000 * j).astype(np.float32)\ny = -x[:, 0]\n" +
               save + "\n",
           QString::fromStdString(path.string()));
    if (!std::filesystem::exists(path)) return;
    const Dataset found = read_file(path);
    QVERIFY(at::equal(found.x, sample().x));
    QVERIFY(at::equal(found.y, sample().y));
  }

  void refused() {
    QVERIFY_EXCEPTION_THROWN(write_dataset(sample(), file("a.csv")), RequestError);
    QVERIFY_EXCEPTION_THROWN(write_dataset(sample(), "/proc/nowhere/a.h5"), Error);
    QVERIFY_EXCEPTION_THROWN(write_dataset(sample(), "/dev/full/a.npz"), Error);
  }
};

QTEST_GUILESS_MAIN(WritersTest)
#include "writers_test.moc"
