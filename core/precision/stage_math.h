#pragma once

#include "core/precision/policy.h"
#include "core/precision/stage_probe.h"

#include <ATen/core/Tensor.h>

#include <memory>

namespace halfwave {

/// How one stage computes on one device: in which format, and whether by the device's own arithmetic.
struct Arithmetic {
  Format format = Format::fp32;
  bool native = true;
  bool strict = false;  ///< every partial sum is rounded; never native below 32 bits

  static Arithmetic of(Format format, const at::Device& device);
};

/// `x` as an operand of the stage: rounded to the format. 16-bit formats give a 16-bit tensor, native or
/// emulated, everything else a float32 (fp64: float64) one. `x` itself is returned where nothing has to
/// change.
at::Tensor as_operand(const at::Tensor& x, Arithmetic arithmetic);

/// Rounds what a stage computed, in the types of `as_operand`. `y` must be fresh memory of ours: it may be
/// changed in place.
at::Tensor finish(at::Tensor y, Arithmetic arithmetic);

/// `x` as the backward pass will keep it: the format's real bytes, counted as saved activations.
at::Tensor pack_saved(const at::Tensor& x, Format format);
/// A tensor in the working type: float64 stays, everything else becomes float32.
at::Tensor in_working_type(const at::Tensor& x);

/// Sum over all but the last axis (channels), accumulated in the working type.
at::Tensor sum_over_points(const at::Tensor& x);

/// What a stage needs to know of its layer; kept by the backward pass.
struct StageContext {
  LayerPolicy policy;
  std::size_t layer = 0;
  std::shared_ptr<StageProbe*> probe;  ///< the operator's slot, shared with all its layers

  /// Of the forward pass, and of the backward pass, on x's device.
  Arithmetic arithmetic(Stage stage, const at::Tensor& x) const;
  Arithmetic gradient_arithmetic(Stage stage, const at::Tensor& x) const;

  /// A stage's result as the field that goes on to the next. It is the type of fields that decides in which
  /// type autograd hands their gradients on, so where gradients are to be fp32 a 16-bit field is float32.
  at::Tensor carried(const at::Tensor& result) const;

  void report(Stage stage, bool backward, const at::Tensor& result) const {
    if (probe && *probe != nullptr) (*probe)->on_stage(layer, stage, backward, result);
  }
};

}  // namespace halfwave
