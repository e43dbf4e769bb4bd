#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <optional>

namespace halfwave {

/// Values that the backward pass computes again from a kept tensor instead of keeping them. The result is
/// held from the first to the last of those who asked for it, so that it is computed once a pass.
/// Used by one thread at a time.
class Recomputed {
 public:
  using Function = std::function<at::Tensor(const at::Tensor& kept)>;
  /// `gelu` where the values are those of a GELU: the format of that stage.
  explicit Recomputed(Function function, std::optional<Format> gelu = {})
      : function_(std::move(function)), gelu_(gelu) {}

  /// One more will ask for the values in every backward pass, or one less.
  void add_user() { ++users_; }
  void remove_user() { --users_; }
  std::optional<Format> gelu() const { return gelu_; }
  at::Tensor from(const at::Tensor& kept);

 private:
  Function function_;
  std::optional<Format> gelu_;
  at::Tensor values_;
  int users_ = 0;
  int asked_ = 0;
};

/// A field as the backward pass keeps it.
struct KeptField {
  at::Tensor tensor;                       ///< what to hand to autograd: the field, or what it comes from
  std::shared_ptr<Recomputed> recomputed;  ///< null where `tensor` holds the field itself
};

/// Keeps a field in the format of the layer's saved activations. Whoever keeps the same field in the same
/// format before it changes shares one tensor; a field that `can_recompute` knows is not kept at all, but the
/// tensor it comes from is. What is newly kept is reported to the layer's probe.
KeptField keep_field(const at::Tensor& field, const StageContext& context);

/// The field's values as `keep_field` kept them, in any type: an operand or `in_working_type` makes them
/// usable.
at::Tensor restored(const at::Tensor& tensor, const std::shared_ptr<Recomputed>& recomputed);

/// Declares that `field` is a function of `kept`, which is kept in `format`. It holds while `kept` and the
/// result live and `field` is not changed; the caller keeps both alive through its own backward pass. `gelu`
/// as in Recomputed.
std::shared_ptr<Recomputed> can_recompute(const at::Tensor& field, const at::Tensor& kept, Format format,
                                          Recomputed::Function function, std::optional<Format> gelu = {});

/// A kept tensor as an operand: as `as_operand`, without rounding again what the format holds already.
at::Tensor saved_operand(const at::Tensor& saved, Arithmetic arithmetic);

}  // namespace halfwave
