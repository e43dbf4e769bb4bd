#include "core/operators/tile_stages.h"

#include "core/device/memory_meter.h"
#include "core/operators/pointwise_spans.h"
#include "core/operators/word_spans.h"

#include <ATen/ATen.h>

namespace halfwave {

TileFactor as_factor(const float* tile, std::int64_t rows, std::int64_t stride, TileKind kind,
                     float* buffer) {
  if (kind == TileKind::floats) return {tile, stride};
  narrow_span(tile, buffer, rows * stride, Format::bf16);
  return {buffer, stride / 2};
}

TileFactor as_factor(const TileField& field, const float* tile, TileRows rows, TileKind kind, float* buffer) {
  if (kind == TileKind::bf16_pairs)
    if (const void* pairs = field.pairs(rows.first)) return {pairs, field.channels() / 2};
  return as_factor(tile, rows.count, field.stride(), kind, buffer);
}

std::vector<float> channel_operand(const at::Tensor& values, const TileArithmetic& arithmetic) {
  const at::Tensor own = values.to(at::kFloat).contiguous();
  std::vector<float> operand(static_cast<std::size_t>(tile_stride(own.numel())), 0.0F);
  std::copy_n(own.const_data_ptr<float>(), own.numel(), operand.begin());
  arithmetic.round(operand.data(), own.numel());
  return operand;
}

TileLinear::TileLinear(const at::Tensor& factor, const at::Tensor& bias, const TileArithmetic& arithmetic)
    : arithmetic_(arithmetic), factor_(factor, arithmetic.arithmetic) {
  if (bias.defined()) bias_ = channel_operand(bias, arithmetic);
}

void TileLinear::apply(TileFactor x, std::int64_t rows, float* y) const {
  multiply(arithmetic_.kind,
           {x.data, x.row, 1, factor_.data(), stride(), y, stride(), bias_.empty() ? nullptr : bias_.data(),
            1.0F, rows, factor_.inner(), stride(), false});
  arithmetic_.round(y, rows * stride());
}

void TileLinear::apply_words(const std::uint16_t* x, std::int64_t x_stride, std::int64_t rows,
                             std::uint16_t* y, float* sums) const {
  TileProduct product{x,
                      x_stride / 2,
                      1,
                      factor_.data(),
                      stride(),
                      sums,
                      stride(),
                      bias_.empty() ? nullptr : bias_.data(),
                      1.0F,
                      rows,
                      factor_.inner(),
                      stride(),
                      false};
  product.words = y;
  product.words_row = stride();
  multiply(TileKind::bf16_pairs, product);
}

TileSum::TileSum(std::int64_t parts, std::int64_t out, std::int64_t in)
    : parts_(parts),
      out_(out),
      in_(in),
      stride_(tile_stride(in)),
      sums_(static_cast<std::size_t>(parts * out * tile_stride(in)), 0.0F) {}

void TileSum::add_outer_pairs(std::int64_t part, const std::uint32_t* g, std::int64_t g_stride,
                              const std::uint32_t* x, std::int64_t pairs) {
  float* sums = sums_.data() + part * out_ * stride_;
  multiply(TileKind::bf16_pairs,
           {g, 1, g_stride, x, stride_, sums, stride_, nullptr, 1.0F, out_, pairs, stride_, true});
}

void TileSum::add_outer(std::int64_t part, const float* g, std::int64_t g_stride, const float* x,
                        std::int64_t rows, TileKind kind, float* scratch) {
  if (kind == TileKind::floats) {
    float* sums = sums_.data() + part * out_ * stride_;
    return multiply(kind,
                    {g, 1, g_stride, x, stride_, sums, stride_, nullptr, 1.0F, out_, rows, stride_, true});
  }
  auto* g_pairs = reinterpret_cast<std::uint32_t*>(scratch);
  auto* x_pairs = g_pairs + (rows + 1) / 2 * g_stride;
  for (std::int64_t r = 0; r < rows; r += 2) {
    const bool alone = r + 1 == rows;
    pair_rows(g + r * g_stride, alone ? nullptr : g + (r + 1) * g_stride, g_pairs + r / 2 * g_stride,
              g_stride);
    pair_rows(x + r * stride_, alone ? nullptr : x + (r + 1) * stride_, x_pairs + r / 2 * stride_, stride_);
  }
  add_outer_pairs(part, g_pairs, g_stride, x_pairs, (rows + 1) / 2);
}

void TileSum::add_outer(std::int64_t part, const std::uint16_t* g, std::int64_t g_stride,
                        const std::uint16_t* x, std::int64_t rows, float* scratch) {
  auto* g_pairs = reinterpret_cast<std::uint32_t*>(scratch);
  auto* x_pairs = g_pairs + (rows + 1) / 2 * g_stride;
  pair_word_rows(g, g_pairs, rows, g_stride);
  pair_word_rows(x, x_pairs, rows, stride_);
  add_outer_pairs(part, g_pairs, g_stride, x_pairs, (rows + 1) / 2);
}

void TileSum::add_rows(std::int64_t part, const std::uint16_t* g, std::int64_t rows) {
  float sums[max_tile_channels] = {};
  add_word_rows(g, sums, rows, stride_);
  sum_span(sums, sums_.data() + part * stride_, sums_.data() + part * stride_, stride_);
}

void TileSum::add_products(std::int64_t part, const std::uint16_t* g, const std::uint16_t* x,
                           std::int64_t rows) {
  float sums[max_tile_channels] = {};
  add_word_products(g, x, sums, rows, stride_);
  sum_span(sums, sums_.data() + part * stride_, sums_.data() + part * stride_, stride_);
}

void TileSum::add_rows(std::int64_t part, const float* g, std::int64_t rows) {
  float sums[max_tile_channels] = {};
  halfwave::add_rows(g, sums, rows, stride_);
  sum_span(sums, sums_.data() + part * stride_, sums_.data() + part * stride_, stride_);
}

void TileSum::add_products(std::int64_t part, const float* g, const float* x, std::int64_t rows) {
  float sums[max_tile_channels] = {};
  halfwave::add_products(g, x, sums, rows, stride_);
  sum_span(sums, sums_.data() + part * stride_, sums_.data() + part * stride_, stride_);
}

at::Tensor TileSum::total(bool is_vector) const {
  MemoryScope scope(MemoryCategory::gradients);
  at::Tensor result = is_vector ? at::empty({in_}, at::kFloat) : at::empty({out_, in_}, at::kFloat);
  float* to = result.mutable_data_ptr<float>();
  for (std::int64_t o = 0; o < out_; ++o)
    for (std::int64_t i = 0; i < in_; ++i) {
      double sum = 0.0;
      for (std::int64_t part = 0; part < parts_; ++part)
        sum += sums_[static_cast<std::size_t>((part * out_ + o) * stride_ + i)];
      to[o * in_ + i] = static_cast<float>(sum);
    }
  return result;
}

}  // namespace halfwave
