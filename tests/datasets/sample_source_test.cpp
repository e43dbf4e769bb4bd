#include "datasets/sample_source.h"

#include "core/data/dataset.h"
#include "core/error.h"
#include "datasets/info.h"
#include "support/pt_files.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::datasets;

class SampleSourceTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  static std::shared_ptr<DataBundle> bundle() {
    auto data = std::make_shared<DataBundle>();
    data->train.x = at::arange(2 * 1 * 2 * 3, at::kFloat).reshape({2, 1, 2, 3});
    data->train.y = data->train.x.repeat({1, 2, 1, 1}) * 2;
    data->train.name = "numbers";
    data->train.input_name = "coefficient a";
    data->train.output_unit = "Pa";
    data->train.provenance = {"by hand"};
    data->tests.emplace_back().label = "4";
    data->tests[0].data.x = at::ones({3, 1, 4, 4});
    data->tests[0].data.y = at::zeros({3, 2, 4, 4});
    return data;
  }

 private Q_SLOTS:
  void shows_every_set() {
    const SampleSource source(bundle());
    QCOMPARE(source.set_count(), 2);
    QCOMPARE(source.set_name(0), std::string("training"));
    QCOMPARE(source.set_name(1), std::string("test 4"));
    QCOMPARE(source.sample_count(1), 3);
    QCOMPARE(source.input(0, 1).shape, (std::vector{2, 3}));
    QCOMPARE(source.input(0, 1).values, (std::vector<float>{6, 7, 8, 9, 10, 11}));
    QCOMPARE(source.output(0, 1, 1).values, (std::vector<float>{12, 14, 16, 18, 20, 22}));
    QVERIFY_EXCEPTION_THROWN(source.input(2, 0), RequestError);
    QVERIFY_EXCEPTION_THROWN(source.input(0, 2), RequestError);
    QVERIFY_EXCEPTION_THROWN(source.output(0, 0, 2), RequestError);
    QVERIFY_EXCEPTION_THROWN(source.set_name(-1), RequestError);
  }

  void sums_up() {
    const SampleSource source(bundle());
    const DatasetInfo& info = source.summary(0);
    QCOMPARE(info.samples, 2);
    QCOMPARE(info.grid, (std::vector<std::int64_t>{2, 3}));
    QCOMPARE(info.input.channels, 1);
    QCOMPARE(info.input.min, 0.0);
    QCOMPARE(info.input.max, 11.0);
    QCOMPARE(info.input.mean, 5.5);
    QCOMPARE(info.input.std, std::sqrt(143.0 / 12.0));  // (n² − 1) / 12 of the numbers 0 … n−1, n = 12
    QCOMPARE(info.output.channels, 2);
    QCOMPARE(info.output.max, 22.0);
    QCOMPARE(info.output.unit, std::string("Pa"));
    QCOMPARE(&info, &source.summary(0));
  }

  // Channels that lie apart: 0 … 11 and 100, 102, … 122, that is 100 + 2k.
  void sums_up_each_channel() {
    auto data = bundle();
    data->train.y = at::cat({data->train.x, data->train.x * 2 + 100}, 1);
    const ValueSummary output = SampleSource(data).summary(0).output;
    QCOMPARE(output.each.size(), std::size_t{2});
    const double variance = 143.0 / 12.0;  // as above
    QCOMPARE(output.each[0].min, 0.0);
    QCOMPARE(output.each[0].max, 11.0);
    QCOMPARE(output.each[0].mean, 5.5);
    QCOMPARE(output.each[0].std, std::sqrt(variance));
    QCOMPARE(output.each[1].min, 100.0);
    QCOMPARE(output.each[1].max, 122.0);
    QCOMPARE(output.each[1].mean, 111.0);
    QCOMPARE(output.each[1].std, 2 * std::sqrt(variance));
    QCOMPARE(output.min, 0.0);
    QCOMPARE(output.max, 122.0);
    QCOMPARE(output.mean, 58.25);
    // Variance of all: mean of the variances and variance of the means, which lie 52.75 from their middle.
    QCOMPARE(output.std, std::sqrt((variance + 4 * variance) / 2 + 52.75 * 52.75));
  }

  void empty_source() {
    const SampleSource source;
    QCOMPARE(source.set_count(), 0);
    QVERIFY(source.data() != nullptr);
    QVERIFY_EXCEPTION_THROWN(source.summary(0), RequestError);
    QCOMPARE(SampleSource(nullptr).set_count(), 0);
  }

  void opens_a_file() {
    const auto file = std::filesystem::path(folder_.path().toStdString()) / "a.pt";
    pt_files::write_dict(file, {{"x", at::ones({1, 4, 4})}, {"y", at::ones({1, 4, 4})}});
    const SampleSource source = SampleSource::open(file);
    QCOMPARE(source.set_count(), 1);
    QCOMPARE(source.set_name(0), std::string("a.pt"));
    QCOMPARE(source.sample_count(0), 1);
    QVERIFY_EXCEPTION_THROWN(SampleSource::open(file.string() + "x"), RequestError);
  }

  void json_and_text() {
    const auto file = std::filesystem::path(folder_.path().toStdString()) / "b.pt";
    pt_files::write_dict(
        file, {{"x", at::full({3, 4, 5}, 2.0)}, {"y", at::ones({3, 4, 5})}, {"name", "bad \xff text"}});
    const DatasetInfo info = info_of_file(file);
    const auto json = nlohmann::json::parse(to_json(info));
    QCOMPARE(json.at("samples").get<int>(), 3);
    QCOMPARE(json.at("grid").get<std::vector<int>>(), (std::vector{4, 5}));
    QCOMPARE(json.at("input").at("mean").get<double>(), 2.0);
    QCOMPARE(json.at("input").at("std").get<double>(), 0.0);
    QCOMPARE(json.at("output").at("channels").get<int>(), 1);
    QCOMPARE(json.at("provenance").size(), std::size_t{1});
    const std::string text = to_text(summarize(bundle()->train));
    QVERIFY2(text.find("grid     2×3\n") != std::string::npos, text.c_str());
    QVERIFY2(text.find("coefficient a, 1 channel: min 0, max 11, mean 5.5") != std::string::npos,
             text.c_str());
    QVERIFY2(text.find("y [Pa], 2 channels") != std::string::npos, text.c_str());
  }
};

QTEST_GUILESS_MAIN(SampleSourceTest)
#include "sample_source_test.moc"
