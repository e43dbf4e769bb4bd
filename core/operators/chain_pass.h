#pragma once

#include "core/operators/pointwise_chain.h"

#include <ATen/core/Tensor.h>

#include <optional>

namespace halfwave {

// The two passes over memory of a chain that `in_one_pass` takes. Both report what the stages would report
// one by one where the context has a probe, and compute the same whether it has.

/// What a forward pass keeps beside v, in the format of the saved activations; undefined where there is no
/// such stage.
struct KeptChain {
  at::Tensor first;   ///< s
  at::Tensor hidden;  ///< the input of the MLP's own σ
  at::Tensor last;    ///< t, where it has a σ and an MLP gave it
};

/// The chain's result; `kept`, where not null, receives what the backward pass needs.
at::Tensor forward_chain(const PointwiseChain& chain, const StageContext& context, KeptChain* kept);

/// v as the backward pass has it: its kept values, or the input of the σ that it came from, which is
/// computed in `gelu`.
struct KeptInput {
  at::Tensor values;
  std::optional<Format> gelu;
};

/// Undefined where nothing is asked for or there is no such tensor.
struct ChainGradients {
  at::Tensor field, spectral, spectral_bias;
  at::Tensor skip, mlp_weight[2], mlp_bias[2], mlp_skip;
};

/// What of a chain a backward pass has: its weights and kinds (fields are not read), and types.
struct ChainBackward {
  const PointwiseChain* chain;
  const KeptChain* kept;
  KeptInput input;
  at::ScalarType field_type, spectral_type;
  bool needs_field;
};
ChainGradients backward_chain(const ChainBackward& from, const at::Tensor& gradient,
                              const StageContext& context);

// For both:

/// Points a tile has, so that the tiles of all stages stay in the second-level cache.
std::int64_t tile_rows(const PointwiseChain& chain);

/// A tensor shaped like `field` but for its channels.
at::Tensor like_field(const at::Tensor& field, std::int64_t channels, at::ScalarType type);

/// The type that carries values of a format: its own of 16 bits, else float32.
at::ScalarType carrying_type(Format format);

}  // namespace halfwave
