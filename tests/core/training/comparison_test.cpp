#include "core/training/comparison.h"

#include "core/experiment/experiment_io.h"
#include "core/precision/policy_file.h"
#include "core/training/run_folder.h"
#include "training_support.h"

#include <QtTest/QtTest>

#include <future>
#include <random>

using namespace halfwave;
using namespace halfwave::testing;
using namespace std::chrono_literals;

namespace {

namespace fs = std::filesystem;

ComparisonSpec small_comparison(int epochs = 3) {
  ComparisonSpec spec;
  spec.name = "small";
  spec.base = small_experiment();
  spec.base.training.epochs = epochs;
  spec.variants = policy_variants(spec.base, {"full", "mixed", "schedule"});
  spec.seeds = {5, 6};
  return spec;
}

/// Trains all and gives what each observer saw.
struct Outcome {
  std::vector<ComparedRun> runs;
  std::vector<std::unique_ptr<Recording>> seen;
};
Outcome compare(const ComparisonSpec& spec, const DataBundle& data, const Comparison::Options& options) {
  Outcome outcome;
  std::vector<ComparedRun> planned = plan_comparison(spec);
  for (std::size_t i = 0; i < planned.size(); ++i) outcome.seen.push_back(std::make_unique<Recording>());
  Comparison comparison(
      std::move(planned), data, [&](std::size_t i) { return outcome.seen[i].get(); }, options);
  outcome.runs = comparison.run();
  return outcome;
}

}  // namespace

class ComparisonTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void in_turn_and_one_after_another_give_what_each_run_gives_alone() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const ComparisonSpec spec = small_comparison();
    const fs::path turn = path_of(folder, "turn"), row = path_of(folder, "row");
    const Outcome in_turn = compare(spec, data, {turn, true});
    const Outcome in_row = compare(spec, data, {row, false});
    const std::vector<ComparedRun> planned = plan_comparison(spec);
    QCOMPARE(planned.size(), std::size_t{6});
    for (std::size_t i = 0; i < planned.size(); ++i) {
      Recording alone;
      const fs::path own = path_of(folder, "alone") / planned[i].experiment.name;
      Trainer trainer(planned[i].experiment, data, alone, {own});
      const RunResult result = trainer.run();
      for (const Outcome* outcome : {&in_turn, &in_row}) {
        const ComparedRun& run = outcome->runs[i];
        QVERIFY2(run.result.state == RunState::finished, run.result.message.c_str());
        QCOMPARE(run.result.metrics.size(), result.metrics.size());
        for (const auto& [label, metrics] : result.metrics) {
          QCOMPARE(run.result.metrics.at(label).l2, metrics.l2);
          QCOMPARE(run.result.metrics.at(label).h1, metrics.h1);
        }
        QCOMPARE(outcome->seen[i]->steps.size(), alone.steps.size());
        for (std::size_t s = 0; s < alone.steps.size(); ++s)
          QCOMPARE(outcome->seen[i]->steps[s].loss, alone.steps[s].loss);
        QVERIFY(same_bits(load_checkpoint(run.folder / "checkpoint.pt").weights,
                          load_checkpoint(own / "checkpoint.pt").weights));
        // What others hold is not counted, so the peak is that of the run alone. A percent is left for small
        // tensors that LibTorch keeps for each thread.
        QVERIFY(run.result.memory.peak_total > 0);
        QVERIFY(std::abs(static_cast<double>(run.result.memory.peak_total) /
                             static_cast<double>(result.memory.peak_total) -
                         1.0) < 0.01);
        QVERIFY(run.result.step_seconds > 0.0);
      }
    }
    // Equal seeds begin with equal weights and batches: before the first update the losses differ by format
    // only.
    QVERIFY(std::abs(in_turn.seen[0]->steps[0].loss / in_turn.seen[1]->steps[0].loss - 1.0) < 0.2);
    QVERIFY(in_turn.seen[0]->steps[0].loss != in_turn.seen[3]->steps[0].loss);
    QVERIFY(is_run_folder(turn / "schedule-seed6"));
  }

  void runs_in_turn_stay_in_phase_with_their_pictures() {
    const DataBundle data = small_bundle();
    std::vector<ComparedRun> planned = plan_comparison(small_comparison(20));
    // Written only by who has the turn.
    std::vector<std::pair<std::size_t, std::int64_t>> order;
    std::vector<std::unique_ptr<Recording>> seen;
    for (std::size_t i = 0; i < planned.size(); ++i) {
      seen.push_back(std::make_unique<Recording>());
      seen.back()->on_step_done = [&order, i](const StepEvent& event) { order.emplace_back(i, event.step); };
    }
    Comparison::Options options;
    options.in_turn = true;
    options.max_snapshots_per_second = 1000.0;
    Comparison comparison(
        planned, data, [&](std::size_t i) { return seen[i].get(); }, options);
    std::jthread pauser([&](const std::stop_token& done) {
      for (int i = 0; i < 20 && !done.stop_requested(); ++i) {
        comparison.pause();
        std::this_thread::sleep_for(2ms);
        comparison.resume();
        std::this_thread::sleep_for(5ms);
      }
    });
    comparison.run();
    pauser.request_stop();
    pauser.join();
    QCOMPARE(order.size(), planned.size() * 120);
    // Nobody is ever more than one step ahead of anybody, whatever the pauses did.
    std::vector<std::int64_t> done(planned.size(), -1);
    for (const auto& [run, step] : order) {
      done[run] = step;
      const auto [least, most] = std::minmax_element(done.begin(), done.end());
      QVERIFY2(*most - *least <= 1, qPrintable(QString("%1 %2").arg(*least).arg(*most)));
    }
    const auto steps = [](const Recording& recording) {
      std::vector<std::int64_t> list;
      for (const SnapshotEvent& event : recording.snapshots) list.push_back(event.step);
      return list;
    };
    QVERIFY(steps(*seen[0]).size() > 2);
    for (const auto& recording : seen) QCOMPARE(steps(*recording), steps(*seen[0]));
  }

  void random_pauses_and_stops_never_lock() {
    const DataBundle data = small_bundle();
    for (const bool in_turn : {true, false})
      for (unsigned seed = 0; seed < 4; ++seed) {
        ComparisonSpec spec = small_comparison(200);
        Comparison::Options options;
        options.in_turn = in_turn;
        Comparison comparison(plan_comparison(spec), data, nullptr, options);
        std::future<std::vector<ComparedRun>> ended =
            std::async(std::launch::async, [&] { return comparison.run(); });
        std::mt19937 random(seed);
        for (int i = 0; i < 30; ++i) {
          if (random() % 2 == 0)
            comparison.pause();
          else
            comparison.resume();
          if (random() % 4 == 0) comparison.set_snapshot_sample(static_cast<int>(random() % 5));
          std::this_thread::sleep_for(std::chrono::milliseconds(random() % 5));
        }
        if (seed % 2 == 0) comparison.pause();  // stopping ends a pause
        comparison.stop();
        if (ended.wait_for(60s) != std::future_status::ready) qFatal("the comparison does not end");
        const std::vector<ComparedRun> runs = ended.get();
        for (const ComparedRun& run : runs)
          QVERIFY(run.result.state == RunState::stopped || (!in_turn && run.result.state == RunState::idle));
      }
  }

  void a_run_that_fails_does_not_stop_the_others_data() {
    QTest::addColumn<bool>("in_turn");
    QTest::newRow("in turn") << true;
    QTest::newRow("one after another") << false;
  }
  void a_run_that_fails_does_not_stop_the_others() {
    QFETCH(bool, in_turn);
    QTemporaryDir folder;
    // Fields of order 1e4 overflow an unnormalised transform in fp16.
    const DataBundle data = small_bundle(1e4);
    ComparisonSpec spec = small_comparison();
    spec.base.op.engine = "fft";
    spec.base.dataset.output_normalizer = "none";
    spec.variants = policy_variants(spec.base, {"naive", "full"});
    // A folder that is taken keeps a run from beginning.
    fs::create_directories(path_of(folder, "full-seed6"));
    std::ofstream(path_of(folder, "full-seed6") / "notes.txt") << "mine";
    const Outcome outcome = compare(spec, data, {fs::path(folder.path().toStdString()), in_turn});
    QCOMPARE(outcome.runs[0].result.state, RunState::failed);
    QVERIFY(outcome.runs[0].result.non_finite.has_value());
    QCOMPARE(outcome.runs[1].result.state, RunState::finished);
    QCOMPARE(outcome.runs[3].result.state, RunState::failed);
    QVERIFY(!outcome.runs[3].result.non_finite && !outcome.runs[3].result.message.empty());
    const std::vector<VariantSummary> table = summarize(spec, outcome.runs);
    QCOMPARE(table[0].failed, 2);
    QVERIFY(table[0].metrics.empty() && table[0].message == outcome.runs[0].result.message);
    QCOMPARE(table[1].failed, 1);
    QCOMPARE(table[1].metrics.at("8").first.mean, outcome.runs[1].result.metrics.at("8").l2);
  }

  void summaries_are_means_and_sample_deviations() {
    ComparisonSpec spec;
    spec.variants = {{"a", {}}, {"b", {}}};
    std::vector<ComparedRun> runs;
    for (const double l2 : {1.0, 2.0, 4.0}) {
      ComparedRun run;
      run.result.state = RunState::finished;
      run.result.metrics["64"] = {l2, 10.0 * l2};
      run.result.seconds = l2;
      run.result.step_seconds = 0.5;
      run.result.memory.peak_total = static_cast<std::int64_t>(l2 * 100);
      runs.push_back(run);
    }
    const std::vector<VariantSummary> table = summarize(spec, runs);
    QCOMPARE(table.size(), std::size_t{2});
    const auto& [l2, h1] = table[0].metrics.at("64");
    // ((1 - 7/3)² + (2 - 7/3)² + (4 - 7/3)²) / 2 = 7/3; a few roundings of fp64 are allowed.
    QVERIFY(std::abs(l2.mean - 7.0 / 3.0) < 1e-14 && std::abs(l2.deviation - std::sqrt(7.0 / 3.0)) < 1e-14);
    QVERIFY(std::abs(h1.deviation - 10.0 * std::sqrt(7.0 / 3.0)) < 1e-13);
    QCOMPARE(table[0].runs, 3);
    QCOMPARE(table[0].peak_bytes, 400);
    QCOMPARE(table[0].step_seconds.deviation, 0.0);
    QVERIFY(table[1].runs == 0 && table[1].metrics.empty());
  }

  void documents_are_read_as_they_are_written() {
    ComparisonSpec spec = small_comparison();
    spec.variants.push_back({"engine", {"operator.engine=fft", "precision.policy=bf16"}});
    const ComparisonSpec read = parse_comparison(to_json(spec), "a.json");
    QCOMPARE(read.name, spec.name);
    QCOMPARE(read.base, spec.base);
    QVERIFY(read.variants == spec.variants && read.seeds == spec.seeds);

    const ComparisonSpec named = parse_comparison(
        R"({"name": "x", "experiment": "darcy-quick", "variants": [{"name": "only"}]})", "b.json");
    QCOMPARE(named.base, load_experiment("darcy-quick"));
    QCOMPARE(named.seeds, std::vector<std::uint64_t>{0});
  }

  void wrong_documents_are_refused_with_a_sentence_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* text, const char* sentence) {
      QTest::newRow(name) << QString::fromUtf8(text) << QString::fromUtf8(sentence);
    };
    row("no JSON", "{", "c.json: line 1");
    row("a list", "[]", "c.json is not a comparison");
    row("nothing", "{}", "name: \"name\" is missing");
    row("unknown key", R"({"name": "a", "experiment": {}, "variants": [], "seed": 1})",
        "seed: there is no such");
    row("unknown preset", R"({"name": "a", "experiment": "darcy", "variants": []})",
        "experiment: there is no");
    row("bad base", R"({"name": "a", "experiment": {"training": {"epochs": "x"}}, "variants": []})",
        "experiment.training.epochs: ");
    row("no variants", R"({"name": "a", "experiment": {}, "variants": []})", "needs at least one variant");
    row("bad seeds", R"({"name": "a", "experiment": {}, "variants": [{"name": "x"}], "seeds": [-1]})",
        "seeds[0]: is not a whole number");
    row("no seeds", R"({"name": "a", "experiment": {}, "variants": [{"name": "x"}], "seeds": []})",
        "at least one seed");
    row("twice the seed", R"({"name": "a", "experiment": {}, "variants": [{"name": "x"}], "seeds": [1, 1]})",
        "the seed 1 is named twice");
    row("twice the name", R"({"name": "a", "experiment": {}, "variants": [{"name": "x"}, {"name": "x"}]})",
        "two variants are named \"x\"");
    row("no name", R"({"name": "a", "experiment": {}, "variants": [{"name": ""}]})", "needs a name");
    row("unknown field", R"({"name": "a", "experiment": {}, "variants": [{"name": "x", "set": ["op=1"]}]})",
        "variant \"x\": op: there is no such field");
    row("other data",
        R"({"name": "a", "experiment": {}, "variants": [{"name": "x", "set": ["dataset.samples=9"]}]})",
        "variant \"x\": it changes the data");
    row("own seed", R"({"name": "a", "experiment": {}, "variants": [{"name": "x", "set": ["seed=9"]}]})",
        "variant \"x\": it sets seed");
    row("bad value",
        R"({"name": "a", "experiment": {}, "variants": [{"name": "x", "set": ["operator.width=0"]}]})",
        "variant \"x\": operator.width: 0 is less than 1");
    row("bad base value", R"({"name": "a", "experiment": {"seed": 1, "operator": {"width": 0}},
        "variants": [{"name": "x", "set": []}]})",
        "operator.width: 0 is less than 1");
  }
  void wrong_documents_are_refused_with_a_sentence() {
    QFETCH(QString, text);
    QFETCH(QString, sentence);
    const QString said = refusal_of([&] { plan_comparison(parse_comparison(text.toStdString(), "c.json")); });
    QVERIFY2(said.contains(sentence) && !said.contains('\n'), qPrintable(said));
  }

  void policy_variants_know_presets_the_schedule_and_files() {
    QTemporaryDir folder;
    Experiment base = small_experiment();
    base.precision.overrides = {{"*", "pointwise", "bf16"}};
    Policy table = make_policy("mixed", base.op.layers);
    apply_overrides(table, {{"block.1", "stabilizer", "fixed-scale:16"}});
    const fs::path file = path_of(folder, "my table.json");
    save_policy(table, file);
    ComparisonSpec spec;
    spec.base = base;
    spec.variants = policy_variants(base, {"tf32", "schedule", file.string()});
    spec.seeds = {3};
    const std::vector<ComparedRun> runs = plan_comparison(spec);
    QCOMPARE(policy_at(runs[0].experiment, 0), make_policy("tf32", base.op.layers));
    QCOMPARE(runs[1].experiment.precision.schedule, paper_schedule());
    QCOMPARE(policy_at(runs[2].experiment, 0).layers, table.layers);
    QCOMPARE(QString::fromStdString(runs[2].experiment.name), "my-table-seed3");
    QVERIFY(refusal_of([&] {
              policy_variants(base, {"fp17"});
            }).startsWith("\"fp17\" is no policy; it may be full"));
    base.op.layers = 3;
    const QString other = refusal_of([&] { policy_variants(base, {file.string()}); });
    QVERIFY2(other.contains("my table.json: the policy has 4 layers, but the operator has 5"),
             qPrintable(other));
  }

  void shipped_comparisons_can_be_planned() {
    QVERIFY(shipped_comparisons().size() >= 8);
    for (const std::string& name : shipped_comparisons()) {
      QVERIFY(is_comparison(name));
      ComparisonSpec spec = load_comparison(name);
      QCOMPARE(spec.name, name);
      QCOMPARE(spec.seeds.size(), std::size_t{3});
      if (spec.base.dataset.source == "file") set_field(spec.base, "dataset.train=darcy_train_16.pt");
      QCOMPARE(plan_comparison(spec).size(), 3 * spec.variants.size());
    }
    QVERIFY(!is_comparison("darcy-quick"));
    QVERIFY(refusal_of([] { load_comparison("nothing"); }).startsWith("\"nothing\" is neither a file nor"));
  }
};

QTEST_GUILESS_MAIN(ComparisonTest)
#include "comparison_test.moc"
