#pragma once

#include "core/experiment/experiment.h"
#include "core/precision/stage_probe.h"

#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

namespace halfwave {

/// A learnable tensor. Complex parameters are stored as reals with an axis of length 2 (re, im).
struct Parameter {
  std::string name;  ///< as in neuraloperator's state dict, for instance `fno_blocks.convs.0.weight.tensor`
  at::Tensor value;  ///< a leaf that requires a gradient
  int complex_axis = -1;  ///< the (re, im) axis, or -1 for real parameters
  std::size_t layer = 0;  ///< row of the policy table it belongs to
};

/// A neural operator: maps fields to fields, on any grid that carries its modes.
/// Not thread-safe; one thread uses it at a time.
class Operator {
 public:
  virtual ~Operator() = default;

  /// x (B, C_in, axis…) → (B, C_out, axis…), differentiable. x has the operator's working type
  /// (float32, or float64 where the policy has fp64). Throws RequestError when the grid cannot carry the
  /// modes.
  virtual at::Tensor forward(const at::Tensor& x) = 0;

  virtual std::vector<Parameter>& parameters() = 0;

  /// Takes effect at the next forward. The `weights` stage is not applied here: who owns the parameters'
  /// storage (the optimiser) converts them; forward takes parameters in any format.
  /// Throws RequestError when the number of rows differs from `layer_count()`.
  virtual void set_policy(const Policy& policy) = 0;
  virtual const Policy& policy() const = 0;
  virtual std::size_t layer_count() const = 0;

  /// `probe` is told of every stage's result, forward and backward; nullptr (the usual state) costs nothing.
  virtual void set_probe(StageProbe* probe) = 0;
};

}  // namespace halfwave
