#include "core/training/trainer.h"

#include "core/error.h"
#include "core/training/run_folder.h"
#include "training_support.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::testing;

namespace {

RunResult train(const Experiment& experiment, const DataBundle& data, Observer& observer,
                const TrainerOptions& options = {}) {
  Trainer trainer(experiment, data, observer, options);
  return trainer.run();
}

/// Stops a run after `steps` steps; returns what it came to.
RunResult train_until(int steps, const Experiment& experiment, const DataBundle& data,
                      TrainerOptions options) {
  Recording observer;
  Trainer trainer(experiment, data, observer, options);
  int left = steps;
  observer.on_step_done = [&](const StepEvent&) {
    if (--left == 0) trainer.stop();
  };
  return trainer.run();
}

Policy edited_policy(const Experiment& experiment) {
  Policy policy = make_policy("full", experiment.op.layers);
  policy.layers[1][Stage::contraction] = Format::bf16;
  policy.layers[2][Stage::weights] = Format::bf16;
  policy.name = "custom";
  return policy;
}

}  // namespace

class TrainerTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The operators here are so small that a second thread would only be waited for.
  void initTestCase() { at::set_num_threads(1); }

  void learns_and_tells() {
    Experiment experiment = small_experiment();
    experiment.training.epochs = 30;
    const DataBundle data = small_bundle();
    Recording observer;
    const RunResult result = train(experiment, data, observer);
    QVERIFY2(result.state == RunState::finished && result.message.empty(), result.message.c_str());
    QCOMPARE(result.epochs, 30);
    QCOMPARE(observer.state_sequence(),
             (std::vector{RunState::preparing, RunState::running, RunState::finished}));
    QCOMPARE(observer.steps.size(), std::size_t{180});
    QCOMPARE(observer.epochs.size(), std::size_t{30});
    for (std::size_t i = 0; i < observer.steps.size(); ++i) {
      QCOMPARE(observer.steps[i].step, static_cast<std::int64_t>(i));
      QCOMPARE(observer.steps[i].epoch, static_cast<int>(i / 6));
      QCOMPARE(observer.steps[i].step_in_epoch, static_cast<int>(i % 6));
      QCOMPARE(observer.steps[i].steps_per_epoch, 6);
    }
    // The mean over an epoch's samples is that of its steps, weighed by their samples (4, 4, 4, 4, 4, 2).
    double mean = 0.0;
    for (std::size_t i = 0; i < 6; ++i) mean += observer.steps[i].loss * (i < 5 ? 4.0 : 2.0) / 22.0;
    QVERIFY(std::abs(observer.epochs[0].train_loss - mean) < 1e-12);
    QVERIFY(observer.epochs.back().train_loss < 0.5 * observer.epochs.front().train_loss);
    QCOMPARE(observer.epochs.back().metrics.size(), std::size_t{2});
    QVERIFY(result.metrics.at("8").l2 < observer.epochs.front().metrics.at("8").l2);
    QVERIFY(result.metrics.at("12").h1 > 0.0);
    QVERIFY(result.memory.peak_of(MemoryCategory::weights) > 0);
    QVERIFY(result.memory.peak_of(MemoryCategory::optimizer) > 0);
    QVERIFY(!observer.memory.empty());
    // The split at a step's own peak: there are activations then, and of every float32 weight two moments
    // (one of half the size for complex weights). It adds up to no more than the run's peak.
    for (const MemoryEvent& event : observer.memory) {
      QVERIFY(event.report.live_of(MemoryCategory::saved_activations) > 0);
      QVERIFY(event.report.live_of(MemoryCategory::optimizer) >
              event.report.live_of(MemoryCategory::weights));
      std::int64_t total = 0;
      for (const auto category : counted_categories) total += event.report.live_of(category);
      QVERIFY(total > 0 && total <= result.memory.peak_total);
    }
  }

  void loss_is_on_normalised_targets_and_metrics_in_the_datas_units() {
    // With a learning rate of 0 the operator stays what its seed makes it; shifting and scaling all targets
    // then changes neither the training loss nor what is predicted in units of the deviation.
    Experiment experiment = small_experiment();
    experiment.training.epochs = 1;
    experiment.training.learning_rate = 1e-30;
    experiment.training.loss = "l2";
    DataBundle data = small_bundle();
    Recording first, second;
    train(experiment, data, first);
    data.train.y = data.train.y * 10.0;
    for (TestSet& test : data.tests) test.data.y = test.data.y * 10.0;
    train(experiment, data, second);
    // ε = 1e-7 in the normaliser and fp32 roundings.
    QVERIFY(std::abs(first.epochs[0].train_loss / second.epochs[0].train_loss - 1.0) < 1e-5);
    QVERIFY(std::abs(first.epochs[0].metrics.at("8").l2 / second.epochs[0].metrics.at("8").l2 - 1.0) < 1e-5);
    const SnapshotEvent &a = first.snapshots.front(), &b = second.snapshots.front();
    QCOMPARE(a.truth.values.size(), std::size_t{64});
    QVERIFY(std::abs(b.truth.values[9] / a.truth.values[9] - 10.0f) < 1e-4f);
    QVERIFY(std::abs(b.prediction.values[9] / a.prediction.values[9] - 10.0f) < 1e-3f);
    QCOMPARE(a.input.values, b.input.values);
  }

  void same_seed_same_numbers() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    Recording a, b, c;
    at::set_num_threads(2);
    train(experiment, data, a, {path_of(folder, "a")});
    train(experiment, data, b, {path_of(folder, "b"), false, 0.0});
    at::set_num_threads(1);
    experiment.seed = 6;
    train(experiment, data, c, {path_of(folder, "c")});
    for (std::size_t i = 0; i < a.steps.size(); ++i) QCOMPARE(a.steps[i].loss, b.steps[i].loss);
    const Checkpoint x = load_checkpoint(path_of(folder, "a") / "checkpoint.pt");
    const Checkpoint y = load_checkpoint(path_of(folder, "b") / "checkpoint.pt");
    const Checkpoint z = load_checkpoint(path_of(folder, "c") / "checkpoint.pt");
    QVERIFY(same_bits(x.weights, y.weights) && same_bits(x.optimizer, y.optimizer));
    QVERIFY(!same_bits(x.weights, z.weights));
    QVERIFY(a.steps[0].loss != c.steps[0].loss);
  }

  void stop_and_resume_is_bit_identical_data() {
    QTest::addColumn<int>("steps");
    QTest::addColumn<QString>("policy");
    for (const QString& policy :
         {QString("full"), QString("mixed"), QString("fp64"), QString("half weights")})
      for (const int steps : {1, 5, 6, 7, 12, 17})
        QTest::newRow(qPrintable(policy + QString::number(steps))) << steps << policy;
  }
  void stop_and_resume_is_bit_identical() {
    QFETCH(int, steps);
    QFETCH(QString, policy);
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    if (policy == "fp64") {
      experiment.precision.overrides = {{"*", "*", "fp64"}};
    } else if (policy == "half weights") {
      // From fp16 weights (with fp32 masters) to bf16 ones after the first epoch.
      experiment.precision.schedule = {{0.34, "mixed", {{"*", "weights", "fp16"}}},
                                       {0.66, "full", {{"block.*", "weights", "bf16"}}}};
    } else {
      experiment.precision.policy = policy.toStdString();
    }
    Recording whole, rest;
    const RunResult expected = train(experiment, data, whole, {path_of(folder, "whole")});
    QVERIFY2(expected.state == RunState::finished, expected.message.c_str());

    const RunResult half = train_until(steps, experiment, data, {path_of(folder, "parts")});
    QCOMPARE(half.state, RunState::stopped);
    const RunResult result = train(experiment, data, rest, {path_of(folder, "parts"), true});
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QCOMPARE(rest.steps.front().step, static_cast<std::int64_t>(steps));
    QCOMPARE(rest.steps.size(), static_cast<std::size_t>(18 - steps));
    for (std::size_t i = 0; i < rest.steps.size(); ++i)
      QCOMPARE(rest.steps[i].loss, whole.steps[i + static_cast<std::size_t>(steps)].loss);

    const Checkpoint a = load_checkpoint(path_of(folder, "whole") / "checkpoint.pt");
    const Checkpoint b = load_checkpoint(path_of(folder, "parts") / "checkpoint.pt");
    QVERIFY(same_bits(a.weights, b.weights));
    QVERIFY(same_bits(a.optimizer, b.optimizer));
    QVERIFY(same_bits(a.normalizers, b.normalizers));
    QVERIFY(same_bits(a.torch_generator, b.torch_generator));
    QVERIFY(a.scaler == b.scaler);
    QCOMPARE(a.shuffle_state, b.shuffle_state);
    const RunRecord x = read_run(path_of(folder, "whole")), y = read_run(path_of(folder, "parts"));
    QCOMPARE(x.epochs.size(), std::size_t{3});
    QCOMPARE(y.epochs.size(), std::size_t{3});
    for (std::size_t i = 0; i < 3; ++i) {
      QCOMPARE(x.epochs[i].train_loss, y.epochs[i].train_loss);
      QCOMPARE(x.epochs[i].metrics.at("12").h1, y.epochs[i].metrics.at("12").h1);
    }
    QVERIFY(y.seconds >= half.seconds);
  }

  void a_killed_run_goes_on_from_its_last_checkpoint() {
    // A kill leaves whatever files there are: here those of a copy taken in the middle of the second epoch.
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const Experiment experiment = small_experiment();
    Recording whole, rest;
    whole.on_step_done = [&](const StepEvent& event) {
      if (event.step == 9)
        std::filesystem::copy(path_of(folder, "whole"), path_of(folder, "killed"),
                              std::filesystem::copy_options::recursive);
    };
    train(experiment, data, whole, {path_of(folder, "whole")});
    QCOMPARE(read_run(path_of(folder, "killed")).state, RunState::running);
    const RunResult result = train(experiment, data, rest, {path_of(folder, "killed"), true});
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QCOMPARE(rest.steps.front().step, std::int64_t{6});
    QVERIFY(same_bits(load_checkpoint(path_of(folder, "whole") / "checkpoint.pt").weights,
                      load_checkpoint(path_of(folder, "killed") / "checkpoint.pt").weights));
    QCOMPARE(read_run(path_of(folder, "killed")).epochs.size(), std::size_t{3});
  }

  void resume_refuses_what_is_another_run() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    Recording observer;
    train_until(4, experiment, data, {path_of(folder, "run")});
    const TrainerOptions resume{path_of(folder, "run"), true};
    Experiment other = experiment;
    other.op.width = 8;
    QVERIFY_THROWS_EXCEPTION(FieldError, Trainer(other, data, observer, resume));
    other = experiment;
    other.training.batch_size = 5;
    QVERIFY_THROWS_EXCEPTION(FieldError, Trainer(other, data, observer, resume));
    other = experiment;
    other.seed = 1;
    QVERIFY_THROWS_EXCEPTION(FieldError, Trainer(other, data, observer, resume));
    QVERIFY_THROWS_EXCEPTION(RequestError, Trainer(experiment, data, observer, {{}, true}));
    // More epochs and another policy are a way to go on.
    other = experiment;
    other.training.epochs = 5;
    other.precision.policy = "bf16";
    const RunResult result = train(other, data, observer, resume);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QCOMPARE(observer.epochs.back().policy, std::string("bf16"));
    QCOMPARE(result.epochs, 5);
    // A finished run has nothing left to do.
    Recording again;
    const RunResult done = train(other, data, again, resume);
    QCOMPARE(done.state, RunState::finished);
    QCOMPARE(again.steps.size(), std::size_t{0});
    QCOMPARE(done.metrics.at("8").l2, result.metrics.at("8").l2);
  }

  void commands_come_from_another_thread() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 100000;
    Recording observer;
    Trainer trainer(experiment, data, observer);
    QCOMPARE(trainer.state(), RunState::idle);
    const std::thread::id here = std::this_thread::get_id();
    trainer.start();
    QTRY_COMPARE(trainer.state(), RunState::running);
    trainer.pause();
    QTRY_COMPARE(trainer.state(), RunState::paused);
    trainer.set_policy(edited_policy(experiment));
    trainer.set_snapshot_sample(3);
    QVERIFY_THROWS_EXCEPTION(RequestError, trainer.set_policy(make_policy("full", 3)));
    QVERIFY_THROWS_EXCEPTION(RequestError, trainer.set_snapshot_sample(5));
    QTest::qWait(50);
    QCOMPARE(trainer.state(), RunState::paused);
    trainer.resume();
    QTRY_COMPARE(trainer.state(), RunState::running);
    trainer.stop();
    const RunResult result = trainer.wait();
    QCOMPARE(result.state, RunState::stopped);
    QCOMPARE(observer.state_sequence(), (std::vector{RunState::preparing, RunState::running, RunState::paused,
                                                     RunState::running, RunState::stopped}));
    QCOMPARE(observer.policies.size(), std::size_t{1});
    QVERIFY(!observer.policies[0].by_schedule && observer.policies[0].policy == edited_policy(experiment));
    QCOMPARE(observer.snapshots.back().sample, 3);
    for (const std::thread::id thread : observer.threads) {
      QVERIFY(thread != here);
      QVERIFY(thread == observer.threads.front());
    }
    // A second wait gives the same; the destructor has nothing left to do.
    QCOMPARE(trainer.wait().state, RunState::stopped);
  }

  void destroying_a_trainer_ends_its_run() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 100000;
    Recording observer;
    {
      Trainer trainer(experiment, data, observer);
      trainer.start();
      QTRY_COMPARE(trainer.state(), RunState::running);
    }
    QCOMPARE(observer.states.back().state, RunState::stopped);
  }

  void edits_before_the_start_are_kept() {
    const DataBundle data = small_bundle();
    const Experiment experiment = small_experiment();
    Recording observer;
    Trainer trainer(experiment, data, observer);
    trainer.set_policy(edited_policy(experiment));
    trainer.run();
    QCOMPARE(observer.epochs.front().policy, std::string("custom"));
  }

  void an_edit_is_the_same_whenever_the_run_is_interrupted() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    const Experiment experiment = small_experiment();
    const auto edited = [&](const char* name, int stop_at) {
      const TrainerOptions options{path_of(folder, name)};
      Recording observer;
      Trainer trainer(experiment, data, observer, options);
      observer.on_step_done = [&](const StepEvent& event) {
        if (event.step == 7) trainer.set_policy(edited_policy(experiment));
        if (event.step == stop_at) trainer.stop();
      };
      trainer.run();
    };
    edited("whole", -1);
    edited("parts", 10);
    Recording rest;
    train(experiment, data, rest, {path_of(folder, "parts"), true});
    QCOMPARE(rest.epochs.back().policy, std::string("custom"));
    QCOMPARE(rest.policies.size(), std::size_t{1});
    QVERIFY(same_bits(load_checkpoint(path_of(folder, "whole") / "checkpoint.pt").weights,
                      load_checkpoint(path_of(folder, "parts") / "checkpoint.pt").weights));
  }

  void a_schedule_changes_the_policy_between_epochs() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 8;
    experiment.precision.schedule = paper_schedule();
    Recording observer;
    Trainer trainer(experiment, data, observer);
    observer.on_step_done = [&](const StepEvent& event) {
      if (event.step == 13) trainer.set_policy(edited_policy(experiment));
    };
    const RunResult result = trainer.run();
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    std::vector<int> starts;
    for (const PolicyEvent& event : observer.policies)
      if (event.by_schedule) starts.push_back(event.epoch);
    QCOMPARE(starts, (std::vector{0, 2, 6}));
    for (const PolicyEvent& event : observer.policies)
      if (event.by_schedule) QVERIFY(event.policy == policy_at(experiment, event.epoch));
    // The person's edit in epoch 2 holds until the next phase.
    QCOMPARE(observer.epochs[5].policy, std::string("custom"));
    QCOMPARE(observer.epochs[7].policy, policy_at(experiment, 7).name);
    QVERIFY(observer.steps[0].loss_scale > 1.0);
    QCOMPARE(observer.steps.back().loss_scale, 1.0);
  }

  void evaluation_keeps_its_rhythm() {
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    experiment.training.epochs = 7;
    experiment.training.evaluate_every = 3;
    Recording observer;
    train(experiment, data, observer);
    std::vector<int> evaluated;
    for (const EpochEvent& event : observer.epochs)
      if (!event.metrics.empty()) evaluated.push_back(event.epoch);
    QCOMPARE(evaluated, (std::vector{2, 5, 6}));
  }

  void data_that_does_not_fit_is_refused() {
    Recording observer;
    const DataBundle data = small_bundle();
    Experiment experiment = small_experiment();
    const auto refused = [&](const Experiment& e, const DataBundle& d) {
      try {
        Trainer trainer(e, d, observer);
        return std::string("taken");
      } catch (const RequestError& error) {
        return std::string(error.what());
      }
    };
    Experiment bad = experiment;
    bad.op.modes = {4, 9};
    QVERIFY(refused(bad, data).starts_with("operator.modes[1]: 9 is more than 8"));
    bad.op.modes = {4};
    QVERIFY(refused(bad, data).starts_with("operator.modes: "));
    bad = experiment;
    bad.training.epochs = 0;
    QVERIFY(refused(bad, data).starts_with("training.epochs: "));
    bad = experiment;
    bad.training.loss = "l3";
    QVERIFY(refused(bad, data).find("l3") != std::string::npos);
    DataBundle uneven = data;
    uneven.train.y = uneven.train.y.narrow(0, 0, 10);
    QVERIFY(refused(experiment, uneven).find("22 inputs x but 10 outputs y") != std::string::npos);
    DataBundle channels = data;
    channels.tests[1].data.x = channels.tests[1].data.x.expand({3, 2, 12, 12});
    QVERIFY(refused(experiment, channels).find("test set 12") != std::string::npos);
    QVERIFY(refused(experiment, {}).find("training data") != std::string::npos);
  }

  void one_sample_is_enough() {
    DataBundle data = small_bundle();
    data.train.x = data.train.x.narrow(0, 0, 1);
    data.train.y = data.train.y.narrow(0, 0, 1);
    data.tests.clear();
    Recording observer;
    const RunResult result = train(small_experiment(), data, observer);
    QVERIFY2(result.state == RunState::finished, result.message.c_str());
    QCOMPARE(observer.steps.size(), std::size_t{3});
    QVERIFY(observer.snapshots.empty());
  }
};

QTEST_GUILESS_MAIN(TrainerTest)
#include "trainer_test.moc"
