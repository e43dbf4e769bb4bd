#include "datasets/cache.h"

#include "datasets/generate.h"
#include "support/pt_files.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

class CacheTest : public QObject {
  Q_OBJECT

  std::unique_ptr<QTemporaryDir> folder_;
  int made_ = 0;

  Dataset get(const std::string& name = "test") {
    return cached(
        name, [](const Dataset& found) { return found.samples() == 2; },
        [this] {
          ++made_;
          Dataset dataset;
          dataset.x = at::full({2, 1, 4, 4}, 3.0f);
          dataset.y = at::full({2, 1, 4, 4}, 5.0f);
          dataset.name = "made";
          return dataset;
        });
  }

  static Dataset darcy(int resolution, int samples, std::uint64_t seed, std::uint32_t stream,
                       const Progress& progress = {}) {
    DatasetSpec spec;
    spec.resolution = resolution;
    spec.samples = samples;
    spec.seed = seed;
    return generate_or_find(spec, stream, progress);
  }

  std::filesystem::path file(const std::string& name = "test") { return *cache_folder() / (name + ".pt"); }

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    qputenv("XDG_CACHE_HOME", folder_->path().toUtf8());
    made_ = 0;
  }

  void folder_follows_the_environment() {
    const std::filesystem::path base = folder_->path().toStdString();
    QCOMPARE(cache_folder(), std::optional(base / "halfwave/datasets"));
    qputenv("XDG_CACHE_HOME", "relative");
    qputenv("HOME", folder_->path().toUtf8());
    QCOMPARE(cache_folder(), std::optional(base / ".cache/halfwave/datasets"));
    qunsetenv("XDG_CACHE_HOME");
    QCOMPARE(cache_folder(), std::optional(base / ".cache/halfwave/datasets"));
    qunsetenv("HOME");
    QVERIFY(!cache_folder());
    QCOMPARE(get().samples(), 2);
    QVERIFY(get().provenance.back().starts_with("Not kept"));
  }

  void is_made_once() {
    QVERIFY(at::equal(get().y, get().y));
    QCOMPARE(made_, 1);
    QCOMPARE(get().name, std::string("made"));
    get("other");
    QCOMPARE(made_, 2);
  }

  void damaged_files_are_made_again() {
    get();
    const std::string good = pt_files::read_bytes(file());
    const std::size_t in_the_values = good.find(std::string("\0\0\x40\x40\0\0\x40\x40", 8));
    QVERIFY(in_the_values != std::string::npos);
    std::string flipped = good;
    flipped[in_the_values] ^= 4;
    int expected = 1;
    for (const std::string& damaged :
         {std::string(), std::string("text"), good.substr(0, good.size() / 2), flipped}) {
      pt_files::write_bytes(file(), damaged);
      QVERIFY(at::equal(get().x, at::full({2, 1, 4, 4}, 3.0f)));
      QCOMPARE(made_, ++expected);
      get();
      QCOMPARE(made_, expected);
    }
  }

  void a_file_of_something_else_is_made_again() {
    get();
    pt_files::write_dict(file(), {{"x", at::ones({3, 4, 4})}, {"y", at::ones({3, 4, 4})}});
    QCOMPARE(get().samples(), 2);
    QCOMPARE(made_, 2);
  }

  void a_cache_that_cannot_be_written_is_no_obstacle() {
    qputenv("XDG_CACHE_HOME", "/proc/nowhere");
    QCOMPARE(get().samples(), 2);
    QVERIFY(get().provenance.back().starts_with("Not kept: "));
    // A plain file where the folder should be.
    pt_files::write_bytes(std::filesystem::path(folder_->path().toStdString()) / "halfwave", "x");
    qputenv("XDG_CACHE_HOME", folder_->path().toUtf8());
    QCOMPARE(get().samples(), 2);
    QVERIFY(get().provenance.back().starts_with("Not kept: "));
  }

  void a_folder_in_the_files_place_is_no_obstacle() {
    std::filesystem::create_directories(file());
    QCOMPARE(get().samples(), 2);
    QVERIFY(get().provenance.back().starts_with("Not kept: "));
  }

  void a_parameter_makes_another_set() {
    DatasetSpec spec;
    spec.source = "heat";
    spec.resolution = 8;
    spec.samples = 2;
    const Dataset usual = generate_or_find(spec, train_stream);
    // The usual value under its own name is the same set.
    DatasetSpec named = spec;
    named.viscosity = 0.01;
    named.time = 1.0;
    QCOMPARE(cache_name(named, 0), cache_name(spec, 0));
    QVERIFY(at::equal(generate_or_find(named, train_stream).y, usual.y));
    std::set<std::string> names = {cache_name(spec, 0)};
    const auto differs = [&](auto change) {
      DatasetSpec other = spec;
      change(other);
      const bool fresh = names.insert(cache_name(other, 0)).second;
      return fresh && !at::equal(generate_or_find(other, train_stream).y, usual.y);
    };
    QVERIFY(differs([](DatasetSpec& d) { d.viscosity = 0.02; }));
    QVERIFY(differs([](DatasetSpec& d) { d.time = 2; }));
    QVERIFY(differs([](DatasetSpec& d) { d.boundary = "dirichlet"; }));
    QVERIFY(differs([](DatasetSpec& d) { d.frames = 3; }));
  }

  void darcy_is_found_by_its_parameters() {
    const Dataset first = darcy(16, 3, 1, 0);
    const Dataset again = darcy(16, 3, 1, 0);
    QVERIFY(at::equal(first.x, again.x));
    QVERIFY(at::equal(first.y, again.y));
    QCOMPARE(again.input_name, std::string("coefficient a"));
    QCOMPARE(again.name, first.name);
    QVERIFY(again.provenance.at(0).find(file("").parent_path().string()) != std::string::npos);
    QVERIFY(!at::equal(darcy(16, 3, 2, 0).x, first.x));
    QVERIFY(!at::equal(darcy(16, 3, 1, 1).x, first.x));
    QCOMPARE(darcy(16, 2, 1, 0).samples(), 2);
    QCOMPARE(darcy(12, 3, 1, 0).x.size(3), 12);
  }

  void a_cancelled_generation_leaves_no_file() {
    std::atomic<bool> cancel{true};
    QVERIFY_EXCEPTION_THROWN(darcy(16, 3, 1, 0, {nullptr, &cancel}), Cancelled);
    QVERIFY(!std::filesystem::exists(*cache_folder()) || std::filesystem::is_empty(*cache_folder()));
  }
};

QTEST_GUILESS_MAIN(CacheTest)
#include "cache_test.moc"
