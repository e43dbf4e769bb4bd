#pragma once

#include "core/operators/parameter_store.h"
#include "core/operators/pointwise_chain.h"

#include <string>

namespace halfwave {

/// Two linear maps over channels with a GELU between them, the same at every point.
class ChannelMlp {
 public:
  /// Parameters are named `name`.fcs.0.weight and so on.
  ChannelMlp(ParameterStore& store, const std::string& name, std::size_t layer, std::int64_t in,
             std::int64_t hidden, std::int64_t out);

  /// The parameters as they are now.
  MlpTensors tensors(const ParameterStore& store) const;

 private:
  std::size_t weight_[2];
  std::size_t bias_[2];
};

/// A path around a block.
class Skip {
 public:
  static SkipKind kind_from_name(const std::string& name);

  /// `name` is the parameter's full name.
  Skip(ParameterStore& store, SkipKind kind, const std::string& name, std::size_t layer,
       std::int64_t channels);

  SkipPath path(const ParameterStore& store) const;

 private:
  SkipKind kind_;
  std::size_t weight_ = 0;
};

}  // namespace halfwave
