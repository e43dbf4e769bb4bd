#include "core/operators/channel_mlp.h"

#include "core/error.h"

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

MlpTensors ChannelMlp::tensors(const ParameterStore& store) const {
  return {{store[weight_[0]], store[weight_[1]]}, {store[bias_[0]], store[bias_[1]]}};
}

SkipKind Skip::kind_from_name(const std::string& name) {
  if (name == "none") return SkipKind::none;
  if (name == "identity") return SkipKind::identity;
  if (name == "linear") return SkipKind::linear;
  if (name == "soft-gating") return SkipKind::soft_gating;
  throw RequestError("operator.skip: \"" + name +
                     "\" is not a skip; use linear, soft-gating, identity or none");
}

Skip::Skip(ParameterStore& store, SkipKind kind, const std::string& name, std::size_t layer,
           std::int64_t channels)
    : kind_(kind) {
  if (kind == SkipKind::linear)
    weight_ =
        store.add(name + ".conv.weight",
                  store.uniform({channels, channels}, 1.0 / std::sqrt(static_cast<double>(channels))), layer);
  if (kind == SkipKind::soft_gating) weight_ = store.add(name + ".weight", at::ones({channels}), layer);
}

SkipPath Skip::path(const ParameterStore& store) const {
  const bool has_weight = kind_ == SkipKind::linear || kind_ == SkipKind::soft_gating;
  return {kind_, has_weight ? store[weight_] : at::Tensor()};
}

}  // namespace halfwave
