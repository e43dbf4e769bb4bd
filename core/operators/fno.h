#pragma once

#include "core/operators/channel_mlp.h"
#include "core/operators/operator.h"
#include "core/operators/parameter_store.h"
#include "core/spectral/engine.h"

#include <memory>
#include <string>
#include <vector>

namespace halfwave {

/// The Fourier neural operator in one, two or three dimensions, defined as neuraloperator's FNO: grid
/// embedding, lifting MLP, blocks, projection MLP. Block i maps v to σ(MLP(σ(K v + W v)) + w·v), without the
/// last σ's in the last block. Source: Li et al. 2021 (arXiv 2010.08895).
class Fno final : public Operator {
 public:
  Fno(const OperatorSpec& spec, int in_channels, int out_channels, std::uint64_t seed);

  at::Tensor forward(const at::Tensor& x) override;
  std::vector<Parameter>& parameters() override { return store_.all(); }
  void set_policy(const Policy& policy) override;
  const Policy& policy() const override { return policy_; }
  std::size_t layer_count() const override { return static_cast<std::size_t>(spec_.layers) + 2; }
  void set_probe(StageProbe* probe) override { *probe_ = probe; }

  const OperatorSpec& spec() const { return spec_; }

 private:
  struct Block {
    std::size_t weight, bias;
    Skip skip;
    std::optional<ChannelMlp> mlp;
    std::optional<Skip> mlp_skip;
  };

  StageContext context(std::size_t layer) const { return {policy_.layers[layer], layer, probe_}; }
  void add_block(int index);
  at::Tensor embedded(const at::Tensor& x) const;
  at::Tensor mlp_forward(const ChannelMlp& mlp, const at::Tensor& x, std::size_t layer) const;
  at::Tensor block_forward(const Block& block, at::Tensor v, const ModeLayout& layout, std::size_t layer,
                           bool last) const;

  OperatorSpec spec_;
  int in_channels_, out_channels_;
  ParameterStore store_;
  std::vector<Block> blocks_;
  std::unique_ptr<ChannelMlp> lifting_, projection_;
  std::shared_ptr<SpectralEngine> engine_;
  std::shared_ptr<StageProbe*> probe_ = std::make_shared<StageProbe*>(nullptr);
  Policy policy_;
};

}  // namespace halfwave
