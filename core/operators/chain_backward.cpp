#include "core/device/memory_meter.h"
#include "core/operators/chain_pass.h"
#include "core/operators/pointwise_spans.h"
#include "core/operators/tile_stages.h"
#include "core/operators/word_spans.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>

namespace halfwave {
namespace {

/// A skip of a backward pass.
class SkipGradient {
 public:
  SkipGradient(const SkipPath& path, const TileArithmetic& a, std::int64_t parts)
      : kind_(path.kind), arithmetic_(a) {
    if (kind_ == SkipKind::linear) {
      linear_.emplace(path.weight, at::Tensor(), a);
      sum_ = TileSum(parts, path.weight.size(0), path.weight.size(1));
    }
    if (kind_ == SkipKind::soft_gating) {
      gate_ = channel_operand(path.weight, a);
      sum_ = TileSum(parts, 1, path.weight.numel());
    }
  }

  bool exists() const { return kind_ != SkipKind::none; }
  bool has_stage() const { return kind_ == SkipKind::linear || kind_ == SkipKind::soft_gating; }
  bool needs_factor() const { return kind_ == SkipKind::linear; }

  /// The gradient of v through the skip in `gx`, or g itself.
  const float* apply(const float* g, TileFactor factor, std::int64_t rows, std::int64_t stride,
                     float* gx) const {
    if (kind_ == SkipKind::identity) return g;
    if (kind_ == SkipKind::linear) {
      linear_->apply(factor, rows, gx);
    } else {
      gate_rows(g, gate_.data(), gx, rows, stride);
      arithmetic_.round(gx, rows * stride);
    }
    return gx;
  }

  void sum(std::int64_t part, const float* g, const float* v, std::int64_t rows, std::int64_t stride,
           float* scratch) {
    if (kind_ == SkipKind::linear) sum_.add_outer(part, g, stride, v, rows, arithmetic_.kind, scratch);
    if (kind_ == SkipKind::soft_gating) sum_.add_products(part, g, v, rows);
  }

  // The same of bf16 words. `sums` has room for a tile of floats.
  const std::uint16_t* apply(const std::uint16_t* g, std::int64_t rows, std::int64_t stride,
                             std::uint16_t* gx, float* sums) const {
    if (kind_ == SkipKind::identity) return g;
    if (kind_ == SkipKind::linear)
      linear_->apply_words(g, stride, rows, gx, sums);
    else
      gate_word_rows(g, gate_.data(), gx, rows, stride);
    return gx;
  }

  void sum(std::int64_t part, const std::uint16_t* g, const std::uint16_t* v, std::int64_t rows,
           std::int64_t stride, float* scratch) {
    if (kind_ == SkipKind::linear) sum_.add_outer(part, g, stride, v, rows, scratch);
    if (kind_ == SkipKind::soft_gating) sum_.add_products(part, g, v, rows);
  }

  at::Tensor weight_gradient() const {
    if (!has_stage()) return {};
    at::Tensor gradient = sum_.total(kind_ == SkipKind::soft_gating);
    // The products of a linear map are a stage with its rounding; a gate's sum is not.
    if (kind_ == SkipKind::linear) arithmetic_.round(gradient.mutable_data_ptr<float>(), gradient.numel());
    return gradient;
  }

 private:
  SkipKind kind_;
  TileArithmetic arithmetic_;
  std::optional<TileLinear> linear_;
  std::vector<float> gate_;
  TileSum sum_;
};

/// A linear map with a bias in a backward pass.
struct LinearGradient {
  LinearGradient(const at::Tensor& weight, const TileArithmetic& a, std::int64_t parts)
      : linear(weight, at::Tensor(), a),
        weight_sum(parts, weight.size(0), weight.size(1)),
        bias_sum(parts, 1, weight.size(0)) {}

  TileLinear linear;
  TileSum weight_sum, bias_sum;
};

class BackwardPass {
 public:
  BackwardPass(const ChainBackward& from, const at::Tensor& gradient, const StageContext& context)
      : from_(from),
        chain_(*from.chain),
        context_(context),
        looked_at_(context.probe && *context.probe != nullptr),
        parts_(at::get_num_threads()),
        forward_(context.arithmetic(Stage::pointwise, gradient)),
        arithmetic_(context.gradient_arithmetic(Stage::pointwise, gradient)),
        gradient_(gradient),
        input_(from.input.values),
        first_(from.kept->first),
        hidden_(from.kept->hidden),
        last_(from.kept->last),
        skip_(chain_.skip, arithmetic_, parts_),
        mlp_skip_(chain_.mlp_skip, arithmetic_, parts_),
        head_(from.spectral_type != at::ScalarType::Undefined) {
    const bool mlp = chain_.mlp.exists();
    if (mlp) {
      first_linear_.emplace(chain_.mlp.weight[0], arithmetic_, parts_);
      second_linear_.emplace(chain_.mlp.weight[1], arithmetic_, parts_);
    }
    middle_ = mlp ? chain_.mlp.weight[0].size(1) : gradient.size(-1);
    prepare(gradient, mlp);
  }

  void run() {
    const std::int64_t channels = from_.chain->mlp.exists() ? chain_.mlp.weight[1].size(0) : middle_;
    const std::int64_t tile = rows_of_tile(channels);
    const bool words = takes_words();
    for_tiles(points_, tile, parts_, [&](std::int64_t part, TileRows rows) {
      if (words)
        compute_words(part, rows, tile);
      else
        compute(part, rows, tile);
    });
  }

  ChainGradients finish() {
    const auto report = [&](const at::Tensor& x) {
      if (x.defined()) context_.report(Stage::pointwise, true, x);
    };
    for (const at::Tensor* seen : {&last_look_, &mlp_skip_look_, &activated_look_, &hidden_look_,
                                   &first_look_, &sum_look_, &skip_look_})
      report(*seen);
    ChainGradients gradients;
    gradients.field = result_;
    gradients.spectral = spectral_;
    if (chain_.spectral_bias.defined()) gradients.spectral_bias = spectral_bias_sum_.total(true);
    gradients.skip = skip_.weight_gradient();
    gradients.mlp_skip = mlp_skip_.weight_gradient();
    if (first_linear_) {
      LinearGradient* linears[] = {&*first_linear_, &*second_linear_};
      for (int i = 0; i < 2; ++i) {
        at::Tensor weight = linears[i]->weight_sum.total(false);
        arithmetic_.round(weight.mutable_data_ptr<float>(), weight.numel());
        gradients.mlp_weight[i] = weight;
        gradients.mlp_bias[i] = linears[i]->bias_sum.total(true);
      }
    }
    return gradients;
  }

 private:
  std::int64_t rows_of_tile(std::int64_t channels) const {
    PointwiseChain shape = chain_;
    shape.field = at::empty({0, std::max(channels, middle_)});
    return tile_rows(shape);
  }

  TileField made(at::Tensor& result, const at::Tensor& like, std::int64_t channels,
                 at::ScalarType type) const {
    result = like_field(like, channels, type);
    return TileField(result);
  }

  void prepare(const at::Tensor& gradient, bool mlp) {
    const auto type = carrying_type(arithmetic_.format);
    points_ = gradient.numel() / gradient.size(-1);
    const auto look = [&](bool there, at::Tensor& seen, std::int64_t channels) {
      return there && looked_at_ ? made(seen, gradient, channels, type) : TileField();
    };
    const std::int64_t hidden = mlp ? chain_.mlp.weight[0].size(0) : 0;
    if (head_) {
      spectral_field_ = made(spectral_, gradient, middle_, from_.spectral_type);
      if (chain_.spectral_bias.defined()) spectral_bias_sum_ = TileSum(parts_, 1, middle_);
    }
    passes_to_field_ = from_.needs_field && (!head_ || skip_.exists() || (mlp && mlp_skip_.exists()));
    if (passes_to_field_) result_field_ = made(result_, gradient, middle_, from_.field_type);
    last_seen_ = look(chain_.last_gelu, last_look_, gradient.size(-1));
    mlp_skip_seen_ = look(passes_to_field_ && mlp && mlp_skip_.has_stage(), mlp_skip_look_, middle_);
    activated_seen_ = look(mlp, activated_look_, hidden);
    hidden_seen_ = look(mlp, hidden_look_, hidden);
    first_seen_ = look(mlp && (head_ || passes_to_field_), first_look_, middle_);
    sum_seen_ = look(chain_.first_gelu, sum_look_, middle_);
    skip_seen_ = look(passes_to_field_ && skip_.has_stage(), skip_look_, middle_);
  }

  void look(const TileField& seen, const float* tile, TileRows rows) const {
    if (seen.exists()) seen.write(tile, rows);
  }

  // σ of a kept x as the forward pass had it, in y, a factor of products only; g · σ′(x) in gx, which may be
  // g.
  void activate(const TileField& kept, TileRows rows, float* y, const float* g, float* gx,
                float* buffer) const {
    const std::int64_t values = rows.count * kept.stride();
    const float* x = kept.read(rows, arithmetic_.format, buffer);
    const bool one_x = arithmetic_.format == forward_.format ||
                       (arithmetic_.format == Format::fp32 && kept.own() == forward_.format);
    if (one_x) {
      gelu_and_backward_span(x, y, g, gx, values);
    } else {
      gelu_backward_span(g, x, gx, values);
      gelu_span(kept.read(rows, forward_.format, buffer), y, values);
    }
    arithmetic_.round(gx, values);
    if (arithmetic_.kind == TileKind::floats || arithmetic_.format != forward_.format)
      as_operand_of_gradient(y, values, forward_.format);
  }

  // What the forward pass rounded to `format`, then to the gradients' own.
  void as_operand_of_gradient(float* y, std::int64_t values, Format format) const {
    if (facts(format).mantissa_bits < 23) round_span(y, y, values, format);
    if (arithmetic_.rounds && arithmetic_.format != format) arithmetic_.round(y, values);
  }

  const float* input(TileRows rows, float* buffer) const {
    if (!from_.input.gelu) return input_.read(rows, arithmetic_.format, buffer);
    const std::int64_t values = rows.count * input_.stride();
    gelu_span(input_.read(rows, *from_.input.gelu, buffer), buffer, values);
    as_operand_of_gradient(buffer, values, *from_.input.gelu);
    return buffer;
  }

  void compute(std::int64_t part, TileRows rows, std::int64_t tile) {
    const std::int64_t hidden = hidden_.exists() ? hidden_.stride() : 0, middle = tile_stride(middle_);
    const std::int64_t wide = std::max({hidden, middle, gradient_.stride()}), count = rows.count;
    TileBuffers buffers(9 * tile * wide);
    const auto take = [&] { return buffers.take(tile * wide); };
    float *v_buffer = take(), *g = take(), *gx = take(), *x = take(), *y = take(), *buffer = take(),
          *scratch = buffers.take(2 * tile * wide);
    const TileKind kind = arithmetic_.kind;

    const float* v = nullptr;
    if (input_.exists()) v = input(rows, v_buffer);
    const float* d = gradient_.read(rows, arithmetic_.format, g);
    if (chain_.last_gelu) {
      through_last(d, rows, y, g, buffer);
      d = g;
      look(last_seen_, d, rows);
    }
    bool has_gx = false;
    if (first_linear_) {
      const std::int64_t out = gradient_.stride();
      const TileFactor factor = as_factor(d, count, out, kind, buffer);
      if (mlp_skip_.exists()) {
        if (mlp_skip_.has_stage()) mlp_skip_.sum(part, d, v, count, out, scratch);
        if (passes_to_field_) {
          const float* through = mlp_skip_.apply(d, factor, count, out, gx);
          if (mlp_skip_.has_stage()) look(mlp_skip_seen_, through, rows);
          if (through != gx) std::copy_n(through, count * out, gx);
          has_gx = true;
        }
      }
      LinearGradient& second = *second_linear_;
      second.linear.apply(factor, count, x);  // the gradient of what σ gave
      look(activated_seen_, x, rows);
      activate(hidden_, rows, y, x, x, buffer);
      look(hidden_seen_, x, rows);
      second.weight_sum.add_outer(part, d, out, y, count, kind, scratch);
      second.bias_sum.add_rows(part, d, count);
      // Now x is the gradient of the first linear map's result; d is free.
      LinearGradient& first = *first_linear_;
      first.bias_sum.add_rows(part, x, count);
      const bool goes_on = head_ || passes_to_field_;
      if (goes_on) {
        first.linear.apply(as_factor(x, count, hidden, kind, buffer), count, g);
        look(first_seen_, g, rows);
      }
      const float* from = v;
      if (head_ && chain_.first_gelu) {
        activate(first_, rows, y, g, g, buffer);
        from = y;
      } else if (head_) {
        from = first_.read(rows, forward_.format, y);
        if (arithmetic_.rounds && arithmetic_.format != forward_.format) {
          round_span(from, y, count * middle, arithmetic_.format);
          from = y;
        }
      }
      first.weight_sum.add_outer(part, x, hidden, from, count, kind, scratch);
      d = g;
    } else if (chain_.first_gelu) {
      gelu_backward_span(d, first_.read(rows, arithmetic_.format, buffer), g, count * middle);
      arithmetic_.round(g, count * middle);
      d = g;
    }
    if (chain_.first_gelu) look(sum_seen_, d, rows);
    if (head_) through_head(part, d, v, rows, gx, has_gx, x, buffer, scratch);
    if (!head_ && passes_to_field_) result_field_.write(d, rows);
  }

  // Whether tiles are bf16 words all the way: no stage and no field that gets a gradient has another format.
  bool takes_words() const {
    return arithmetic_.kind == TileKind::bf16_pairs && forward_.format == Format::bf16 &&
           (!from_.input.gelu || *from_.input.gelu == Format::bf16) &&
           (!head_ || from_.spectral_type == at::kBFloat16) &&
           (!passes_to_field_ || from_.field_type == at::kBFloat16);
  }

  void look(const TileField& seen, const std::uint16_t* tile, TileRows rows) const {
    seen.write_words(tile, rows);
  }

  // As `compute`, with the same roundings.
  void compute_words(std::int64_t part, TileRows rows, std::int64_t tile) {
    const std::int64_t hidden = hidden_.exists() ? hidden_.stride() : 0, middle = tile_stride(middle_);
    const std::int64_t wide = std::max({hidden, middle, gradient_.stride()}), count = rows.count;
    TileBuffers buffers(7 * tile * wide);
    const auto take = [&] { return reinterpret_cast<std::uint16_t*>(buffers.take(tile * wide / 2)); };
    std::uint16_t *v_buffer = take(), *g = take(), *gx = take(), *x = take(), *y = take(), *buffer = take();
    float *sums = buffers.take(tile * wide), *scratch = buffers.take(2 * tile * wide);

    const std::uint16_t* v = nullptr;
    if (input_.exists()) {
      v = input_.read_words(rows, v_buffer);
      if (from_.input.gelu) gelu_words(v, v_buffer, count * input_.stride());
      if (from_.input.gelu) v = v_buffer;
    }
    const std::uint16_t* d = gradient_.read_words(rows, g);
    if (chain_.last_gelu) {
      through_last(d, rows, y, g, buffer);
      d = g;
      look(last_seen_, d, rows);
    }
    // The gradient of the spectral part is computed where it goes, where it can be.
    std::uint16_t* at_head = head_ ? spectral_field_.words_or(rows, g) : g;
    bool has_gx = false;
    if (first_linear_) {
      const std::int64_t out = gradient_.stride();
      if (mlp_skip_.exists()) {
        if (mlp_skip_.has_stage()) mlp_skip_.sum(part, d, v, count, out, scratch);
        if (passes_to_field_) {
          const std::uint16_t* through = mlp_skip_.apply(d, count, out, gx, sums);
          if (mlp_skip_.has_stage()) look(mlp_skip_seen_, through, rows);
          if (through != gx) std::copy_n(through, count * out, gx);
          has_gx = true;
        }
      }
      LinearGradient& second = *second_linear_;
      second.linear.apply_words(d, out, count, x, sums);  // the gradient of what σ gave
      look(activated_seen_, x, rows);
      gelu_and_backward_words(hidden_.read_words(rows, buffer), y, x, x, count * hidden);
      look(hidden_seen_, x, rows);
      second.weight_sum.add_outer(part, d, out, y, count, scratch);
      second.bias_sum.add_rows(part, d, count);
      // Now x is the gradient of the first linear map's result; d is free.
      LinearGradient& first = *first_linear_;
      first.bias_sum.add_rows(part, x, count);
      if (head_ || passes_to_field_) {
        first.linear.apply_words(x, hidden, count, at_head, sums);
        look(first_seen_, at_head, rows);
      }
      const std::uint16_t* from = v;
      if (head_) from = first_.read_words(rows, buffer);
      if (head_ && chain_.first_gelu) {
        gelu_and_backward_words(from, y, at_head, at_head, count * middle);
        from = y;
      }
      first.weight_sum.add_outer(part, x, hidden, from, count, scratch);
      d = at_head;
    } else if (chain_.first_gelu) {
      gelu_and_backward_words(first_.read_words(rows, buffer), nullptr, d, at_head, count * middle);
      d = at_head;
    }
    if (chain_.first_gelu) look(sum_seen_, d, rows);
    if (head_) through_head(part, d, v, rows, has_gx ? gx : nullptr, x, sums, scratch);
    if (!head_ && passes_to_field_) result_field_.write_words(d, rows);
  }

  // g · σ′(t) in g.
  void through_last(const std::uint16_t* d, TileRows rows, std::uint16_t* t, std::uint16_t* g,
                    std::uint16_t* buffer) const {
    const std::int64_t values = rows.count * gradient_.stride();
    const std::uint16_t* x = (last_.exists() ? last_ : first_).read_words(rows, buffer);
    if (!last_.exists() && chain_.first_gelu) {  // without an MLP it is what the first σ gave
      gelu_words(x, t, values);
      x = t;
    }
    gelu_and_backward_words(x, nullptr, d, g, values);
  }

  void through_head(std::int64_t part, const std::uint16_t* d, const std::uint16_t* v, TileRows rows,
                    const std::uint16_t* gx, std::uint16_t* x, float* sums, float* scratch) {
    const std::int64_t middle = tile_stride(middle_), count = rows.count;
    spectral_field_.write_words(d, rows);
    if (skip_.has_stage()) skip_.sum(part, d, v, count, middle, scratch);
    if (passes_to_field_) {
      const std::uint16_t* through = skip_.exists() ? skip_.apply(d, count, middle, x, sums) : nullptr;
      if (skip_.has_stage()) look(skip_seen_, through, rows);
      const std::uint16_t* joined = gx == nullptr ? through : gx;
      if (gx != nullptr && through != nullptr) {
        std::uint16_t* to = result_field_.words_or(rows, x);
        sum_word_rows({gx, nullptr, through, nullptr, to, nullptr}, count, middle);
        joined = to;
      }
      result_field_.write_words(joined, rows);
    }
    if (spectral_bias_sum_.exists()) spectral_bias_sum_.add_rows(part, d, count);
  }

  // g · σ′(t) in g.
  void through_last(const float* d, TileRows rows, float* t, float* g, float* buffer) const {
    const std::int64_t values = rows.count * gradient_.stride();
    const float* x = nullptr;
    if (last_.exists()) {
      x = last_.read(rows, arithmetic_.format, buffer);
    } else if (chain_.first_gelu) {  // without an MLP it is what the first σ gave
      gelu_span(first_.read(rows, forward_.format, buffer), t, values);
      as_operand_of_gradient(t, values, forward_.format);
      x = t;
    } else {
      x = first_.read(rows, arithmetic_.format, buffer);
    }
    gelu_backward_span(d, x, g, values);
    arithmetic_.round(g, values);
  }

  void through_head(std::int64_t part, const float* d, const float* v, TileRows rows, float* gx, bool has_gx,
                    float* x, float* buffer, float* scratch) {
    const std::int64_t middle = tile_stride(middle_), count = rows.count, values = count * middle;
    spectral_field_.write(d, rows);
    if (skip_.has_stage()) skip_.sum(part, d, v, count, middle, scratch);
    if (passes_to_field_) {
      const float* through = nullptr;
      if (skip_.exists()) {
        TileFactor factor{};
        if (skip_.needs_factor()) factor = as_factor(d, count, middle, arithmetic_.kind, buffer);
        through = skip_.apply(d, factor, count, middle, x);
        if (skip_.has_stage()) look(skip_seen_, through, rows);
      }
      result_field_.write(joined(has_gx ? gx : nullptr, through, values, x), rows);
    }
    if (spectral_bias_sum_.exists()) {
      const Format own = spectral_field_.own();
      if (own != Format::fp32 && own != arithmetic_.format) {
        round_span(d, buffer, values, own);
        d = buffer;
      }
      spectral_bias_sum_.add_rows(part, d, count);
    }
  }

  // The sum of both in the field's own type, as gradients are added up.
  const float* joined(float* a, const float* b, std::int64_t values, float* to) const {
    if (a == nullptr) return b;
    if (b == nullptr) return a;
    const Format own = result_field_.own();
    if (own != Format::fp32 && own != arithmetic_.format) {
      round_span(a, a, values, own);
      round_span(b, to, values, own);
      b = to;
    }
    sum_span(a, b, to, values);
    return to;
  }

  const ChainBackward& from_;
  const PointwiseChain& chain_;
  const StageContext& context_;
  bool looked_at_;
  std::int64_t parts_;
  TileArithmetic forward_, arithmetic_;
  TileField gradient_, input_, first_, hidden_, last_;
  SkipGradient skip_, mlp_skip_;
  bool head_, passes_to_field_ = false;
  std::optional<LinearGradient> first_linear_, second_linear_;
  TileSum spectral_bias_sum_;
  std::int64_t middle_ = 0, points_ = 0;
  at::Tensor result_, spectral_;
  TileField result_field_, spectral_field_;
  at::Tensor last_look_, mlp_skip_look_, activated_look_, hidden_look_, first_look_, sum_look_, skip_look_;
  TileField last_seen_, mlp_skip_seen_, activated_seen_, hidden_seen_, first_seen_, sum_seen_, skip_seen_;
};

}  // namespace

ChainGradients backward_chain(const ChainBackward& from, const at::Tensor& gradient,
                              const StageContext& context) {
  BackwardPass pass(from, gradient, context);
  pass.run();
  return pass.finish();
}

}  // namespace halfwave
