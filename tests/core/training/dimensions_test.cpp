#include "core/experiment/experiment_io.h"
#include "core/training/run_folder.h"
#include "core/training/trainer.h"
#include "training_support.h"

#include <nlohmann/json.hpp>

using namespace halfwave;
using namespace halfwave::testing;

namespace {

/// Random waves on a grid of any dimension, and their squares as the answer.
Dataset waves(const std::vector<std::int64_t>& grid, std::int64_t samples, std::uint64_t seed) {
  at::Generator own = at::globalContext().defaultGenerator(at::kCPU).clone();
  own.set_current_seed(seed);
  std::vector<std::int64_t> shape(grid.size() + 2, 1);
  shape[0] = samples;
  at::Tensor field = at::zeros(shape);
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    std::vector<std::int64_t> along(grid.size() + 2, 1);
    along[axis + 2] = grid[axis];
    const at::Tensor t =
        (at::arange(grid[axis], at::kFloat) * (2.0 * std::numbers::pi / static_cast<double>(grid[axis])))
            .view(along);
    field = field + at::randn(shape, own, at::kFloat) * t.cos() + at::randn(shape, own, at::kFloat) * t.sin();
  }
  Dataset data;
  data.x = field.contiguous();
  data.y = (0.5 * field).square().add(0.3).contiguous();
  data.name = "waves";
  return data;
}

RunResult train(const Experiment& experiment, const DataBundle& data, Recording& observer,
                const std::filesystem::path& folder = {}) {
  TrainerOptions options;
  options.run_folder = folder;
  return Trainer(experiment, data, observer, options).run();
}

Experiment for_grid(const std::vector<int>& modes, const char* engine) {
  Experiment experiment = small_experiment();
  experiment.op.modes = modes;
  experiment.op.engine = engine;
  experiment.training.epochs = 40;
  return experiment;
}

}  // namespace

/// Training in one and three dimensions, and with the engine left open.
class DimensionsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    at::set_num_threads(1);
    QVERIFY(cache_.isValid());
    qputenv("XDG_CACHE_HOME", cache_.path().toUtf8());
  }

  void both_engines_train_alike_data() {
    QTest::addColumn<QList<int>>("grid");
    QTest::addColumn<QList<int>>("modes");
    QTest::newRow("1D") << QList<int>{64} << QList<int>{16};
    QTest::newRow("1D, no power of two") << QList<int>{45} << QList<int>{12};
    QTest::newRow("3D") << QList<int>{8, 6, 10} << QList<int>{4, 4, 6};
    QTest::newRow("3D, all modes") << QList<int>{4, 5, 6} << QList<int>{4, 5, 6};
  }

  void both_engines_train_alike() {
    QFETCH(QList<int>, grid);
    QFETCH(QList<int>, modes);
    const std::vector<std::int64_t> points(grid.begin(), grid.end());
    const std::vector<int> kept(modes.begin(), modes.end());
    const DataBundle data{waves(points, 12, 1), {{"test", waves(points, 4, 2)}}};
    Recording dft, fft;
    const RunResult result = train(for_grid(kept, "dft"), data, dft);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QVERIFY(train(for_grid(kept, "fft"), data, fft).state == RunState::finished);
    // In the first steps losses differ by the engines' roundings alone, 1e-6 of a field. Adam divides by the
    // gradients' size, so that later also the weights of small gradients differ.
    QCOMPARE(dft.steps.size(), fft.steps.size());
    for (std::size_t i = 0; i < 6; ++i)
      QVERIFY2(std::abs(dft.steps[i].loss - fft.steps[i].loss) < 1e-4 * fft.steps[i].loss,
               qPrintable(QStringLiteral("step %1: %2 and %3")
                              .arg(i)
                              .arg(dft.steps[i].loss, 0, 'g', 9)
                              .arg(fft.steps[i].loss, 0, 'g', 9)));
    const double first = dft.epochs.front().train_loss, last = dft.epochs.back().train_loss;
    QVERIFY2(last < 0.7 * first, qPrintable(QStringLiteral("%1, then %2").arg(first).arg(last)));
  }

  void an_open_engine_is_written_down() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.op.engine = "auto";
    QTemporaryDir folder;
    const auto first = path_of(folder, "first"), second = path_of(folder, "second");
    Recording once, again;
    QVERIFY(train(experiment, data, once, first).state == RunState::finished);
    const Experiment written = read_run(first).experiment;
    QVERIFY(written.op.engine == "fft" || written.op.engine == "dft");
    const auto environment = nlohmann::json::parse(text_of(first / run_file::environment));
    QCOMPARE(environment["engine"].get<std::string>(), written.op.engine);
    // The written document repeats the run, whatever would be chosen then.
    QVERIFY(train(written, data, again, second).state == RunState::finished);
    QVERIFY(same_bits(load_checkpoint(first / run_file::checkpoint).weights,
                      load_checkpoint(second / run_file::checkpoint).weights));
  }

  void a_run_goes_on_with_its_engine() {
    const DataBundle data = small_bundle();
    QTemporaryDir folder;
    const auto run = path_of(folder, "run");
    Recording observer;
    for (const char* engine : {"fft", "dft"}) {
      Experiment experiment = small_experiment();
      experiment.op.engine = engine;
      std::filesystem::remove_all(run);
      train(experiment, data, observer, run);
      experiment.op.engine = "auto";
      experiment.training.epochs += 1;
      TrainerOptions options;
      options.run_folder = run;
      options.resume = true;
      QCOMPARE(Trainer(experiment, data, observer, options).run().epochs, experiment.training.epochs);
      QCOMPARE(read_run(run).experiment.op.engine, std::string(engine));
    }
  }

  void narrow_transforms_are_left_to_dft() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.op.engine = "auto";
    experiment.precision.policy = "mixed";
    QTemporaryDir folder;
    Recording observer;
    train(experiment, data, observer, path_of(folder, "run"));
    QCOMPARE(read_run(path_of(folder, "run")).experiment.op.engine, std::string("dft"));
  }

 private:
  QTemporaryDir cache_;
};

QTEST_GUILESS_MAIN(DimensionsTest)
#include "dimensions_test.moc"
