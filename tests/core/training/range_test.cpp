#include "core/operators/operator.h"
#include "core/training/diagnosis.h"
#include "core/training/range_record.h"
#include "core/training/range_sampler.h"
#include "core/training/run_folder.h"
#include "training_support.h"

#include <QtTest/QtTest>

#include <set>

using namespace halfwave;
using namespace halfwave::testing;

namespace {

struct RangeRecording : Recording {
  std::vector<RangeEvent> ranges;
  std::vector<bool> before_state;
  void on_range(const RangeEvent& event) override {
    ranges.push_back(event);
    before_state.push_back(states.empty() || states.back().state != RunState::failed);
  }
};

struct Outcome {
  RunResult result;
  RangeRecording observer;
  const RangeEvent& last() const { return observer.ranges.back(); }
};

Outcome train(const Experiment& experiment, const DataBundle& data,
              const std::filesystem::path& folder = {}) {
  Outcome outcome;
  TrainerOptions options;
  options.run_folder = folder;
  Trainer trainer(experiment, data, outcome.observer, options);
  outcome.result = trainer.run();
  return outcome;
}

const StageRange* find(const RangeEvent& event, std::size_t layer, Stage stage, bool backward) {
  for (const StageRange& range : event.stages)
    if (range.layer == layer && range.stage == stage && range.backward == backward) return &range;
  return nullptr;
}

StageRange range_of(std::size_t layer, Stage stage, Format format) {
  StageRange range;
  range.layer = layer;
  range.stage = stage;
  range.format = format;
  return range;
}

/// A stage of block.0 in fp16 whose values would have had this largest exponent.
Fault fault_at(Stage stage, int exponent, const std::string& engine = "dft") {
  Fault fault;
  fault.range = range_of(1, stage, Format::fp16);
  fault.engine = engine;
  fault.points = 64;
  fault.in_fp32.emplace();
  fault.in_fp32->counted = 1;
  fault.in_fp32->bins[static_cast<std::size_t>(exponent - RangeHistogram::lowest_exponent)] = 1;
  return fault;
}

bool says(const Fault& fault, const char* text) {
  return cure(fault).find(text) != std::string::npos;
}

}  // namespace

class RangeTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The operators here are so small that a second thread would only be waited for.
  void initTestCase() { at::set_num_threads(1); }

  void a_sampler_merges_the_reports_of_a_stage() {
    const Policy policy = make_policy("mixed", 1);
    RangeSampler sampler(policy, 1000);
    sampler.on_stage(1, Stage::forward_transform, false, at::full({10}, 4.0f));
    sampler.on_stage(1, Stage::pointwise, false, at::full({10}, 2.0f));
    sampler.on_stage(1, Stage::forward_transform, false, at::full({5}, 8.0f));
    sampler.on_stage(1, Stage::forward_transform, true, at::full({3}, 1.0f));
    sampler.on_stage(1, Stage::contraction, false, at::Tensor());
    const auto& stages = sampler.stages();
    QCOMPARE(stages.size(), std::size_t{3});
    QCOMPARE(stages[0].stage, Stage::forward_transform);
    QCOMPARE(stages[0].format, policy.layers[1][Stage::forward_transform]);
    QCOMPARE(stages[0].histogram.at(2), 10u);
    QCOMPARE(stages[0].histogram.at(3), 5u);
    QVERIFY(stages[2].backward);
  }

  void gradients_in_fp32_are_judged_as_such() {
    Policy policy = make_policy("mixed", 1);
    policy.layers[1].fp32_gradients = true;
    RangeSampler sampler(policy, 1000);
    sampler.on_stage(1, Stage::contraction, true, at::ones({3}));
    sampler.on_stage(1, Stage::contraction, false, at::ones({3}));
    QCOMPARE(sampler.stages()[0].format, Format::fp32);
    QCOMPARE(sampler.stages()[1].format, Format::fp16);
  }

  void steps_are_looked_at_when_it_is_due() {
    Experiment experiment = small_experiment();
    experiment.precision.policy = "mixed";
    experiment.precision.range_every = 5;
    experiment.precision.schedule = {{0.5, "mixed", {}}, {0.5, "full", {}}};
    experiment.training.epochs = 4;
    const DataBundle data = small_bundle();
    const Outcome outcome = train(experiment, data);
    QVERIFY2(outcome.result.state == RunState::finished, outcome.result.message.c_str());
    // Six steps an epoch; another policy from step 12 on.
    std::vector<std::int64_t> steps;
    for (const RangeEvent& event : outcome.observer.ranges) {
      steps.push_back(event.step);
      QVERIFY(!event.fault);
      QCOMPARE(event.epoch, static_cast<int>(event.step / 6));
    }
    QCOMPARE(steps, (std::vector<std::int64_t>{0, 5, 10, 12, 17, 22}));

    const RangeEvent& first = outcome.observer.ranges.front();
    for (std::size_t layer = 0; layer < 4; ++layer) {
      QVERIFY(find(first, layer, Stage::weights, false));
      QVERIFY(find(first, layer, Stage::pointwise, false));
      QVERIFY(find(first, layer, Stage::pointwise, true));
    }
    for (const Stage stage : {Stage::forward_transform, Stage::contraction, Stage::inverse_transform})
      for (const bool backward : {false, true}) {
        const StageRange* range = find(first, 1, stage, backward);
        QVERIFY(range && !range->histogram.empty());
        QCOMPARE(range->format, Format::fp16);
        QCOMPARE(range->histogram.infinite + range->histogram.nan, std::uint64_t{0});
        QVERIFY(range->histogram.headroom(Format::fp16) >= 0);
      }
    QCOMPARE(find(outcome.last(), 1, Stage::contraction, false)->format, Format::fp32);

    // Looking changes nothing.
    experiment.precision.range_every = 0;
    const Outcome blind = train(experiment, data);
    QVERIFY(blind.observer.ranges.empty());
    QCOMPARE(blind.observer.steps.back().loss, outcome.observer.steps.back().loss);
  }

  void a_record_reads_back() {
    QTemporaryDir folder;
    Experiment experiment = small_experiment();
    experiment.precision.range_every = 4;
    const DataBundle data = small_bundle();
    const auto path = path_of(folder, "run");
    const Outcome outcome = train(experiment, data, path);
    const RunRecord record = read_run(path);
    QVERIFY(record.range.has_value());
    QVERIFY(!record.range->fault);
    for (const RangeEvent& event : outcome.observer.ranges) {
      const auto back = range_from_json(range_to_json(event, 4), 4);
      QVERIFY(back && back->step == event.step && back->stages.size() == event.stages.size());
      for (std::size_t i = 0; i < event.stages.size(); ++i) {
        const StageRange &a = event.stages[i], &b = back->stages[i];
        QVERIFY(a.layer == b.layer && a.stage == b.stage && a.backward == b.backward && a.format == b.format);
        QVERIFY(a.histogram.bins == b.histogram.bins && a.histogram.counted == b.histogram.counted);
      }
    }
    QVERIFY(!range_from_json(range_to_json(outcome.last(), 4), 3));
    QVERIFY(!range_from_json("{\"event\":\"range\",\"epoch\":0}", 4));
    QVERIFY(!range_from_json("nonsense", 4));
  }

  void a_record_stays_small_and_keeps_faults() {
    QTemporaryDir folder;
    const auto file = path_of(folder, "ranges.jsonl");
    RangeEvent event;
    event.stages.push_back(range_of(1, Stage::contraction, Format::fp16));
    {
      RangeRecord record(file, 3);
      for (event.step = 0; event.step < 360'000; ++event.step)
        record.add(event, 1000.0 + 0.1 * static_cast<double>(event.step));
      event.fault = true;
      record.add(event, 1000.0 + 36'000.0);
      record.add(event, 1000.0 + 36'000.0);
    }
    std::ifstream in(file);
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    QVERIFY2(lines.size() > 1000 && lines.size() < 4000, std::to_string(lines.size()).c_str());
    QVERIFY(range_from_json(lines[lines.size() - 1], 3)->fault);
    QVERIFY(range_from_json(lines[lines.size() - 2], 3)->fault);
    QCOMPARE(range_from_json(lines[1], 3)->step, std::int64_t{5});
    // The end of a file that is being written.
    std::ofstream(file, std::ios::app) << "{\"event\":\"range\",\"ep";
    QVERIFY(last_range(file, 3)->fault);
    QVERIFY(!last_range(path_of(folder, "nothing"), 3));
  }

  void an_overflow_shows_where_it_began_and_how_far_it_went() {
    QTemporaryDir folder;
    // Fields of some 10³ are well within fp16, but the unnormalised sum over 64 points is not.
    const DataBundle data = small_bundle(4e3);
    Experiment experiment = small_experiment();
    experiment.op.engine = "fft";
    experiment.precision.policy = "naive";
    const auto path = path_of(folder, "run");
    const Outcome naive = train(experiment, data, path);
    QCOMPARE(naive.result.state, RunState::failed);
    QVERIFY(naive.result.non_finite.has_value());
    QVERIFY(naive.observer.before_state.back());
    const RangeEvent& range = naive.last();
    QVERIFY(range.fault);
    QVERIFY(range.stages.back().histogram.infinite > 0);
    QCOMPARE(range.stages.back().layer, std::size_t{1});
    QCOMPARE(range.stages.back().stage, Stage::forward_transform);
    for (std::size_t i = 0; i + 1 < range.stages.size(); ++i)
      QCOMPARE(range.stages[i].histogram.infinite + range.stages[i].histogram.nan, std::uint64_t{0});
    QVERIFY(!find(range, 1, Stage::contraction, false));
    const RunRecord record = read_run(path);
    QVERIFY(record.range && record.range->fault);
    QCOMPARE(record.range->stages.back().stage, Stage::forward_transform);

    const std::string& said = naive.result.message;
    for (const char* part : {"block.0 forward_transform (fp16)", "65504", "it would reach 2^",
                             "The stabilizer tanh", "the dft engine", "bf16"})
      QVERIFY2(said.find(part) != std::string::npos, said.c_str());
    const auto scale_at = said.find("a fixed scale of ");
    QVERIFY2(scale_at != std::string::npos, said.c_str());
    const std::string scale = std::to_string(std::stoi(said.substr(scale_at + 17)));

    // Each cure cures: no forward transform overflows any more.
    const auto cured = [&](const char* stage, const std::string& value, const char* engine = "fft") {
      Experiment e = experiment;
      e.op.engine = engine;
      if (*stage != '\0') e.precision.overrides = {{"block.*", stage, value}};
      const Outcome outcome = train(e, data);
      if (outcome.result.state != RunState::finished) qWarning("%s", outcome.result.message.c_str());
      return outcome.result.state == RunState::finished;
    };
    QVERIFY(cured("stabilizer", "tanh"));
    QVERIFY(cured("stabilizer", "fixed-scale:" + scale));
    QVERIFY(cured("forward_transform", "bf16"));
    QVERIFY(cured("", "", "dft"));
  }

  void an_overflow_of_gradients_names_a_loss_scale_that_fits() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.precision.policy = "naive";
    experiment.precision.loss_scaling = "fixed";
    experiment.precision.loss_scale = 1e10;
    experiment.training.epochs = 5;  // a scaler is patient for twenty steps
    const Outcome outcome = train(experiment, data);
    QCOMPARE(outcome.result.state, RunState::failed);
    QVERIFY(outcome.result.non_finite->backward);
    QVERIFY(outcome.last().fault && outcome.last().stages.back().backward);
    const std::string& said = outcome.result.message;
    QVERIFY2(said.find("ynamic loss scaling") != std::string::npos, said.c_str());
    const auto scale_at = said.find("a loss scale of at most ");
    QVERIFY2(scale_at != std::string::npos, said.c_str());
    experiment.precision.loss_scale = std::stod(said.substr(scale_at + 24));
    QVERIFY(experiment.precision.loss_scale < 1e10);
    experiment.training.epochs = 1;
    QCOMPARE(train(experiment, data).result.state, RunState::finished);
  }

  void weights_that_are_not_finite_are_found_first() {
    Policy policy = make_policy("naive", 1);
    FaultFinder finder(policy);
    const std::vector<Parameter> parameters = {
        {"w", at::tensor({1.0f, std::numeric_limits<float>::infinity()}), -1, 1}};
    finder.on_stage(0, Stage::pointwise, false, at::ones({3}));
    finder.look_at(parameters);
    finder.on_stage(1, Stage::pointwise, false, at::ones({3}));
    QVERIFY(finder.fault() && finder.fault()->stage == Stage::weights);
    QCOMPARE(finder.take().size(), std::size_t{2});
  }

  void cures_fit_the_case() {
    const Stage transform = Stage::forward_transform;
    // fft sums 64 points: 2^6 more than the normalised result.
    QCOMPARE(*exponent_reached(fault_at(transform, 13, "fft")), 19);
    QCOMPARE(*exponent_reached(fault_at(transform, 13)), 13);
    QVERIFY(says(fault_at(transform, 13, "fft"), "the dft engine"));
    QVERIFY(says(fault_at(transform, 13, "fft"), "a fixed scale of 32"));
    QVERIFY(!says(fault_at(transform, 17), "dft"));
    QVERIFY(says(fault_at(transform, 17), "he stabilizer tanh"));
    QVERIFY(says(fault_at(transform, 16), "ixed scale of 4"));

    Fault large_grid = fault_at(transform, 13, "fft");
    large_grid.points = 512 * 512;  // more ones than fp16 can count
    QVERIFY(says(large_grid, "; the stabilizer tanh may"));

    Fault stabilized = fault_at(Stage::contraction, 17);
    stabilized.row.stabilizer = Stabilizer::tanh;
    QVERIFY(!says(stabilized, "tanh") && says(stabilized, "Bf16 in this stage would"));
    stabilized.row.stabilizer = Stabilizer::fixed_scale;
    stabilized.row.stabilizer_level = 8;
    QVERIFY(says(stabilized, "ixed scale of 64"));

    Fault strict = fault_at(Stage::contraction, 10);
    strict.row.accumulation = Accumulation::strict;
    QVERIFY(says(strict, "Sums in fp32"));

    Fault pointwise = fault_at(Stage::pointwise, 17);
    QVERIFY(says(pointwise, "Bf16") && says(pointwise, "dataset.input_scale"));
    Fault wide = fault_at(transform, 100);
    wide.range.format = Format::fp32;
    QVERIFY(says(wide, "learning_rate"));
    Fault hopeless = fault_at(transform, 100);
    hopeless.in_fp32->infinite = 1;
    QVERIFY(says(hopeless, "In fp32 it is not finite either"));
    QVERIFY(says(
        [] {
          Fault f;
          f.range = range_of(1, Stage::weights, Format::fp16);
          return f;
        }(),
        "Weights in bf16"));

    const NonFinite where{"block.0", "forward_transform", false, 2, 40};
    QCOMPARE(
        QString::fromStdString(describe(where, fault_at(transform, 13, "fft"))),
        QString("The loss was not finite in epoch 3, step 41: block.0 forward_transform (fp16) produced the "
                "first value that is not finite; fp16 ends at 65504, just below 2^16, and it would reach "
                "2^20. The stabilizer tanh, a fixed scale of 32, the dft engine or bf16 in this stage would "
                "keep it in range."));
    QVERIFY(describe({"loss", "", false, 0, 0}).find("every stage was finite") != std::string::npos);
  }
};

QTEST_GUILESS_MAIN(RangeTest)
#include "range_test.moc"
