#pragma once

#include "core/operators/operator.h"

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

/// Adam and AdamW as in neuraloperator: bias-corrected step size, ε = 10⁻⁶ added to the uncorrected root,
/// decay after the update (AdamW) or added to the gradient (Adam). A complex parameter shares one second
/// moment, the average of |g|², between its real and imaginary part.
///
/// The optimiser owns how weights are stored: a parameter whose layer keeps `weights` in a 16-bit format is
/// really held in it, and the fp32 master that steps act on is kept here.
class Optimizer {
 public:
  struct Options {
    bool decoupled_decay = true;  ///< AdamW
    double weight_decay = 0.0;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-6;
  };
  /// Exact values by parameter name; the optimiser's state has `<name>.m` and `<name>.v`.
  using Tensors = std::map<std::string, at::Tensor>;

  /// `parameters` must outlive the optimiser.
  Optimizer(std::vector<Parameter>& parameters, Options options);

  /// Stores each parameter as its layer's `weights` stage says. Back in fp32 the master's values return
  /// exactly. Drops gradients. Throws RequestError for 8-bit formats, before anything is changed.
  void set_weight_formats(const Policy& policy);

  /// False if some gradient holds an infinity or NaN.
  bool gradients_finite() const;
  /// One update with gradients · `gradient_factor`; parameters without a gradient stay.
  void step(double learning_rate, double gradient_factor = 1.0);
  void release_gradients();

  std::int64_t steps() const { return steps_; }
  /// The weights as steps see them (masters where there are some), on the CPU. They may share memory with the
  /// optimiser: copy what is to be kept past the next step.
  Tensors weights() const;
  Tensors state() const;
  /// Puts back what `weights`, `state` and `steps` gave. Types follow the weight formats in force. Throws
  /// RequestError naming a tensor that is missing or has another shape.
  void restore(const Tensors& weights, const Tensors& state, std::int64_t steps);
  void restore_weights(const Tensors& weights);

 private:
  struct Slot {
    at::Tensor master;  ///< undefined while the leaf itself is fp32 or fp64
    at::Tensor m, v;
  };
  at::Tensor exact(std::size_t index) const;
  void convert(std::size_t index, at::ScalarType type);

  std::vector<Parameter>& parameters_;
  Options options_;
  std::vector<Slot> slots_;
  std::int64_t steps_ = 0;
};

/// `adam` or `adamw`; throws FieldError (path `training.optimizer`) for any other name.
Optimizer::Options optimizer_options(std::string_view kind, double weight_decay);

}  // namespace halfwave
