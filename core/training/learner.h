#pragma once

#include "core/data/dataset.h"
#include "core/data/normalizer.h"
#include "core/experiment/experiment.h"
#include "core/operators/operator.h"
#include "core/precision/loss_scaler.h"
#include "core/training/events.h"
#include "core/training/losses.h"
#include "core/training/optimizer.h"

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace halfwave {

/// What a step came to.
struct StepOutcome {
  double loss_sum = 0.0;   ///< over the batch's samples and channels
  std::int64_t norms = 0;  ///< how many relative norms that is the sum of
  double scale = 1.0;      ///< of the loss in this step
  bool loss_finite = true;
  bool gradients_finite = true;
  bool applied = false;            ///< whether the weights were changed
  MemoryReport memory;             ///< `live` is the split at this step's own peak
  std::vector<StageRange> ranges;  ///< empty unless this step looked at the numeric range
};

/// An operator that learns: forward, backward and update of one batch at a time. What is minimised is the sum
/// of the batch's relative norms, as in neuraloperator (with Adam the factor matters only against ε).
class Learner {
 public:
  /// `train` must outlive the learner.
  Learner(const Experiment& experiment, const Dataset& train, std::unique_ptr<Operator> op,
          Normalizers normalizers);

  /// One step on the samples `indices` (int64). Where the loss or, without an active loss scaler, a gradient
  /// is not finite, the weights stay as they were. The first step, the first with another policy and then
  /// each `precision.range_every`-th look at the numeric range.
  StepOutcome step(const at::Tensor& indices, double learning_rate);

  /// Repeats the passes of a step that was not finite and tells where that began and what would cure it.
  struct Diagnosis {
    NonFinite where;
    std::string message;  ///< for a person
    RangeEvent range;     ///< of every value up to there
  };
  Diagnosis diagnose(const at::Tensor& indices, bool backward, int epoch, std::int64_t step);

  void set_policy(const Policy& policy);
  const Policy& policy() const { return op_->policy(); }

  Operator& op() { return *op_; }
  Optimizer& optimizer() { return optimizer_; }
  LossScaler& scaler() { return scaler_; }
  const Normalizers& normalizers() const { return normalizers_; }

 private:
  struct Batch {
    at::Tensor x, y;
  };
  Batch batch(const at::Tensor& indices) const;
  at::Tensor loss_of(const Batch& batch);
  bool look_is_due();
  void repeat(const Batch& batch, bool backward, StageProbe& probe);
  std::optional<RangeHistogram> range_in_fp32(const Batch& batch, const StageRange& fault);

  const Experiment& experiment_;
  const Dataset& train_;
  std::unique_ptr<Operator> op_;
  Normalizers normalizers_;
  Norm norm_;
  Optimizer optimizer_;
  LossScaler scaler_;
  int steps_to_look_ = 0;
};

}  // namespace halfwave
