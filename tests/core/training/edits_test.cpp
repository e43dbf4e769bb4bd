#include "core/experiment/experiment_io.h"
#include "core/training/run_folder.h"
#include "core/training/trainer.h"
#include "training_support.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::testing;

namespace {

namespace fs = std::filesystem;

/// A table of no preset: some cells in narrow formats, 16-bit weights, a stabilizer with a level.
Policy first_table(int blocks) {
  Policy policy = make_policy("mixed", blocks);
  apply_overrides(policy, {{"block.1", "contraction", "bf16"},
                           {"block.*", "stabilizer", "hard-clip:3"},
                           {"*", "weights", "fp16"},
                           {"block.0", "gradients", "fp32"}});
  return policy;
}
Policy second_table(int blocks) {
  Policy policy = make_policy("bf16", blocks);
  apply_overrides(policy, {{"lifting", "pointwise", "fp16"}, {"block.1", "accumulation", "strict"}});
  return policy;
}

/// 6 steps an epoch; the second phase begins with step 12.
Experiment scheduled_experiment() {
  Experiment experiment = small_experiment();
  experiment.training.epochs = 4;
  experiment.precision.schedule = {{0.5, "mixed", {}}, {0.5, "full", {}}};
  return experiment;
}

struct Edit {
  std::int64_t after_step;
  Policy policy;
};

/// Trains with edits given from another place, as the window does, and stops after `stop_after` steps of the
/// whole run.
Recording train_edited(const Experiment& experiment, const DataBundle& data, const TrainerOptions& options,
                       const std::vector<Edit>& edits, std::int64_t stop_after = -1) {
  Recording observer;
  Trainer trainer(experiment, data, observer, options);
  observer.on_step_done = [&](const StepEvent& event) {
    for (const Edit& edit : edits)
      if (edit.after_step == event.step) trainer.set_policy(edit.policy);
    if (event.step + 1 == stop_after) trainer.stop();
  };
  const RunResult result = trainer.run();
  if (result.state == RunState::failed) qWarning("%s", result.message.c_str());
  observer.on_step_done = {};
  return observer;
}

Experiment document_in(const fs::path& folder) {
  return load_experiment((folder / "experiment.json").string());
}

bool same_end(const fs::path& a, const fs::path& b) {
  const Checkpoint x = load_checkpoint(a / "checkpoint.pt"), y = load_checkpoint(b / "checkpoint.pt");
  return x.position.step == y.position.step && same_bits(x.weights, y.weights) &&
         same_bits(x.optimizer, y.optimizer) && x.scaler.scale == y.scaler.scale &&
         x.policy.layers == y.policy.layers;
}

std::vector<std::int64_t> steps_of(const std::vector<PolicyEdit>& edits) {
  std::vector<std::int64_t> steps;
  for (const PolicyEdit& edit : edits) steps.push_back(edit.step);
  return steps;
}

}  // namespace

class EditsTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::set_num_threads(1); }

  void an_edited_run_is_repeated_from_its_document() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const Experiment experiment = scheduled_experiment();
    const int blocks = experiment.op.layers;
    const fs::path live = path_of(folder, "live"), again = path_of(folder, "again"),
                   plain = path_of(folder, "plain");
    const Recording edited =
        train_edited(experiment, data, {live}, {{3, first_table(blocks)}, {14, second_table(blocks)}});
    const Experiment document = document_in(live);
    QCOMPARE(steps_of(document.precision.edits), (std::vector<std::int64_t>{4, 15}));
    QCOMPARE(QString::fromStdString(document.precision.edits[0].preset), "mixed");
    QCOMPARE(document.precision.edits[0].overrides.size(), std::size_t{6});
    QCOMPARE(document.precision.edits[1].overrides,
             (std::vector<PolicyOverride>{{"lifting", "pointwise", "fp16"},
                                          {"block.1", "accumulation", "strict"}}));
    // Everything but the edits is what it was.
    Experiment rest = document;
    rest.precision.edits.clear();
    QCOMPARE(rest, experiment);

    const Recording repeated = train_edited(document, data, {again}, {});
    QVERIFY(same_end(live, again));
    for (std::size_t i = 0; i < edited.steps.size(); ++i)
      QCOMPARE(repeated.steps[i].loss, edited.steps[i].loss);
    QCOMPARE(repeated.policies.size(), edited.policies.size());
    for (std::size_t i = 0; i < edited.policies.size(); ++i) {
      QCOMPARE(repeated.policies[i].step, edited.policies[i].step);
      QCOMPARE(repeated.policies[i].by_schedule, edited.policies[i].by_schedule);
      QCOMPARE(repeated.policies[i].policy, edited.policies[i].policy);
    }
    // Schedule, edit, schedule, edit; the edit at step 4 ended with the phase.
    QCOMPARE(repeated.policies.size(), std::size_t{4});
    QVERIFY(!repeated.policies[1].by_schedule && repeated.policies[2].by_schedule);
    QCOMPARE(repeated.policies[2].policy, make_policy("full", blocks));
    QCOMPARE(document_in(again), document);

    // Without the edits the run ends elsewhere.
    train_edited(experiment, data, {plain}, {});
    QVERIFY(!same_bits(load_checkpoint(plain / "checkpoint.pt").weights,
                       load_checkpoint(live / "checkpoint.pt").weights));
  }

  void stopping_and_resuming_loses_no_edit_and_doubles_none_data() {
    QTest::addColumn<int>("stop_after");
    QTest::addColumn<bool>("from_folder");
    // Before, at and after the edit of step 4, in the next epoch and phase, at and after the edit of step 15.
    for (const int stop : {2, 4, 5, 6, 8, 12, 15, 17})
      for (const bool from_folder : {true, false})
        QTest::addRow("%d %s", stop, from_folder ? "folder" : "original") << stop << from_folder;
  }
  void stopping_and_resuming_loses_no_edit_and_doubles_none() {
    QFETCH(int, stop_after);
    QFETCH(bool, from_folder);
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const Experiment experiment = scheduled_experiment();
    const int blocks = experiment.op.layers;
    const std::vector<Edit> edits = {{3, first_table(blocks)}, {14, second_table(blocks)}};
    const fs::path whole = path_of(folder, "whole"), parts = path_of(folder, "parts"),
                   again = path_of(folder, "again");
    train_edited(experiment, data, {whole}, edits);
    train_edited(experiment, data, {parts}, edits, stop_after);
    const Experiment resumed = from_folder ? document_in(parts) : experiment;
    train_edited(resumed, data, {parts, true}, edits);
    QVERIFY(same_end(whole, parts));
    QCOMPARE(document_in(parts), document_in(whole));
    train_edited(document_in(parts), data, {again}, {});
    QVERIFY(same_end(whole, again));
  }

  void edits_after_the_checkpoint_of_a_killed_run_are_made_again() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const Experiment experiment = scheduled_experiment();
    const int blocks = experiment.op.layers;
    const fs::path run = path_of(folder, "run"), whole = path_of(folder, "whole");
    const std::vector<Edit> edits = {{3, first_table(blocks)}, {14, second_table(blocks)}};
    train_edited(experiment, data, {whole}, edits);
    {
      Recording observer;
      Trainer trainer(experiment, data, observer, {run});
      observer.on_step_done = [&](const StepEvent& event) {
        for (const Edit& edit : edits)
          if (edit.after_step == event.step) trainer.set_policy(edit.policy);
        // What a run killed in its third epoch leaves behind.
        if (event.step == 13) fs::copy_file(run / "checkpoint.pt", path_of(folder, "kept.pt"));
      };
      trainer.run();
    }
    fs::copy_file(path_of(folder, "kept.pt"), run / "checkpoint.pt", fs::copy_options::overwrite_existing);
    QCOMPARE(load_checkpoint(run / "checkpoint.pt").position.step, std::int64_t{12});
    const Recording rest = train_edited(document_in(run), data, {run, true}, {});
    QVERIFY(same_end(whole, run));
    QCOMPARE(rest.policies.back().step, std::int64_t{15});
  }

  void several_edits_in_one_pause_are_all_recorded_in_order() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.precision.policy = "mixed";
    const int blocks = experiment.op.layers;
    const fs::path live = path_of(folder, "live"), again = path_of(folder, "again");
    Recording observer;
    Trainer trainer(experiment, data, observer, {live});
    std::atomic<int> seen{0};
    observer.on_step_done = [&](const StepEvent& event) {
      if (event.step == 6) trainer.pause();
    };
    observer.on_state_seen = [&](const StateEvent& event) {
      if (event.state == RunState::paused) seen = 1;
    };
    trainer.start();
    QTRY_COMPARE(seen.load(), 1);
    const auto edits_there = [&] { return document_in(live).precision.edits.size(); };
    trainer.set_policy(make_policy("full", blocks));
    QTRY_COMPARE(edits_there(), std::size_t{1});
    trainer.set_policy(first_table(blocks));
    QTRY_COMPARE(edits_there(), std::size_t{2});
    trainer.resume();
    trainer.wait();
    const Experiment document = document_in(live);
    QCOMPARE(steps_of(document.precision.edits), (std::vector<std::int64_t>{7, 7}));
    QCOMPARE(QString::fromStdString(document.precision.edits[0].preset), "full");
    train_edited(document, data, {again}, {});
    QVERIFY(same_end(live, again));
  }

  void a_changed_document_decides_what_is_in_force_when_resumed() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const Experiment experiment = scheduled_experiment();
    const fs::path run = path_of(folder, "run");
    train_edited(experiment, data, {run}, {{3, first_table(experiment.op.layers)}}, 8);
    Experiment changed = document_in(run);
    changed.precision.edits[0] = {5, "tf32", {}};
    const Recording rest = train_edited(changed, data, {run, true}, {});
    // The phase's policy first, and the edit that the document says is in force since step 5.
    QVERIFY(rest.policies.size() >= 2 && rest.policies[0].by_schedule && !rest.policies[1].by_schedule);
    QCOMPARE(rest.policies[1].policy, make_policy("tf32", experiment.op.layers));
    QCOMPARE(rest.policies[1].step, std::int64_t{8});
  }

  void wrong_edits_are_refused_with_a_sentence() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    Recording observer;
    experiment.precision.edits = {{17, "mixed", {}}, {18, "full", {}}};
    const QString behind = refusal_of([&] { Trainer(experiment, data, observer); });
    QVERIFY2(behind.startsWith("precision.edits[1].step: 18 lies behind the run's last step, 17"),
             qPrintable(behind));
    QVERIFY(observer.states.empty());
    experiment.precision.edits.pop_back();
    Trainer trainer(experiment, data, observer);

    const int blocks = experiment.op.layers;
    const auto answer = [&](const Policy& policy) { return refusal_of([&] { trainer.set_policy(policy); }); };
    QVERIFY(answer(make_policy("mixed", blocks + 1)).contains("has 5 layers, but the operator has 4"));
    Policy policy = make_policy("full", blocks);
    policy.layers[1][Stage::weights] = Format::fp8_e4m3;
    QVERIFY2(answer(policy).contains("block.0 weights cannot be fp8_e4m3"), qPrintable(answer(policy)));
    policy.layers[1][Stage::weights] = Format::fp64;
    QVERIFY(answer(policy).contains("must be in all stages of all layers or in none"));
    policy = make_policy("full", blocks);
    apply_overrides(policy, {{"*", "*", "fp64"}});
    QVERIFY(answer(policy).contains("fp64 must be in all policies of a run or in none"));
    QVERIFY(answer(make_policy("bf16", blocks)).isEmpty());
    trainer.run();
    QVERIFY2(answer(make_policy("full", blocks)).startsWith("The run has ended (finished)"),
             qPrintable(answer(make_policy("full", blocks))));
  }
};

QTEST_GUILESS_MAIN(EditsTest)
#include "edits_test.moc"
