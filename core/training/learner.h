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
#include <string>

namespace halfwave {

/// What a step came to.
struct StepOutcome {
  double loss_sum = 0.0;   ///< over the batch's samples and channels
  std::int64_t norms = 0;  ///< how many relative norms that is the sum of
  double scale = 1.0;      ///< of the loss in this step
  bool loss_finite = true;
  bool gradients_finite = true;
  bool applied = false;  ///< whether the weights were changed
  MemoryReport memory;   ///< `live` is the split at this step's own peak
};

/// An operator that learns: forward, backward and update of one batch at a time. What is minimised is the sum
/// of the batch's relative norms, as in neuraloperator (with Adam the factor matters only against ε).
class Learner {
 public:
  /// `train` must outlive the learner.
  Learner(const Experiment& experiment, const Dataset& train, std::unique_ptr<Operator> op,
          Normalizers normalizers);

  /// One step on the samples `indices` (int64). Where the loss or, without an active loss scaler, a gradient
  /// is not finite, the weights stay as they were.
  StepOutcome step(const at::Tensor& indices, double learning_rate);

  /// Repeats the passes of a step that was not finite and tells where that began. `message` is for a person.
  struct Diagnosis {
    NonFinite where;
    std::string message;
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

  const Experiment& experiment_;
  const Dataset& train_;
  std::unique_ptr<Operator> op_;
  Normalizers normalizers_;
  Norm norm_;
  Optimizer optimizer_;
  LossScaler scaler_;
};

}  // namespace halfwave
