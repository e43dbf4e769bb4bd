#pragma once

#include "core/operators/parameter_store.h"
#include "core/precision/stage_math.h"

#include <string>

namespace halfwave {

/// Two linear maps over channels with a GELU between them, the same at every point.
class ChannelMlp {
 public:
  /// Parameters are named `name`.fcs.0.weight and so on.
  ChannelMlp(ParameterStore& store, const std::string& name, std::size_t layer, std::int64_t in,
             std::int64_t hidden, std::int64_t out);

  /// x (…, in) → (…, out).
  at::Tensor forward(const at::Tensor& x, const ParameterStore& store, const StageContext& context) const;

 private:
  std::size_t weight_[2];
  std::size_t bias_[2];
};

/// A path around a block: a linear map, one weight a channel, the identity, or nothing at all.
class Skip {
 public:
  enum class Kind : std::uint8_t { none, identity, linear, soft_gating };
  static Kind kind_from_name(const std::string& name);

  /// `name` is the parameter's full name.
  Skip(ParameterStore& store, Kind kind, const std::string& name, std::size_t layer, std::int64_t channels);

  bool exists() const { return kind_ != Kind::none; }
  at::Tensor forward(const at::Tensor& x, const ParameterStore& store, const StageContext& context) const;

 private:
  Kind kind_;
  std::size_t weight_ = 0;
};

}  // namespace halfwave
