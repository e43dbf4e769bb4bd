#include "core/operators/fno.h"

#include "core/error.h"
#include "core/operators/pointwise_chain.h"
#include "core/precision/stabilizer.h"
#include "core/precision/working_type.h"
#include "core/spectral/spectral_conv.h"

#include <ATen/ATen.h>

#include <cmath>
#include <optional>

namespace halfwave {
namespace {

std::int64_t scaled_channels(int width, double ratio) {
  return static_cast<std::int64_t>(ratio * static_cast<double>(width));
}

// What carries the spectral convolution's result: the inverse transform's own 16 bits, else fp32.
Format spectral_result_format(const LayerPolicy& policy) {
  const Format inverse = policy[Stage::inverse_transform];
  const bool halves = facts(inverse).storage_bits == 16 && scale_after_inverse(policy) == 1.0;
  return halves ? inverse : Format::fp32;
}

}  // namespace

Fno::Fno(const OperatorSpec& spec, int in_channels, int out_channels, std::uint64_t seed)
    : spec_(spec),
      in_channels_(in_channels),
      out_channels_(out_channels),
      store_(seed),
      engine_(make_engine(spec.engine)),
      policy_(make_policy("full", spec.layers)) {
  const auto axes = static_cast<std::int64_t>(spec.modes.size());
  const std::int64_t embedding = spec.grid_embedding ? axes : 0;
  lifting_ = std::make_unique<ChannelMlp>(store_, "lifting", 0, in_channels + embedding,
                                          scaled_channels(spec.width, spec.lifting_ratio), spec.width);
  for (int i = 0; i < spec.layers; ++i) add_block(i);
  projection_ =
      std::make_unique<ChannelMlp>(store_, "projection", layer_count() - 1, spec.width,
                                   scaled_channels(spec.width, spec.projection_ratio), out_channels);
}

void Fno::add_block(int index) {
  const auto layer = static_cast<std::size_t>(index) + 1;
  const std::string number = std::to_string(index);
  const std::int64_t width = spec_.width;
  const double deviation = std::sqrt(2.0 / static_cast<double>(width + width));

  auto shape = kept_modes(spec_.modes);
  shape.insert(shape.end(), {2, width, width});
  const int complex_axis = static_cast<int>(shape.size()) - 3;
  // The variance is that of the complex number, so each part has half of it.
  const auto weight = store_.add("fno_blocks.convs." + number + ".weight.tensor",
                                 store_.normal(shape, deviation / std::sqrt(2.0)), layer, complex_axis);
  const auto bias =
      store_.add("fno_blocks.convs." + number + ".bias", store_.normal({width}, deviation), layer);
  Skip skip(store_, Skip::kind_from_name(spec_.skip), "fno_blocks.fno_skips." + number, layer, width);
  Block block{weight, bias, skip, std::nullopt, std::nullopt};
  if (spec_.channel_mlp) {
    const auto hidden = std::lrint(static_cast<double>(width) * spec_.channel_mlp_expansion);
    block.mlp.emplace(store_, "fno_blocks.channel_mlp." + number, layer, width, hidden, width);
    block.mlp_skip.emplace(store_, Skip::kind_from_name(spec_.channel_mlp_skip),
                           "fno_blocks.channel_mlp_skips." + number, layer, width);
  }
  blocks_.push_back(std::move(block));
}

void Fno::set_policy(const Policy& policy) {
  if (policy.layers.size() != layer_count())
    throw RequestError("The policy has " + std::to_string(policy.layers.size()) + " layers, the operator " +
                       std::to_string(layer_count()) + ": one row is needed for each of lifting, " +
                       std::to_string(spec_.layers) + " blocks and projection.");
  policy_ = policy;
}

at::Tensor Fno::embedded(const at::Tensor& x) const {
  at::Tensor v = x.movedim(1, -1);
  if (!spec_.grid_embedding) return v.contiguous();
  const auto axes = static_cast<std::int64_t>(spec_.modes.size());
  std::vector<at::Tensor> parts{v};
  for (std::int64_t axis = 0; axis < axes; ++axis) {
    const auto n = x.size(2 + axis);
    std::vector<std::int64_t> shape(static_cast<std::size_t>(axes) + 2, 1);
    shape[static_cast<std::size_t>(axis) + 1] = n;
    auto expanded = v.sizes().vec();
    expanded.back() = 1;
    parts.push_back((at::arange(n, x.options()) / static_cast<double>(n)).view(shape).expand(expanded));
  }
  return at::cat(parts, -1);
}

at::Tensor Fno::block_forward(const Block& block, at::Tensor v, const ModeLayout& layout, std::size_t layer,
                              bool last) const {
  const StageContext here = context(layer);
  PointwiseChain chain;
  chain.field = v;
  chain.skip = block.skip.path(store_);
  chain.first_gelu = !last;
  if (block.mlp) {
    chain.mlp = block.mlp->tensors(store_);
    chain.mlp_skip = block.mlp_skip->path(store_);
  }
  chain.last_gelu = !last;
  // The pass over the pointwise stages adds the bias on its way.
  const bool bias_later = in_one_pass(chain, here);
  const at::Tensor& bias = store_[block.bias];
  chain.spectral =
      spectral_conv(v, store_[block.weight], bias_later ? at::Tensor() : bias, layout, engine_, here);
  if (bias_later) {
    chain.spectral = chain.spectral.contiguous();
    chain.spectral_bias = bias;
    chain.spectral_format = spectral_result_format(here.policy);
  }
  return pointwise_chain(chain, here);
}

at::Tensor Fno::mlp_forward(const ChannelMlp& mlp, const at::Tensor& x, std::size_t layer) const {
  PointwiseChain chain;
  chain.field = x;
  chain.mlp = mlp.tensors(store_);
  return pointwise_chain(chain, context(layer));
}

at::Tensor Fno::forward(const at::Tensor& x) {
  if (x.size(1) != in_channels_)
    throw RequestError("The data has " + std::to_string(x.size(1)) + " input channels, the operator takes " +
                       std::to_string(in_channels_) + ".");
  const ModeLayout layout = make_layout(x.sizes().slice(2).vec(), spec_.modes);
  const auto working = working_type(policy_);

  at::Tensor v = mlp_forward(*lifting_, embedded(x.to(working)), 0);
  for (std::size_t i = 0; i < blocks_.size(); ++i)
    v = block_forward(blocks_[i], std::move(v), layout, i + 1, i + 1 == blocks_.size());
  v = mlp_forward(*projection_, v, layer_count() - 1);
  return v.to(working).movedim(-1, 1).contiguous();
}

}  // namespace halfwave
