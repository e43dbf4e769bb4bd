#include "core/error.h"
#include "core/operators/operator.h"
#include "core/precision/loss_scaler.h"
#include "core/training/run_folder.h"
#include "training_support.h"

#include <QtTest/QtTest>

using namespace halfwave;
using namespace halfwave::testing;

namespace {

/// y = w·x with stages that are told to a probe; `spoil_forward` and `spoil_backward` put an infinity into
/// the contraction of block.0 from a certain step on, as long as that works in fp16.
class Spoiled final : public Operator {
 public:
  int spoil_forward = -1, spoil_backward = -1;
  int forwards = 0;

  Spoiled()
      : parameters_{{"w", at::ones({1}).requires_grad_(true), -1, 1}}, policy_(make_policy("mixed", 1)) {}

  at::Tensor forward(const at::Tensor& x) override {
    at::Tensor y = x * parameters_[0].value.to(x.scalar_type());
    tell(1, Stage::forward_transform, y, false);
    if (at::GradMode::is_enabled()) {
      const bool narrow = policy_.layers[1][Stage::contraction] == Format::fp16;
      if (narrow && spoil_forward >= 0 && forwards >= spoil_forward) y = y / 0.0;
      if (narrow && spoil_backward >= 0 && forwards >= spoil_backward)
        y.register_hook([this](const at::Tensor& gradient) {
          const at::Tensor bad = gradient * std::numeric_limits<double>::infinity();
          tell(1, Stage::inverse_transform, gradient, true);
          tell(1, Stage::contraction, bad, true);
          return bad;
        });
      if (probe_ == nullptr) ++forwards;
    }
    tell(1, Stage::contraction, y, false);
    return y;
  }
  std::vector<Parameter>& parameters() override { return parameters_; }
  void set_policy(const Policy& policy) override { policy_ = policy; }
  const Policy& policy() const override { return policy_; }
  std::size_t layer_count() const override { return 3; }
  void set_probe(StageProbe* probe) override { probe_ = probe; }

 private:
  void tell(std::size_t layer, Stage stage, const at::Tensor& result, bool backward) {
    if (probe_ != nullptr) probe_->on_stage(layer, stage, backward, result);
  }
  std::vector<Parameter> parameters_;
  Policy policy_;
  StageProbe* probe_ = nullptr;
};

TrainerOptions spoiled(int forward, int backward, const std::filesystem::path& folder = {}) {
  TrainerOptions options;
  options.run_folder = folder;
  options.build = [=](const OperatorSpec&, int, int, std::uint64_t) {
    auto op = std::make_unique<Spoiled>();
    op->spoil_forward = forward;
    op->spoil_backward = backward;
    return op;
  };
  return options;
}

Experiment spoiled_experiment() {
  Experiment experiment = small_experiment();
  experiment.op.layers = 1;
  experiment.op.engine = "fft";
  experiment.precision.policy = "mixed";
  experiment.precision.range_every = 0;  // steps are counted by their being unwatched
  return experiment;
}

}  // namespace

class FailuresTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The operators here are so small that a second thread would only be waited for.
  void initTestCase() { at::set_num_threads(1); }

  void a_loss_that_is_not_finite_names_its_stage() {
    QTemporaryDir folder;
    const DataBundle data = small_bundle();
    Recording observer;
    Trainer trainer(spoiled_experiment(), data, observer, spoiled(9, -1, path_of(folder, "run")));
    const RunResult result = trainer.run();
    QCOMPARE(result.state, RunState::failed);
    QVERIFY(result.non_finite.has_value());
    QCOMPARE(result.non_finite->layer, std::string("block.0"));
    QCOMPARE(result.non_finite->stage, std::string("contraction"));
    QVERIFY(!result.non_finite->backward);
    QCOMPARE(result.non_finite->epoch, 1);
    QCOMPARE(result.non_finite->step, std::int64_t{9});
    QCOMPARE(
        QString::fromStdString(result.message),
        QString("The loss was not finite in epoch 2, step 10: block.0 contraction (fp16) produced the first "
                "value that is not finite; fp16 ends at 65504. Bf16 in this stage would keep it in range."));
    QCOMPARE(observer.states.back().message, result.message);
    QCOMPARE(observer.steps.size(), std::size_t{9});

    // Nothing is lost: the record says it, and the run goes on at that step once the cause is gone.
    const RunRecord record = read_run(path_of(folder, "run"));
    QCOMPARE(record.state, RunState::failed);
    QCOMPARE(record.message, result.message);
    QCOMPARE(record.non_finite->stage, std::string("contraction"));
    QCOMPARE(load_checkpoint(path_of(folder, "run") / "checkpoint.pt").position.step, std::int64_t{9});
    TrainerOptions again = spoiled(-1, -1, path_of(folder, "run"));
    again.resume = true;
    Recording rest;
    Trainer second(spoiled_experiment(), data, rest, again);
    QCOMPARE(second.run().state, RunState::finished);
    QCOMPARE(rest.steps.front().step, std::int64_t{9});
  }

  void gradients_that_overflow_without_a_scaler_end_the_run() {
    Experiment experiment = spoiled_experiment();
    experiment.precision.loss_scaling = "none";
    const DataBundle data = small_bundle();
    Recording observer;
    Trainer trainer(experiment, data, observer, spoiled(-1, 3));
    const RunResult result = trainer.run();
    QCOMPARE(result.state, RunState::failed);
    QVERIFY(result.non_finite && result.non_finite->backward);
    QCOMPARE(result.non_finite->layer + " " + result.non_finite->stage, std::string("block.0 contraction"));
    QVERIFY(
        result.message.starts_with("The gradients were not finite in epoch 1, step 4: block.0 contraction"));
  }

  void a_scaler_skips_first_and_gives_up_at_its_floor() {
    Experiment experiment = spoiled_experiment();
    experiment.training.epochs = 20;
    experiment.precision.loss_scale = 8.0;
    const DataBundle data = small_bundle();
    Recording observer;
    Trainer trainer(experiment, data, observer, spoiled(-1, 3));
    const RunResult result = trainer.run();
    QCOMPARE(result.state, RunState::failed);
    QVERIFY(result.non_finite && result.non_finite->backward);
    // Steps 3, 4, 5 halve 8 to 1; then twenty more are tried, the last of which is the failure itself.
    QCOMPARE(observer.steps.size(), std::size_t{3 + 3 + 19});
    for (std::size_t i = 0; i < observer.steps.size(); ++i) QCOMPARE(observer.steps[i].skipped, i >= 3);
    QCOMPARE(observer.steps[3].loss_scale, 8.0);
    QCOMPARE(observer.steps[4].loss_scale, 4.0);
    QCOMPARE(observer.steps[6].loss_scale, 1.0);
  }

  void data_that_is_not_finite_is_named() {
    DataBundle data = small_bundle();
    data.train.x.view(-1)[5] = std::numeric_limits<float>::quiet_NaN();
    Experiment experiment = small_experiment();
    Recording observer;
    Trainer trainer(experiment, data, observer);
    const RunResult result = trainer.run();
    QCOMPARE(result.state, RunState::failed);
    QVERIFY2(result.message.find("the batch itself") != std::string::npos, result.message.c_str());
  }

  void an_observer_that_throws_ends_the_run_in_words() {
    const DataBundle data = small_bundle();
    Recording observer;
    observer.on_step_done = [](const StepEvent& event) {
      if (event.step == 2) throw std::runtime_error("The view is gone.");
    };
    Trainer trainer(small_experiment(), data, observer);
    const RunResult result = trainer.run();
    QCOMPARE(result.state, RunState::failed);
    QCOMPARE(result.message, std::string("The view is gone."));
  }
};

QTEST_GUILESS_MAIN(FailuresTest)
#include "failures_test.moc"
