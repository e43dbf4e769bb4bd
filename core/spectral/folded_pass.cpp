#include "core/spectral/folded_pass.h"

#include "core/precision/chunks.h"
#include "core/precision/product.h"
#include "core/precision/target_clones.h"
#include "core/precision/tile_product.h"
#include "core/spectral/thread_scratch.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace halfwave {
namespace {

constexpr std::int64_t widest_strip = 64;  // columns of a task
constexpr std::int64_t most_terms = 128;   // pairs of points in the cache at a time
constexpr std::int64_t fewest_rows = 8;    // below, adding and subtracting costs more than the products

HALFWAVE_CLONES void sum_and_difference(const float* __restrict a, const float* __restrict b,
                                        float* __restrict sum, float* __restrict difference,
                                        std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    sum[i] = a[i] + b[i];
    difference[i] = a[i] - b[i];
  }
}

HALFWAVE_CLONES void negate(const float* __restrict from, float* __restrict to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = -from[i];
}

void copy(const float* from, float* to, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

/// Two lines that mirror each other, as their sum and difference; −1 where one does not exist.
struct MirrorPair {
  std::int64_t plus, minus;
};

class Pass {
 public:
  Pass(const at::Tensor& data, const FoldedPass& shape, const QuarterMatrix& matrix, Format format,
       at::Tensor& result)
      : shape_(shape),
        from_(data),
        carrier_(format, result),
        cosines_(matrix.cosines.const_data_ptr<float>()),
        sines_(matrix.sines.const_data_ptr<float>()),
        scale_(static_cast<float>(matrix.scale)),
        rows_(matrix.cosines.size(0)),
        terms_(matrix.cosines.size(1)),
        odd_terms_(matrix.sines.size(1)),
        parts_(shape.last ? 1 : 2) {
    const std::int64_t blocks = (terms_ + most_terms - 1) / most_terms;
    block_ = (terms_ + blocks - 1) / blocks;
  }

  void run() const {
    const std::int64_t strips = strip_count();
    const std::int64_t strip = ((shape_.columns + strips - 1) / strips + 15) / 16 * 16;
    // In a pass to the field threads can share the points as well.
    const std::int64_t blocks = shape_.to_modes ? 1 : (terms_ + block_ - 1) / block_;
    const std::int64_t values = 1 + strip * parts_ * (shape_.to_modes ? shape_.points : 2 * block_);
    at::parallel_for(0, shape_.outer * strips * blocks, 1 + chunk_grain / values,
                     [&](std::int64_t begin, std::int64_t end) {
                       for (std::int64_t task = begin; task < end; ++task) {
                         const std::int64_t block = task % blocks, rest = task / blocks;
                         const std::int64_t column = rest % strips * strip;
                         const std::int64_t width = std::min(strip, shape_.columns - column);
                         if (width <= 0) continue;
                         const Strip s{rest / strips, column, width, (width + 15) / 16 * 16};
                         if (shape_.to_modes)
                           to_modes(s);
                         else
                           to_field(s, block * block_, std::min(terms_, (block + 1) * block_));
                       }
                     });
  }

 private:
  struct Strip {
    std::int64_t item, column, width, padded;
  };

  std::int64_t strip_count() const {
    std::int64_t width = widest_strip;
    const auto wanted = 2 * static_cast<std::int64_t>(at::get_num_threads());
    while (width > 16 && shape_.outer * ((shape_.columns + width - 1) / width) < wanted) width /= 2;
    return (shape_.columns + width - 1) / width;
  }

  std::int64_t point(const Strip& s, std::int64_t x, std::int64_t part) const {
    return ((s.item * shape_.points + x) * parts_ + part) * shape_.columns + s.column;
  }
  std::int64_t mode(const Strip& s, std::int64_t k, std::int64_t part) const {
    return ((s.item * 2 + part) * shape_.modes + k) * shape_.columns + s.column;
  }

  MirrorPair points_of(std::int64_t term) const {
    return {term, term >= 1 && term <= odd_terms_ ? shape_.points - term : -1};
  }
  // The lowest frequency of an even number of them, −K/2, has no mirror image.
  MirrorPair modes_of(std::int64_t row) const {
    const std::int64_t zero = shape_.modes / 2;
    if (row == 0) return {zero, -1};
    return {zero + row < shape_.modes ? zero + row : -1, zero - row};
  }

  void load(std::int64_t place, const Strip& s, float* to) const {
    const float* own = carrier_.operand(from_, place, s.width, to);
    if (own != to) copy(own, to, s.width);
    std::fill(to + s.width, to + s.padded, 0.0F);
  }

  // `odd` may be null where there is none.
  void fold(std::int64_t plus, std::int64_t minus, const Strip& s, float* even, float* odd) const {
    if (minus < 0) return load(plus, s, even);
    if (plus < 0) {
      load(minus, s, even);
      return negate(even, odd, s.padded);
    }
    float first[widest_strip], second[widest_strip];
    sum_and_difference(carrier_.operand(from_, plus, s.width, first),
                       carrier_.operand(from_, minus, s.width, second), even, odd, s.width);
    std::fill(even + s.width, even + s.padded, 0.0F);
    std::fill(odd + s.width, odd + s.padded, 0.0F);
  }

  void put(const float* values, std::int64_t place, const Strip& s) const {
    float buffer[widest_strip];
    float* to = carrier_.target(place, buffer);
    copy(values, to, s.width);
    carrier_.finish(to, place, s.width);
  }

  // plus = p + s, minus = p − s; a place of −1 is left out.
  void unfold(const float* p, const float* s, std::int64_t plus, std::int64_t minus,
              const Strip& strip) const {
    float first[widest_strip], second[widest_strip];
    float* sum = plus < 0 ? first : carrier_.target(plus, first);
    float* difference = minus < 0 ? second : carrier_.target(minus, second);
    sum_and_difference(p, s, sum, difference, strip.width);
    if (plus >= 0) carrier_.finish(sum, plus, strip.width);
    if (minus >= 0) carrier_.finish(difference, minus, strip.width);
  }

  // The lines of p + i s and p − i s, each (part, strip) as folded.
  template <typename Place>
  void unfold_complex(const float* p, const float* s, MirrorPair pair, const Place& place,
                      const Strip& strip) const {
    const auto at = [&](std::int64_t line, std::int64_t part) { return line < 0 ? -1 : place(line, part); };
    unfold(p, s + strip.padded, at(pair.minus, 0), at(pair.plus, 0), strip);
    unfold(p + strip.padded, s, at(pair.plus, 1), at(pair.minus, 1), strip);
  }

  void to_modes(const Strip& s) const {
    const std::int64_t line = parts_ * s.padded;
    ThreadScratch scratch(2 * ThreadScratch::size<float>(block_ * line) +
                          2 * ThreadScratch::size<float>(rows_ * line));
    float *even = scratch.take<float>(block_ * line), *odd = scratch.take<float>(block_ * line);
    float *p = scratch.take<float>(rows_ * line), *q = scratch.take<float>(rows_ * line);
    for (std::int64_t first = 0; first < terms_; first += block_) {
      const std::int64_t end = std::min(terms_, first + block_);
      for (std::int64_t t = first; t < end; ++t) {
        const MirrorPair x = points_of(t);
        for (std::int64_t part = 0; part < parts_; ++part)
          fold(point(s, x.plus, part), x.minus < 0 ? -1 : point(s, x.minus, part), s,
               even + (t - first) * line + part * s.padded, odd + (t - first) * line + part * s.padded);
      }
      product(cosines_ + first, terms_, 1, even, p, scale_, rows_, end - first, line, first > 0);
      const std::int64_t begin = std::max<std::int64_t>(first, 1), stop = std::min(end, odd_terms_ + 1);
      if (first == 0 || stop > begin)
        product(sines_ + begin - 1, odd_terms_, 1, odd + (begin - first) * line, q, -scale_, rows_ - 1,
                std::max<std::int64_t>(stop - begin, 0), line, first > 0);
    }
    if (shape_.last) {
      static const std::vector<float> zeros(widest_strip, 0.0F);
      for (std::int64_t k = 0; k < rows_; ++k) {
        put(p + k * line, mode(s, k, 0), s);
        put(k > 0 ? q + (k - 1) * line : zeros.data(), mode(s, k, 1), s);
      }
      return;
    }
    const auto place = [&](std::int64_t k, std::int64_t part) { return mode(s, k, part); };
    put(p, place(modes_of(0).plus, 0), s);
    put(p + s.padded, place(modes_of(0).plus, 1), s);
    for (std::int64_t k = 1; k < rows_; ++k)
      unfold_complex(p + k * line, q + (k - 1) * line, modes_of(k), place, s);
  }

  void to_field(const Strip& s, std::int64_t first, std::int64_t end) const {
    const std::int64_t line = parts_ * s.padded, count = end - first;
    ThreadScratch scratch(2 * ThreadScratch::size<float>(rows_ * line) +
                          2 * ThreadScratch::size<float>(count * line));
    float *even = scratch.take<float>(rows_ * line), *odd = scratch.take<float>(rows_ * line);
    float *p = scratch.take<float>(count * line), *q = scratch.take<float>(count * line);
    for (std::int64_t k = 0; k < rows_; ++k) {
      float *e = even + k * line, *o = odd + (k - 1) * line;
      if (shape_.last) {
        load(mode(s, k, 0), s, e);
        if (k > 0) load(mode(s, k, 1), s, o);
        continue;
      }
      const MirrorPair pair = modes_of(k);
      for (std::int64_t part = 0; part < 2; ++part)
        fold(pair.plus < 0 ? -1 : mode(s, pair.plus, part), pair.minus < 0 ? -1 : mode(s, pair.minus, part),
             s, e + part * s.padded, k > 0 ? o + part * s.padded : nullptr);
    }
    product(cosines_ + first, 1, terms_, even, p, scale_, count, rows_, line, false);
    const std::int64_t begin = std::max<std::int64_t>(first, 1), stop = std::min(end, odd_terms_ + 1);
    if (stop > begin)
      product(sines_ + begin - 1, 1, odd_terms_, odd, q + (begin - first) * line,
              shape_.last ? -scale_ : scale_, stop - begin, rows_ - 1, line, false);
    const auto place = [&](std::int64_t x, std::int64_t part) { return point(s, x, part); };
    for (std::int64_t t = first; t < end; ++t) {
      const MirrorPair x = points_of(t);
      const float *u = p + (t - first) * line, *v = q + (t - first) * line;
      if (x.minus < 0)
        for (std::int64_t part = 0; part < parts_; ++part) put(u + part * s.padded, place(x.plus, part), s);
      else if (shape_.last)
        unfold(u, v, place(x.plus, 0), place(x.minus, 0), s);
      else
        unfold_complex(u, v, x, place, s);
    }
  }

  static void product(const float* a, std::int64_t a_row, std::int64_t a_inner, const float* b, float* c,
                      float scale, std::int64_t rows, std::int64_t inner, std::int64_t line, bool adds) {
    multiply(TileKind::floats,
             {a, a_row, a_inner, b, line, c, line, nullptr, scale, rows, inner, line, adds});
  }

  FoldedPass shape_;
  ChunkedField from_;
  ChunkCarrier carrier_;
  const float *cosines_, *sines_;
  float scale_;
  std::int64_t rows_, terms_, odd_terms_, parts_, block_ = 0;
};

}  // namespace

bool folds(std::int64_t modes, bool last, Arithmetic arithmetic) {
  const Format format = arithmetic.format;
  const bool narrow_native = arithmetic.native && facts(format).storage_bits < 32;
  const bool enough = (last ? modes : modes / 2 + 1) >= fewest_rows;
  return enough && format != Format::fp64 && !narrow_native && !rounds_every_step(arithmetic);
}

bool takes_folded_pass(const at::Tensor& data, const FoldedPass& pass, Arithmetic arithmetic) {
  return folds(pass.modes, pass.last, arithmetic) && has_chunks(data);
}

at::Tensor folded_pass(const at::Tensor& data, const FoldedPass& pass, const QuarterMatrix& matrix,
                       Arithmetic arithmetic) {
  const auto type = facts(arithmetic.format).storage_bits == 16 ? tensor_type(arithmetic.format) : at::kFloat;
  const auto lines = pass.to_modes ? 2 * pass.modes : pass.points * (pass.last ? 1 : 2);
  at::Tensor result =
      at::empty({pass.outer, lines, pass.columns}, data.options().dtype(type).requires_grad(false));
  Pass(data, pass, matrix, arithmetic.format, result).run();
  return result;
}

}  // namespace halfwave
