#include "core/device/memory_meter.h"
#include "core/operators/chain_pass.h"
#include "core/operators/pointwise_spans.h"
#include "core/operators/tile_stages.h"
#include "core/operators/word_spans.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

/// A skip of a forward pass.
class SkipStage {
 public:
  SkipStage(const SkipPath& path, const TileArithmetic& a) : kind_(path.kind), arithmetic_(a) {
    if (kind_ == SkipKind::linear) linear_.emplace(path.weight.t(), at::Tensor(), a);
    if (kind_ == SkipKind::soft_gating) gate_ = channel_operand(path.weight, a);
  }

  bool exists() const { return kind_ != SkipKind::none; }
  bool has_stage() const { return kind_ == SkipKind::linear || kind_ == SkipKind::soft_gating; }
  bool needs_values() const { return kind_ == SkipKind::identity || kind_ == SkipKind::soft_gating; }
  bool needs_factor() const { return kind_ == SkipKind::linear; }

  /// What goes around a sum of bf16 words: the tile in `y`, or v itself where the sum weighs it by `gate`.
  const std::uint16_t* apply_words(const std::uint16_t* v, std::int64_t rows, std::int64_t stride,
                                   std::uint16_t* y, float* sums) const {
    if (kind_ == SkipKind::linear) linear_->apply_words(v, stride, rows, y, sums);
    return kind_ == SkipKind::linear ? y : v;
  }
  const float* gate() const { return gate_.empty() ? nullptr : gate_.data(); }

  /// The tile in `y`, or v itself.
  const float* apply(const float* v, TileFactor factor, std::int64_t rows, std::int64_t stride,
                     float* y) const {
    if (kind_ == SkipKind::identity) return v;
    if (kind_ == SkipKind::linear) {
      linear_->apply(factor, rows, y);
    } else {
      gate_rows(v, gate_.data(), y, rows, stride);
      arithmetic_.round(y, rows * stride);
    }
    return y;
  }

 private:
  SkipKind kind_;
  TileArithmetic arithmetic_;
  std::optional<TileLinear> linear_;
  std::vector<float> gate_;
};

/// A result of a stage that leaves the tile: as a kept tensor, or only if somebody looks.
struct Leaving {
  at::Tensor tensor;
  TileField field;

  void write(const float* tile, TileRows rows) const {
    if (field.exists()) field.write(tile, rows);
  }
  void write(const std::uint16_t* tile, TileRows rows) const { field.write_words(tile, rows); }
};

class ForwardPass {
 public:
  ForwardPass(const PointwiseChain& chain, const StageContext& context, bool keeps)
      : chain_(chain),
        context_(context),
        looked_at_(context.probe && *context.probe != nullptr),
        arithmetic_(context.arithmetic(Stage::pointwise, chain.field)),
        field_(chain.field),
        spectral_(chain.spectral),
        skip_(chain.skip, arithmetic_),
        mlp_skip_(chain.mlp_skip, arithmetic_) {
    if (chain.spectral_bias.defined()) {
      const Format f = chain.spectral_format;
      const Arithmetic bias{f, false};
      bias_ = channel_operand(chain.spectral_bias, TileArithmetic(bias));
    }
    if (chain.mlp.exists()) {
      first_linear_.emplace(chain.mlp.weight[0].t(), chain.mlp.bias[0], arithmetic_);
      second_linear_.emplace(chain.mlp.weight[1].t(), chain.mlp.bias[1], arithmetic_);
    }
    prepare(keeps);
  }

  void run() {
    const std::int64_t points = chain_.field.numel() / chain_.field.size(-1), tile = tile_rows(chain_);
    const bool words = takes_words();
    for_tiles(points, tile, at::get_num_threads(), [&](std::int64_t, TileRows rows) {
      if (words)
        compute_words(rows, tile);
      else
        compute(rows, tile);
    });
  }

  at::Tensor finish(KeptChain* kept) {
    if (kept != nullptr) *kept = {kept_first_.tensor, kept_hidden_.tensor, kept_last_.tensor};
    const auto report = [&](const Leaving& result, Stage stage = Stage::pointwise) {
      if (result.tensor.defined()) context_.report(stage, false, result.tensor);
    };
    report(skip_result_);
    report(first_sum_);
    report(first_);
    report(kept_first_, Stage::saved_activations);
    report(hidden_);
    report(activated_);
    report(kept_hidden_, Stage::saved_activations);
    report(mlp_);
    report(mlp_skip_result_);
    report(last_sum_);
    if (chain_.last_gelu) report(result_);
    report(kept_last_, Stage::saved_activations);
    return result_.tensor;
  }

 private:
  Leaving leaving(std::int64_t channels, at::ScalarType type) const {
    Leaving result;
    result.tensor = like_field(chain_.field, channels, type);
    result.field = TileField(result.tensor);
    return result;
  }

  void prepare(bool keeps) {
    const Format format = arithmetic_.format, saved = context_.policy[Stage::saved_activations];
    const auto type = carrying_type(format);
    const std::int64_t out = chain_.mlp.exists() ? chain_.mlp.weight[1].size(0) : chain_.spectral.size(-1);
    result_ = leaving(out, context_.policy.fp32_gradients ? at::kFloat : type);
    const auto keep = [&](bool there, std::int64_t channels, at::ScalarType own) {
      MemoryScope scope(MemoryCategory::saved_activations);
      return there && keeps ? leaving(channels, facts(saved).storage_bits == 16 ? tensor_type(saved) : own)
                            : Leaving{};
    };
    const auto look = [&](bool there, std::int64_t channels) {
      return there && looked_at_ ? leaving(channels, type) : Leaving{};
    };
    const bool mlp = chain_.mlp.exists(), head = spectral_.exists();
    const std::int64_t middle = head ? spectral_.channels() : field_.channels();
    const std::int64_t hidden = mlp ? chain_.mlp.weight[0].size(0) : 0;
    const auto sum_type = skip_.exists() || !head ? type : carrying_type(chain_.spectral_format);
    kept_first_ = keep(head && (chain_.first_gelu || chain_.last_gelu || mlp), middle, sum_type);
    kept_hidden_ = keep(mlp, hidden, type);
    kept_last_ = keep(mlp && chain_.last_gelu, out, type);
    skip_result_ = look(head && skip_.has_stage(), middle);
    first_sum_ = look(head && skip_.exists(), middle);
    first_ = look(chain_.first_gelu, middle);
    hidden_ = look(mlp, hidden);
    activated_ = look(mlp, hidden);
    mlp_ = look(mlp, out);
    mlp_skip_result_ = look(mlp && mlp_skip_.has_stage(), out);
    last_sum_ = look(mlp && mlp_skip_.exists(), out);
  }

  void compute(TileRows rows, std::int64_t tile) const {
    const std::int64_t hidden = first_linear_ ? first_linear_->stride() : 0;
    const std::int64_t wide = std::max(
        {field_.stride(), hidden, result_.field.stride(), spectral_.exists() ? spectral_.stride() : 0});
    TileBuffers buffers(7 * tile * wide);
    const auto take = [&] { return buffers.take(tile * wide); };
    float *v_buffer = take(), *v_factor = take(), *factor = take(), *x = take(), *y = take(), *z = take();

    const bool head = spectral_.exists(),
               in_place = arithmetic_.kind == TileKind::bf16_pairs && field_.pairs(rows.first) != nullptr;
    const bool needs_factor = !head || skip_.needs_factor() || mlp_skip_.needs_factor();
    const bool needs_values = skip_.needs_values() || mlp_skip_.needs_values() || (needs_factor && !in_place);
    const float* v = needs_values ? field_.read(rows, arithmetic_.format, v_buffer) : nullptr;
    TileFactor left{};
    if (needs_factor) left = as_factor(field_, v, rows, arithmetic_.kind, v_factor);

    if (head) {
      begin(rows, v, left, x, y);
      if (first_linear_) left = as_factor(x, rows.count, spectral_.stride(), arithmetic_.kind, factor);
    }
    if (first_linear_) {
      first_linear_->apply(left, rows.count, y);
      const std::int64_t values = rows.count * hidden;
      hidden_.write(y, rows);
      kept_hidden_.write(y, rows);
      gelu_span(y, y, values);
      arithmetic_.round_factor(y, values);
      activated_.write(y, rows);
      second_linear_->apply(as_factor(y, rows.count, hidden, arithmetic_.kind, factor), rows.count, x);
      mlp_.write(x, rows);
      if (mlp_skip_.exists()) {
        if (mlp_skip_.needs_factor()) left = as_factor(field_, v, rows, arithmetic_.kind, v_factor);
        add(mlp_skip_.apply(v, left, rows.count, field_.stride(), z), x, rows.count * result_.field.stride());
        if (mlp_skip_.has_stage()) mlp_skip_result_.write(z, rows);
        last_sum_.write(x, rows);
      }
      kept_last_.write(x, rows);
    }
    if (chain_.last_gelu) {
      gelu_span(x, x, rows.count * result_.field.stride());
      if (result_.field.own() != arithmetic_.format)
        arithmetic_.round(x, rows.count * result_.field.stride());
    }
    result_.field.write(x, rows);
  }

  // g in x.
  void begin(TileRows rows, const float* v, TileFactor left, float* x, float* y) const {
    const std::int64_t stride = spectral_.stride(), values = rows.count * stride;
    const float* k = spectral_.read(rows, Format::fp32, x);
    if (!bias_.empty()) {
      add_to_rows(k, bias_.data(), x, rows.count, stride);
      if (facts(chain_.spectral_format).mantissa_bits < 23) round_span(x, x, values, chain_.spectral_format);
      k = x;
    }
    if (skip_.exists()) {
      if (arithmetic_.rounds && arithmetic_.format != chain_.spectral_format) {
        round_span(k, x, values, arithmetic_.format);
        k = x;
      }
      const float* around = skip_.apply(v, left, rows.count, stride, y);
      if (skip_.has_stage()) skip_result_.write(y, rows);
      sum_span(k, around, x, values);
      arithmetic_.round(x, values);
      first_sum_.write(x, rows);
      k = x;
    }
    kept_first_.write(k, rows);
    if (!skip_.exists() && arithmetic_.rounds) {
      round_span(k, x, values, arithmetic_.format);
      k = x;
    }
    if (chain_.first_gelu) {
      gelu_span(k, x, values);
      if (first_linear_)
        arithmetic_.round_factor(x, values);
      else
        arithmetic_.round(x, values);
      first_.write(x, rows);
    } else if (k != x) {
      std::copy_n(k, values, x);
    }
  }

  // Whether tiles are bf16 words all the way: no stage has another format.
  bool takes_words() const {
    const bool bf16_head = spectral_.own() == Format::bf16 && chain_.spectral_format == Format::bf16;
    return arithmetic_.kind == TileKind::bf16_pairs && (!spectral_.exists() || bf16_head);
  }

  // As `compute`, with the same roundings.
  void compute_words(TileRows rows, std::int64_t tile) const {
    const std::int64_t hidden = first_linear_ ? first_linear_->stride() : 0, count = rows.count;
    const std::int64_t wide = std::max(
        {field_.stride(), hidden, result_.field.stride(), spectral_.exists() ? spectral_.stride() : 0});
    TileBuffers buffers(6 * tile * wide);
    const auto take = [&] { return reinterpret_cast<std::uint16_t*>(buffers.take(tile * wide / 2)); };
    std::uint16_t *v_buffer = take(), *k_buffer = take(), *x = take(), *y = take(), *z = take();
    float* sums = buffers.take(tile * wide);

    const bool needs_v = !spectral_.exists() || skip_.exists() || mlp_skip_.exists();
    const std::uint16_t* v = needs_v ? field_.read_words(rows, v_buffer) : nullptr;
    const std::uint16_t* left = v;
    const TileField& out = result_.field;
    if (spectral_.exists()) {
      const std::uint16_t* k = spectral_.read_words(rows, k_buffer);
      // Without an MLP what σ gives may go on to another one, so it stays here.
      std::uint16_t* sum = kept_first_.field.words_or(rows, y);
      add_words(k, bias_.empty() ? nullptr : bias_.data(), skip_, skip_result_, v, z, sums, sum,
                chain_.first_gelu ? x : nullptr, rows, spectral_.stride());
      if (skip_.exists()) first_sum_.write(sum, rows);
      kept_first_.write(sum, rows);
      if (chain_.first_gelu) first_.write(x, rows);
      left = chain_.first_gelu ? x : sum;
    }
    const std::uint16_t* result = left;
    if (first_linear_) {
      const std::int64_t left_stride = spectral_.exists() ? spectral_.stride() : field_.stride();
      std::uint16_t* first = kept_hidden_.field.words_or(rows, y);
      // `left` may be in y, where there are neither kept fields nor a σ.
      if (first == left) first = k_buffer;
      first_linear_->apply_words(left, left_stride, count, first, sums);
      hidden_.write(first, rows);
      kept_hidden_.write(first, rows);
      gelu_words(first, k_buffer, count * hidden);
      activated_.write(k_buffer, rows);
      const bool goes_on = mlp_skip_.exists() || chain_.last_gelu;
      std::uint16_t* second = goes_on ? x : out.words_or(rows, x);
      second_linear_->apply_words(k_buffer, hidden, count, second, sums);
      mlp_.write(second, rows);
      result = second;
      if (goes_on) {
        std::uint16_t* sum = kept_last_.field.words_or(rows, y);
        std::uint16_t* activated = chain_.last_gelu ? out.words_or(rows, x) : nullptr;
        if (!chain_.last_gelu) sum = out.words_or(rows, y);
        add_words(second, nullptr, mlp_skip_, mlp_skip_result_, v, z, sums, sum, activated, rows,
                  out.stride());
        if (mlp_skip_.exists()) last_sum_.write(sum, rows);
        kept_last_.write(sum, rows);
        result = chain_.last_gelu ? activated : sum;
      }
    } else if (chain_.last_gelu) {
      gelu_words(left, x, count * out.stride());
      result = x;
    }
    out.write_words(result, rows);
  }

  // sum = (x + bias) + skip(v), and what σ makes of it.
  void add_words(const std::uint16_t* x, const float* bias, const SkipStage& skip, const Leaving& seen,
                 const std::uint16_t* v, std::uint16_t* z, float* sums, std::uint16_t* sum,
                 std::uint16_t* activated, TileRows rows, std::int64_t stride) const {
    const std::uint16_t* around = nullptr;
    if (skip.exists()) around = skip.apply_words(v, rows.count, stride, z, sums);
    if (seen.field.exists() && skip.gate() != nullptr) gate_word_rows(v, skip.gate(), z, rows.count, stride);
    if (seen.field.exists()) seen.write(z, rows);
    sum_word_rows({x, bias, around, skip.gate(), sum, activated}, rows.count, stride);
  }

  void add(const float* y, float* x, std::int64_t values) const {
    sum_span(x, y, x, values);
    arithmetic_.round(x, values);
  }

  const PointwiseChain& chain_;
  const StageContext& context_;
  bool looked_at_;
  TileArithmetic arithmetic_;
  TileField field_, spectral_;
  SkipStage skip_, mlp_skip_;
  std::vector<float> bias_;
  std::optional<TileLinear> first_linear_, second_linear_;
  Leaving result_, kept_first_, kept_hidden_, kept_last_;
  Leaving skip_result_, first_sum_, first_, hidden_, activated_, mlp_, mlp_skip_result_, last_sum_;
};

}  // namespace

std::int64_t tile_rows(const PointwiseChain& chain) {
  std::int64_t wide = tile_stride(chain.field.size(-1));
  if (chain.mlp.exists())
    wide =
        std::max({wide, tile_stride(chain.mlp.weight[0].size(0)), tile_stride(chain.mlp.weight[1].size(0))});
  constexpr std::int64_t values = 6144;
  // Products go by 6 or 12 rows.
  return std::clamp<std::int64_t>(values / wide / 12 * 12, 12, 192);
}

at::Tensor like_field(const at::Tensor& field, std::int64_t channels, at::ScalarType type) {
  auto shape = field.sizes().vec();
  shape.back() = channels;
  return at::empty(shape, field.options().dtype(type).requires_grad(false));
}

at::ScalarType carrying_type(Format format) {
  return facts(format).storage_bits == 16 ? tensor_type(format) : at::kFloat;
}

at::Tensor forward_chain(const PointwiseChain& chain, const StageContext& context, KeptChain* kept) {
  ForwardPass pass(chain, context, kept != nullptr);
  pass.run();
  return pass.finish(kept);
}

}  // namespace halfwave
