#include "datasets/generators/bluff_body.h"
#include "datasets/readers/array_file.h"
#include "support/cli_program.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <csignal>
#include <map>

using namespace halfwave::datasets;

namespace {

/// The three arrays of a file of surfaces, in fp64.
struct Surfaces {
  explicit Surfaces(const QString& file) {
    const ArrayFile arrays = ArrayFile::open(file.toStdString());
    const auto read = [&](const char* name) {
      const int array = arrays.find(name);
      if (array < 0) return at::Tensor();
      types[name] = arrays.info(static_cast<std::size_t>(array)).type;
      return arrays.read(static_cast<std::size_t>(array), at::kDouble);
    };
    points = read("points");
    triangles = read("triangles");
    pressure = read("pressure");
    provenance = arrays.texts().at("provenance");
  }
  at::Tensor points, triangles, pressure;
  std::map<std::string, std::string> types;
  std::vector<std::string> provenance;
};

/// Volume inside by Gauss's theorem: positive only where the corners turn left when seen from outside.
double volume(const at::Tensor& points, const at::Tensor& triangles) {
  const auto corner = [&](int which) {
    return points.index_select(0, triangles.select(1, which).to(at::kLong));
  };
  return (corner(0) * at::linalg_cross(corner(1), corner(2))).sum().item<double>() / 6.0;
}

}  // namespace

class SurfaceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void bodies_are_closed_surfaces_with_a_pressure_coefficient_data() {
    QTest::addColumn<QString>("file");
    for (const char* file : {"bodies.h5", "bodies.npz", "bodies.pt"}) QTest::newRow(file) << QString(file);
  }

  void bodies_are_closed_surfaces_with_a_pressure_coefficient() {
    QFETCH(QString, file);
    const CliProgram halfwave;
    const auto made = halfwave.run({"dataset", "generate", "bluff-body", "--samples", "3", "--seed", "5",
                                    "--resolution", "10", "--out", file, "--json"});
    QVERIFY2(made.code == 0, made.err);
    QCOMPARE(made.json()["samples"].toInt(), 3);
    QCOMPARE(made.json()["points"].toInt(), 92);
    QCOMPARE(made.json()["triangles"].toInt(), 180);
    QCOMPARE(made.json()["bytes"].toInt(), static_cast<int>(QFile(halfwave.path(file)).size()));

    const Surfaces read(halfwave.path(file));
    QVERIFY(read.types == (std::map<std::string, std::string>{
                              {"points", "float32"}, {"triangles", "int64"}, {"pressure", "float32"}}));
    QVERIFY(read.points.sizes() == (std::vector<std::int64_t>{3, 92, 3}));
    QVERIFY(read.triangles.sizes() == (std::vector<std::int64_t>{180, 3}));
    QVERIFY(read.pressure.sizes() == (std::vector<std::int64_t>{3, 180}));
    QVERIFY(read.points.isfinite().all().item<bool>() && read.pressure.isfinite().all().item<bool>());
    // 1 − |v|² is 1 where the air stands and never more; float32 rounds it to at most 1.
    QVERIFY(read.pressure.max().item<double>() <= 1.0);
    QVERIFY(read.pressure.max().item<double>() > 0.5);  // near the nose
    QVERIFY(read.pressure.min().item<double>() < 0.0);  // over the roof
    QVERIFY(read.triangles.min().item<double>() == 0.0 && read.triangles.max().item<double>() == 91.0);

    // Closed: each edge belongs to two triangles, which go along it in opposite ways.
    std::map<std::pair<int, int>, int> edges;
    const auto corners = read.triangles.accessor<double, 2>();
    for (int t = 0; t < 180; ++t)
      for (int k = 0; k < 3; ++k)
        ++edges[{static_cast<int>(corners[t][k]), static_cast<int>(corners[t][(k + 1) % 3])}];
    QCOMPARE(edges.size(), std::size_t{3 * 180});
    for (const auto& [edge, times] : edges) QVERIFY(times == 1 && edges.contains({edge.second, edge.first}));
    for (int body = 0; body < 3; ++body) QVERIFY(volume(read.points[body], read.triangles) > 0.01);
    QVERIFY(read.points.select(2, 2).min().item<double>() > 0.0);  // over the ground
    QVERIFY(!at::equal(read.points[0], read.points[1]));

    // What the solver gives, rounded to float32: half a unit in the last place.
    const auto solved = solve_bluff_bodies({10, 10, 3, 5, 0});
    for (int body = 0; body < 3; ++body)
      for (int t = 0; t < 180; ++t) {
        const double exact = solved[body].pressure[t];
        QVERIFY(std::abs(read.pressure[body][t].item<double>() - exact) <= 6e-8 * std::abs(exact));
      }
    QCOMPARE(read.provenance.size(), std::size_t{5});
    QVERIFY(QByteArray(read.provenance[1].c_str()).contains("3 samples, seed 5, stream 0"));
  }

  void the_same_seed_gives_the_same_file_and_tests_are_other_bodies() {
    const CliProgram halfwave;
    const auto bytes = [&](const QStringList& more) {
      const auto outcome = halfwave.run(QStringList{"dataset", "generate", "bluff-body", "--samples", "2",
                                                    "--resolution", "6", "--out", "b.npz"} +
                                        more);
      QFile in(halfwave.path("b.npz"));
      return outcome.code == 0 && in.open(QIODevice::ReadOnly) ? in.readAll() : QByteArray();
    };
    const QByteArray first = bytes({"--seed", "1"});
    QVERIFY(!first.isEmpty());
    QVERIFY(bytes({"--seed", "1"}) == first);
    QVERIFY(bytes({"--seed", "2"}) != first);
    QVERIFY(bytes({"--seed", "1", "--test"}) != first);
  }

  void info_lists_arrays_and_provenance() {
    const CliProgram halfwave;
    for (const char* file : {"b.h5", "b.npz", "b.pt"}) {
      const auto made = halfwave.run(
          {"dataset", "generate", "bluff-body", "--samples", "2", "--resolution", "6", "--out", file});
      QVERIFY2(made.code == 0, made.err);
      QVERIFY2(made.out.contains("2 samples of bluff-body of 32 points and 60 triangles"), made.out);
      const auto info = halfwave.run({"dataset", "info", file});
      QVERIFY2(info.code == 0, info.err);
      for (const char* line :
           {"array      points: float32, 2 x 32 x 3", "array      triangles: int64, 60 x 3",
            "array      pressure: float32, 2 x 60", "samples    2\n", "surface    32 points, 60 triangles\n",
            "from       Potential flow", "from       Source panel method", "2 samples, seed 0, stream 0",
            "from       pressure (samples, triangles)", "are no grid to train on"})
        QVERIFY2(info.out.contains(line), line + QByteArray("\n") + info.out);
      QVERIFY(!info.out.contains("map "));
      const auto json = halfwave.run({"dataset", "info", file, "--json"}).json();
      QCOMPARE(json["samples"].toInt(), 2);
      QCOMPARE(json["surface"].toObject(), (QJsonObject{{"points", 32}, {"triangles", 60}}));
      QCOMPARE(json["arrays"].toArray().size(), 3);
      QCOMPARE(json["provenance"].toArray().size(), 5);
    }
  }

  void nothing_trains_on_surfaces() {
    const CliProgram halfwave;
    const auto refused = [&](const QStringList& arguments, const QList<QByteArray>& parts) {
      const auto outcome = halfwave.run(arguments);
      QCOMPARE(outcome.code, 2);
      for (const QByteArray& part : parts) QVERIFY2(outcome.err.contains(part), outcome.err);
      QCOMPARE(outcome.err.trimmed().count('\n'), 0);
    };
    const QByteArray grid = "operators need a grid; one of darcy, burgers";
    refused({"train", "darcy-quick", "--set", "dataset.source=bluff-body"}, {"dataset.source", grid});
    refused({"train", "bluff-body"}, {grid, "halfwave dataset generate bluff-body"});
    QFile experiment(halfwave.path("e.json"));
    QVERIFY(experiment.open(QIODevice::WriteOnly));
    experiment.write(R"({"dataset": {"source": "bluff-body"}})");
    experiment.close();
    refused({"train", "e.json"}, {"dataset.source", grid});

    for (const char* file : {"b.h5", "b.npz", "b.pt"}) {
      const auto made = halfwave.run(
          {"dataset", "generate", "bluff-body", "--samples", "3", "--resolution", "6", "--out", file});
      QVERIFY2(made.code == 0, made.err);
      const QByteArray surfaces = QByteArray(file) + " holds values on surfaces of triangles";
      refused({"train", "darcy-example", "--set", QString("dataset.train=") + file},
              {"dataset.train", surfaces, "no grid"});
      refused({"dataset", "convert", file, "other.npz"}, {surfaces});
    }
  }

  void wrong_requests_are_one_sentence() {
    const CliProgram halfwave;
    const auto refused = [&](const QStringList& more, const char* part) {
      const auto outcome = halfwave.run(QStringList{"dataset", "generate", "bluff-body"} + more);
      QCOMPARE(outcome.code, 2);
      QVERIFY2(outcome.err.contains(part), outcome.err);
    };
    refused({"--out", "b.csv"}, "does not end in .pt");
    refused({"--resolution", "5", "--out", "b.h5"},
            "--resolution: 5 is out of range; bluff-body takes 6 to 80");
    refused({"--resolution", "81", "--out", "b.h5"}, "bluff-body takes 6 to 80");
    refused({"--samples", "0", "--out", "b.h5"}, "--samples: 0 is too few");
    refused({"--viscosity", "0.1", "--out", "b.h5"}, "--viscosity: bluff-body does not take it");
    const auto other = halfwave.run({"dataset", "generate", "bluff", "--out", "b.h5"});
    QCOMPARE(other.code, 2);
    QVERIFY2(other.err.contains("shallow-water, bluff-body are what can be generated"), other.err);
    const auto help = halfwave.run({"dataset", "generate", "--help"});
    QVERIFY2(help.out.contains("bluff-body writes values on surfaces"), help.out);
  }

  void an_interrupt_leaves_no_file() {
    const CliProgram halfwave;
    QProcess process;
    halfwave.prepare(process);
    process.setArguments(
        {"dataset", "generate", "bluff-body", "--samples", "100000", "--resolution", "12", "--out", "b.h5"});
    process.setReadChannel(QProcess::StandardError);
    process.start();
    // The line that says that work began is written under the handler of signals.
    QByteArray told;
    while (!told.contains("Preparing") && process.waitForReadyRead(60'000))
      told += process.readAllStandardError();
    QVERIFY2(told.contains("Preparing"), told);
    QVERIFY(::kill(static_cast<pid_t>(process.processId()), SIGINT) == 0);
    QVERIFY(process.waitForFinished(60'000));
    told += process.readAllStandardError();
    QCOMPARE(process.exitCode(), 130);
    QVERIFY2(told.contains("Stopped; b.h5 was not written."), told);
    QVERIFY(!QFile::exists(halfwave.path("b.h5")));
  }
};

QTEST_GUILESS_MAIN(SurfaceTest)
#include "surface_test.moc"
