#include "core/spectral/engine_choice.h"

#include <QtTest/QtTest>

#include <fstream>

using namespace halfwave;

namespace {

std::string text_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

class EngineChoiceTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    folder_ = std::make_unique<QTemporaryDir>();
    file_ = std::filesystem::path(folder_->path().toStdString()) / "new" / "engines.json";
    measured_ = 0;
  }

  void the_faster_is_taken_and_measured_once() {
    EngineChoices choices = make({1.0, 2.0});
    QCOMPARE(choices.faster(problem()), std::string("fft"));
    QCOMPARE(choices.faster(problem()), std::string("fft"));
    QCOMPARE(measured_, 1);
    EngineChoices other(std::nullopt, [](const EngineProblem&) { return EngineTimes{2.0, 1.0}; });
    QCOMPARE(other.faster(problem()), std::string("dft"));
  }

  void another_problem_is_another_choice() {
    EngineChoices choices = make({1.0, 2.0});
    std::vector<EngineProblem> problems(5, problem());
    problems[1].layout = make_layout({64, 32}, {8, 8});
    problems[2].layout = make_layout({32, 32}, {8, 10});
    problems[3].channels = 5;
    problems[4].format = Format::fp64;
    for (const EngineProblem& each : problems) choices.faster(each);
    QCOMPARE(measured_, 5);
  }

  void the_file_outlives_the_process() {
    make({1.0, 2.0}).faster(problem());
    EngineChoices later = make({2.0, 1.0});
    QCOMPARE(later.faster(problem()), std::string("fft"));
    QCOMPARE(measured_, 1);
  }

  void a_bad_file_is_ignored_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("not JSON") << QByteArray("{\"a\": ");
    QTest::newRow("a list") << QByteArray("[1, 2]");
    QTest::newRow("bytes") << QByteArray("\xff\x00\xfe", 3);
    QTest::newRow("deep") << QByteArray(100'000, '[');
    QTest::newRow("other values") << QByteArray("REPLACED");
  }

  void a_bad_file_is_ignored() {
    QFETCH(QByteArray, text);
    if (text == "REPLACED") {  // the right key with values that cannot be
      make({1.0, 2.0}).faster(problem());
      std::string known = text_of(file_);
      QVERIFY(known.find("\"fft\"") != std::string::npos);
      known.replace(known.find("\"fft\""), 5, "{\"a\": 1}");
      text = QByteArray::fromStdString(known);
    }
    std::filesystem::create_directories(file_.parent_path());
    std::ofstream(file_, std::ios::binary) << text.toStdString();
    measured_ = 0;
    QCOMPARE(make({1.0, 2.0}).faster(problem()), std::string("fft"));
    QCOMPARE(measured_, 1);
    // And it has been made good.
    QCOMPARE(make({2.0, 1.0}).faster(problem()), std::string("fft"));
    QCOMPARE(measured_, 1);
  }

  void a_folder_that_cannot_be_made_is_no_matter() {
    std::ofstream(file_.parent_path()) << "a file where the folder should be";
    QCOMPARE(make({1.0, 2.0}).faster(problem()), std::string("fft"));
    QCOMPARE(text_of(file_.parent_path()), std::string("a file where the folder should be"));
  }

  void a_named_engine_is_not_measured() {
    EngineChoices choices = make({1.0, 2.0});
    for (const char* engine : {"fft", "dft"})
      QCOMPARE(resolve(engine, {Format::fp32}, choices), std::string(engine));
    QCOMPARE(measured_, 0);
    QCOMPARE(resolve("auto", {Format::fp32}, choices), std::string("fft"));
    QCOMPARE(measured_, 1);
  }

  void narrow_formats_are_left_to_dft() {
    EngineChoices choices = make({1.0, 2.0});
    for (const Format narrow : {Format::bf16, Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2})
      QCOMPARE(resolve("auto", {Format::fp32, narrow}, choices), std::string("dft"));
    QCOMPARE(measured_, 0);
    for (const Format wide : {Format::fp32, Format::tf32, Format::fp64})
      QCOMPARE(resolve("auto", {wide}, choices), std::string("fft"));
  }

  void formats_are_those_of_the_transforms() {
    Policy policy = make_policy("full", 1);
    policy.layers[0][Stage::forward_transform] = Format::fp16;  // the lifting has no transforms
    policy.layers[1][Stage::contraction] = Format::bf16;
    policy.layers[1][Stage::inverse_transform] = Format::tf32;
    QCOMPARE(transform_formats({policy}), (std::vector{Format::fp32, Format::tf32}));
  }

  void engines_are_really_measured() {
    for (const Format format : {Format::fp32, Format::fp64})
      for (const ModeLayout& layout :
           {make_layout({33}, {8}), make_layout({16, 12}, {6, 6}), make_layout({6, 5, 8}, {4, 4, 4})}) {
        const EngineTimes times = measure_engines({layout, 3, format});
        QVERIFY(times.fft > 0.0 && times.fft < 60.0);
        QVERIFY(times.dft > 0.0 && times.dft < 60.0);
      }
  }

 private:
  EngineChoices make(EngineTimes times) {
    return EngineChoices(file_, [this, times](const EngineProblem&) {
      ++measured_;
      return times;
    });
  }
  static EngineProblem problem() { return {make_layout({32, 32}, {8, 8}), 4}; }
  static std::string resolve(const char* engine, const std::vector<Format>& formats, EngineChoices& choices) {
    return resolved_engine(engine, {32, 32}, {8, 8}, 4, formats, at::Device(at::kCPU), choices);
  }

  std::unique_ptr<QTemporaryDir> folder_;
  std::filesystem::path file_;
  int measured_ = 0;
};

QTEST_GUILESS_MAIN(EngineChoiceTest)
#include "engine_choice_test.moc"
