#pragma once

#include "core/precision/stage_math.h"

#include <ATen/core/Tensor.h>

namespace halfwave {

/// A path around stages: nothing at all, the identity, a linear map, or one weight a channel.
enum class SkipKind : std::uint8_t { none, identity, linear, soft_gating };

/// A skip with its tensor.
struct SkipPath {
  SkipKind kind = SkipKind::none;
  at::Tensor weight;
  bool exists() const { return kind != SkipKind::none; }
};

/// A channel MLP's tensors: weight (C_out, C_in), bias (C_out) of its two linear maps; undefined for no MLP.
struct MlpTensors {
  at::Tensor weight[2];
  at::Tensor bias[2];
  bool exists() const { return weight[0].defined(); }
};

/// The pointwise stages between two spectral convolutions, or those of a lifting or projection:
///   s = spectral + bias + skip(v)         where there is a spectral part; else the chain begins with g = v
///   g = σ(s), or s where it has no σ
///   t = MLP(g) + mlp_skip(v)              where there is an MLP, else t = g
///   result = σ(t), or t where it has no σ
struct PointwiseChain {
  at::Tensor field;                       ///< v (…, C_in)
  at::Tensor spectral;                    ///< (…, C), or undefined
  at::Tensor spectral_bias;               ///< (C), or undefined: it is in `spectral` already
  Format spectral_format = Format::fp32;  ///< what `spectral` holds, and in which the bias is added
  SkipPath skip;
  bool first_gelu = false;
  MlpTensors mlp;
  SkipPath mlp_skip;
  bool last_gelu = false;
};

/// Differentiable. Each stage rounds its operands and results to the layer's pointwise format, forward and
/// backward, and for the backward pass the inputs of the σ's and v are kept, in the format of the layer's
/// saved activations. Takes what `in_one_pass` says in one pass over memory, else one for each stage.
at::Tensor pointwise_chain(const PointwiseChain& chain, const StageContext& context);

/// Whether `pointwise_chain` computes this in one pass: on the CPU, contiguous, in formats up to fp32 with
/// fp32 accumulation and activations saved in 16 or 32 bits.
bool in_one_pass(const PointwiseChain& chain, const StageContext& context);

/// The reference: each stage by itself.
at::Tensor chain_by_stages(const PointwiseChain& chain, const StageContext& context);

/// All stages, tile by tile; only for what `in_one_pass` takes.
at::Tensor chain_in_one_pass(const PointwiseChain& chain, const StageContext& context);

}  // namespace halfwave
