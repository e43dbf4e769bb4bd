#include "core/operators/channel_mlp.h"

#include "core/error.h"
#include "core/operators/pointwise.h"

#include <ATen/ATen.h>

#include <cmath>

namespace halfwave {

ChannelMlp::ChannelMlp(ParameterStore& store, const std::string& name, std::size_t layer, std::int64_t in,
                       std::int64_t hidden, std::int64_t out) {
  const std::int64_t sizes[] = {in, hidden, out};
  for (int i = 0; i < 2; ++i) {
    const double bound = 1.0 / std::sqrt(static_cast<double>(sizes[i]));
    const std::string prefix = name + ".fcs." + std::to_string(i);
    weight_[i] = store.add(prefix + ".weight", store.uniform({sizes[i + 1], sizes[i]}, bound), layer);
    bias_[i] = store.add(prefix + ".bias", store.uniform({sizes[i + 1]}, bound), layer);
  }
}

at::Tensor ChannelMlp::forward(const at::Tensor& x, const ParameterStore& store,
                               const StageContext& context) const {
  at::Tensor hidden = pointwise_linear(x, store[weight_[0]], store[bias_[0]], context);
  hidden = pointwise_gelu(hidden, context);
  return pointwise_linear(hidden, store[weight_[1]], store[bias_[1]], context);
}

Skip::Kind Skip::kind_from_name(const std::string& name) {
  if (name == "none") return Kind::none;
  if (name == "identity") return Kind::identity;
  if (name == "linear") return Kind::linear;
  if (name == "soft-gating") return Kind::soft_gating;
  throw RequestError("operator.skip: \"" + name +
                     "\" is not a skip; use linear, soft-gating, identity or none");
}

Skip::Skip(ParameterStore& store, Kind kind, const std::string& name, std::size_t layer,
           std::int64_t channels)
    : kind_(kind) {
  if (kind == Kind::linear)
    weight_ =
        store.add(name + ".conv.weight",
                  store.uniform({channels, channels}, 1.0 / std::sqrt(static_cast<double>(channels))), layer);
  if (kind == Kind::soft_gating) weight_ = store.add(name + ".weight", at::ones({channels}), layer);
}

at::Tensor Skip::forward(const at::Tensor& x, const ParameterStore& store,
                         const StageContext& context) const {
  switch (kind_) {
    case Kind::linear:
      return pointwise_linear(x, store[weight_], {}, context);
    case Kind::soft_gating:
      return pointwise_gate(x, store[weight_], context);
    case Kind::identity:
    case Kind::none:
      break;
  }
  return x;
}

}  // namespace halfwave
