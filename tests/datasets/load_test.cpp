#include "datasets/load.h"

#include "core/error.h"
#include "core/experiment/generated_source.h"
#include "datasets/file_source.h"
#include "datasets/generate.h"
#include "support/pt_files.h"
#include "support/shared_files.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

class LoadTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;

  std::string path(const std::string& name) const { return folder_->path().toStdString() + "/" + name; }

  void write(const std::string& name, std::int64_t samples, std::int64_t size, std::int64_t channels = 1) {
    const auto x =
        at::arange(samples, at::kFloat).reshape({samples, 1, 1, 1}).expand({samples, channels, size, size});
    pt_files::write_dict(path(name), {{"x", x.contiguous()}, {"y", -x.contiguous()}});
  }

  static DatasetSpec darcy() {
    DatasetSpec spec;
    spec.resolution = 16;
    spec.samples = 4;
    spec.test_samples = 3;
    spec.test_resolutions = {16, 24};
    return spec;
  }

  DatasetSpec file(const std::string& train) const {
    DatasetSpec spec;
    spec.source = "file";
    spec.train = path(train);
    spec.samples = 0;
    spec.test_samples = 0;
    return spec;
  }

  /// The field that is blamed, and a part of what is said of it.
  static void refused(const DatasetSpec& spec, const std::string& field, const std::string& part) {
    try {
      load(spec);
    } catch (const FieldError& error) {
      QCOMPARE(error.path(), field);
      QVERIFY2(error.problem().find(part) != std::string::npos, error.what());
      QVERIFY2(error.problem().ends_with("."), error.what());
      return;
    }
    QFAIL(("accepted, but " + field + " is wrong").c_str());
  }

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CACHE_HOME", (folder_->path() + "/cache").toUtf8());
  }

  void darcy_has_a_training_set_and_a_test_set_a_resolution() {
    const DataBundle bundle = load(darcy());
    QCOMPARE(bundle.train.x.sizes(), (at::IntArrayRef{4, 1, 16, 16}));
    QCOMPARE(bundle.train.y.sizes(), (at::IntArrayRef{4, 1, 16, 16}));
    QCOMPARE(bundle.tests.size(), std::size_t{2});
    QCOMPARE(bundle.tests[0].label, std::string("16"));
    QCOMPARE(bundle.tests[1].label, std::string("24"));
    QCOMPARE(bundle.tests[1].data.y.sizes(), (at::IntArrayRef{3, 1, 24, 24}));
    // No test sample is a training sample.
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 4; ++j) QVERIFY(!at::equal(bundle.tests[0].data.x[i], bundle.train.x[j]));
    QVERIFY(at::equal(load(darcy()).train.y, bundle.train.y));
  }

  void every_source_fills_its_grid_data() {
    QTest::addColumn<QString>("source");
    QTest::addColumn<int>("frames");
    QTest::addColumn<QList<qint64>>("sizes");  // of y of the training set
    QTest::newRow("burgers") << "burgers" << 1 << QList<qint64>{4, 1, 16};
    QTest::newRow("burgers in space and time") << "burgers" << 5 << QList<qint64>{4, 1, 5, 16};
    QTest::newRow("navier-stokes") << "navier-stokes" << 3 << QList<qint64>{4, 3, 16, 16};
    QTest::newRow("poisson") << "poisson" << 1 << QList<qint64>{4, 1, 16, 16};
    QTest::newRow("heat") << "heat" << 2 << QList<qint64>{4, 2, 16, 16};
    QTest::newRow("shallow-water") << "shallow-water" << 1 << QList<qint64>{4, 3, 16, 32};
  }
  void every_source_fills_its_grid() {
    QFETCH(QString, source);
    QFETCH(int, frames);
    QFETCH(QList<qint64>, sizes);
    DatasetSpec spec = darcy();
    spec.source = source.toStdString();
    spec.frames = frames;
    if (find_generated_source(spec.source)->time) spec.time = 0.25;
    const DataBundle bundle = load(spec);
    QCOMPARE(QList<qint64>(bundle.train.y.sizes().begin(), bundle.train.y.sizes().end()), sizes);
    QCOMPARE(bundle.train.x.sizes().slice(2), bundle.train.y.sizes().slice(2));
    QVERIFY(bundle.train.y.isfinite().all().item<bool>());
    QCOMPARE(bundle.tests[1].label, std::string("24"));
    QCOMPARE(bundle.tests[1].data.y.size(-1), spec.source == "shallow-water" ? 48 : 24);
    QVERIFY(bundle.train.provenance.size() >= 2);
    QVERIFY(bundle.train.input_name != "x" && bundle.train.output_name != "y");
    QVERIFY(at::equal(load(spec).train.y, bundle.train.y));  // from the cache
    QVERIFY_EXCEPTION_THROWN(load(spec, {}, 3), FieldError);
    spec.samples = 0;
    refused(spec, "dataset.samples", "too few");
  }

  void bad_parameters_are_named() {
    DatasetSpec spec = darcy();
    spec.source = "heat";
    spec.viscosity = -1;
    refused(spec, "dataset.viscosity", "out of range");
    spec.source = "burgers";
    refused(spec, "dataset.viscosity", "out of range");
    spec.viscosity = 0.1;
    spec.time = 1000;
    refused(spec, "dataset.time", "out of range");
  }

  void progress_rises_to_one() {
    std::vector<double> seen;
    Progress progress;
    progress.report = [&](double fraction, const std::string&) { seen.push_back(fraction); };
    load(darcy(), progress);
    QVERIFY(seen.size() >= 10);
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
    QCOMPARE(seen.back(), 1.0);
  }

  void input_scale_multiplies_every_input() {
    DatasetSpec spec = darcy();
    const DataBundle plain = load(spec);
    spec.input_scale = 1000;
    const DataBundle scaled = load(spec);
    QVERIFY(at::equal(scaled.train.x, plain.train.x * 1000));
    QVERIFY(at::equal(scaled.tests[1].data.x, plain.tests[1].data.x * 1000));
    QVERIFY(at::equal(scaled.train.y, plain.train.y));
  }

  void bad_darcy_fields() {
    auto spec = darcy();
    spec.source = "burger";
    refused(spec, "dataset.source", "\"burger\" is no source");
    spec = darcy();
    spec.resolution = 2;
    refused(spec, "dataset.resolution", "4 to 1024");
    spec = darcy();
    spec.samples = 1;
    refused(spec, "dataset.samples", "at least 2");
    spec.samples = 2000000000;
    refused(spec, "dataset.samples", "more than 32 GB");
    spec = darcy();
    spec.test_samples = 0;
    refused(spec, "dataset.test_samples", "too few");
    spec = darcy();
    spec.test_resolutions = {16, 2000};
    refused(spec, "dataset.test_resolutions[1]", "out of range");
    spec.test_resolutions = {16, 24, 16};
    refused(spec, "dataset.test_resolutions[2]", "listed twice");
    spec.test_resolutions = {};
    refused(spec, "dataset.test_resolutions", "empty");
    for (double scale : {0.0, std::nan(""), double(INFINITY)}) {
      spec = darcy();
      spec.input_scale = scale;
      refused(spec, "dataset.input_scale", "no factor");
    }
    spec.input_scale = 1e38;
    refused(spec, "dataset.input_scale", "beyond what fp32 holds");
    QVERIFY_EXCEPTION_THROWN(load(darcy(), {}, 3), FieldError);
  }

  void test_files_are_found_beside_the_training_file() {
    for (const char* name :
         {"darcy_train_16.pt", "darcy_test_128.pt", "darcy_test_16.pt", "darcy_test_32.pt",
          "darcy_test_32.npy", "burgers_test_16.pt", "darcy_test_32_old.pt", "darcy_train_32.pt"})
      write(name, 3, 4);
    std::vector<std::string> names;
    for (const auto& found : test_files_beside(path("darcy_train_16.pt")))
      names.push_back(found.filename().string());
    QCOMPARE(names, (std::vector<std::string>{"darcy_test_16.pt", "darcy_test_32.pt", "darcy_test_128.pt"}));
    QVERIFY(test_files_beside(path("darcy_16.pt")).empty());
    QVERIFY(test_files_beside(path("nowhere/train.pt")).empty());
    write("Train.pt", 3, 4);
    write("Test.pt", 3, 4);
    QCOMPARE(test_files_beside(path("Train.pt")).size(), std::size_t{1});
  }

  void files_with_tests_beside() {
    write("a_train_4.pt", 5, 4);
    write("a_test_8.pt", 3, 8);
    write("a_test_4.pt", 2, 4);
    auto spec = file("a_train_4.pt");
    DataBundle bundle = load(spec);
    QCOMPARE(bundle.train.samples(), 5);
    QCOMPARE(bundle.tests.size(), std::size_t{2});
    QCOMPARE(bundle.tests[0].label, std::string("4"));
    QCOMPARE(bundle.tests[0].data.samples(), 2);
    QCOMPARE(bundle.tests[1].label, std::string("8"));
    QCOMPARE(bundle.tests[1].data.samples(), 3);
    spec.samples = 2;
    spec.test_samples = 1;
    bundle = load(spec);
    QCOMPARE(bundle.train.samples(), 2);
    QCOMPARE(bundle.train.x.max().item<float>(), 1.0f);  // the first two
    QCOMPARE(bundle.tests[1].data.samples(), 1);
  }

  void listed_test_files() {
    write("a_train_4.pt", 5, 4);
    write("a_test_4.pt", 2, 4);
    write("b.pt", 3, 4);
    write("c.pt", 3, 4);
    auto spec = file("a_train_4.pt");
    spec.test = {path("c.pt"), path("b.pt")};
    const DataBundle bundle = load(spec);
    QCOMPARE(bundle.tests.size(), std::size_t{2});
    QCOMPARE(bundle.tests[0].label, std::string("4"));
    QCOMPARE(bundle.tests[1].label, std::string("4 (b.pt)"));
  }

  void without_test_files_the_last_samples_are_set_aside() {
    write("data.pt", 20, 4);
    auto spec = file("data.pt");
    spec.test_samples = 3;
    DataBundle bundle = load(spec);
    QCOMPARE(bundle.train.samples(), 17);
    QCOMPARE(bundle.tests.size(), std::size_t{1});
    QCOMPARE(bundle.tests[0].data.samples(), 3);
    QCOMPARE(bundle.tests[0].data.x.min().item<float>(), 17.0f);
    QCOMPARE(bundle.train.x.max().item<float>(), 16.0f);
    QVERIFY(bundle.tests[0].data.provenance.back().find("set aside") != std::string::npos);
    spec.test_samples = 64;  // more than a fifth: a fifth
    QCOMPARE(load(spec).tests[0].data.samples(), 4);
    spec.samples = 5;
    bundle = load(spec);
    QCOMPARE(bundle.train.samples(), 5);
    QCOMPARE(bundle.tests[0].data.x.min().item<float>(), 16.0f);
  }

  void bad_file_fields() {
    auto spec = file("missing.pt");
    refused(spec, "dataset.train", "missing.pt does not exist.");
    spec.train = "";
    refused(spec, "dataset.train", "is empty");
    write("one.pt", 1, 4);
    refused(file("one.pt"), "dataset.train", "one sample");
    write("two.pt", 2, 4);
    refused(file("two.pt"), "dataset.train", "two samples");
    pt_files::write_bytes(path("photo.png"), "\x89PNG");
    refused(file("photo.png"), "dataset.train", "extension");
    write("a.pt", 5, 4);
    spec = file("a.pt");
    spec.samples = 1;
    refused(spec, "dataset.samples", "at least 2");
    spec = file("a.pt");
    spec.test_samples = -1;
    refused(spec, "dataset.test_samples", "negative");
    spec = file("a.pt");
    spec.test = {path("two.pt"), path("missing.pt")};
    refused(spec, "dataset.test[1]", "does not exist");
    write("channels.pt", 5, 4, 2);
    spec.test = {path("channels.pt")};
    refused(spec, "dataset.test[0]", "2 channels in x but the training samples have 1");
    write("b_train.pt", 5, 4);
    pt_files::write_bytes(path("b_test.pt"), "");
    refused(file("b_train.pt"), "dataset.test", "b_test.pt is empty");
  }

  void dimension_decides_what_the_axes_are() {
    pt_files::write_dict(path("v.pt"), {{"x", at::ones({4, 3, 4, 5})}, {"y", at::ones({4, 3, 4, 5})}});
    QCOMPARE(load(file("v.pt")).train.grid().size(), std::size_t{2});
    QCOMPARE(load(file("v.pt"), {}, 3).train.grid().size(), std::size_t{3});
    QVERIFY_EXCEPTION_THROWN(load(file("v.pt"), {}, 1), FieldError);
    QVERIFY_EXCEPTION_THROWN(load(file("v.pt"), {}, 4), RequestError);
    QCOMPARE(load(file("v.pt"), {}, 3).tests[0].label, std::string("3x4x5"));
  }

  void the_shared_darcy_data() {
    if (test::shared_folder().empty()) QSKIP("The shared data folder is not there.");
    DatasetSpec spec;
    spec.source = "file";
    spec.train = (test::shared_folder() / "data" / "darcy_train_16.pt").string();
    spec.samples = 0;
    spec.test_samples = 0;
    const DataBundle bundle = load(spec, {}, 2);
    QCOMPARE(bundle.train.x.sizes(), (at::IntArrayRef{1000, 1, 16, 16}));
    QCOMPARE(bundle.tests.size(), std::size_t{2});
    QCOMPARE(bundle.tests[0].label, std::string("16"));
    QCOMPARE(bundle.tests[0].data.samples(), 50);
    QCOMPARE(bundle.tests[1].label, std::string("32"));
    QCOMPARE(bundle.tests[1].data.y.sizes(), (at::IntArrayRef{50, 1, 32, 32}));
  }
};

QTEST_GUILESS_MAIN(LoadTest)
#include "load_test.moc"
