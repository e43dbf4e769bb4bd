#include "core/spectral/mode_contraction.h"

#include "core/precision/chunks.h"
#include "core/precision/product.h"
#include "core/precision/tile_product.h"
#include "core/spectral/thread_scratch.h"

#include <cstring>
#include <optional>

namespace halfwave {
namespace {

constexpr std::uint16_t sign_bit = 0x8000;

float negative(float x) {
  return -x;
}
std::uint16_t negative(std::uint16_t x) {
  return x ^ sign_bit;
}

template <typename Value>
void copy(const Value* from, Value* to, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(Value));
}

template <typename Value>
void copy_negative(const Value* from, Value* to, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) to[i] = negative(from[i]);
}

std::int64_t padded(std::int64_t columns) {
  return (columns + 15) / 16 * 16;
}

/// (B, 2, mode…, C): a line of C values for each sample, part and mode.
struct Planes {
  ChunkedField field;
  std::int64_t modes, channels;

  std::int64_t place(std::int64_t line, std::int64_t mode) const { return (line * modes + mode) * channels; }
};

/// The sizes of a contraction and the weight that it reads, (modes, 2, in, out).
struct Problem {
  Problem(const at::Tensor& planes, const at::Tensor& weight, Arithmetic arithmetic)
      : lines(2 * planes.size(0)),
        in(weight.size(-2)),
        out(weight.size(-1)),
        modes(weight.numel() / (2 * in * out)),
        weight_field(weight),
        kind(tile_kind(arithmetic)) {}

  std::int64_t lines;  ///< samples and parts
  std::int64_t in, out, modes;
  ChunkedField weight_field;
  TileKind kind;

  std::int64_t block() const { return 2 * in * out; }
  bool pairs() const { return kind == TileKind::bf16_pairs; }

  /// Weights come from memory, and in a transposed order the processor does not foresee them: those of the
  /// next mode are called while this one is computed.
  void call_weight(std::int64_t mode) const {
    if (mode >= modes) return;
    const std::int64_t bytes = block() * (weight_field.own == Format::fp32 ? 4 : 2);
    const char* from = weight_field.data + mode * bytes;
    for (std::int64_t i = 0; i < bytes; i += 64) __builtin_prefetch(from + i, 0, 2);
  }

  template <typename Work>
  void for_modes(const Work& work) const {
    const std::int64_t grain = 1 + 65536 / block();
    at::parallel_for(0, modes, grain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t mode = begin; mode < end; ++mode) work(mode);
    });
  }
};

const std::uint16_t* words_of(const ChunkedField& field) {
  return reinterpret_cast<const std::uint16_t*>(field.data);
}
const float* floats_of(const ChunkedField& field) {
  return reinterpret_cast<const float*>(field.data);
}

/// Lines of one mode as they lie, (line, channels): floats of the format, or words of bf16.
template <typename Value>
const Value* gathered(const Planes& planes, std::int64_t mode, std::int64_t lines,
                      const ChunkCarrier& carrier, Value* to) {
  for (std::int64_t line = 0; line < lines; ++line, to += planes.channels) {
    const std::int64_t place = planes.place(line, mode);
    if constexpr (sizeof(Value) == 2) {
      copy(words_of(planes.field) + place, to, planes.channels);
    } else {
      const float* own = carrier.operand(planes.field, place, planes.channels, to);
      if (own != to) copy(own, to, planes.channels);
    }
  }
  return to - lines * planes.channels;
}

// The rows (re, −im) and (im, re) of each sample, whose product with (Re R; Im R) is complex.
template <typename Value>
void complex_rows(const Value* lines, std::int64_t count, std::int64_t channels, Value* to) {
  for (std::int64_t b = 0; b < count; b += 2, lines += 2 * channels, to += 4 * channels) {
    const Value *re = lines, *im = lines + channels;
    copy(re, to, channels);
    copy_negative(im, to + channels, channels);
    copy(im, to + 2 * channels, channels);
    copy(re, to + 3 * channels, channels);
  }
}

// The rows (re, im) and (im, −re), which meet (Re Rᵀ; Im Rᵀ); each part `width` long, zeros at its end.
template <typename Value>
void conjugate_rows(const Value* lines, std::int64_t count, std::int64_t channels, std::int64_t width,
                    Value* to) {
  if (width > channels) std::fill(to, to + 2 * count * width, Value{0});
  for (std::int64_t b = 0; b < count; b += 2, lines += 2 * channels, to += 4 * width) {
    const Value *re = lines, *im = lines + channels;
    copy(re, to, channels);
    copy(im, to + width, channels);
    copy(im, to + 2 * width, channels);
    copy_negative(re, to + 3 * width, channels);
  }
}

/// Where products go: a tensor of values of the format.
class Target {
 public:
  Target(at::Tensor& result, Format format)
      : data_(static_cast<char*>(result.mutable_data_ptr())),
        columns_(result.size(-1)),
        wide_(result.scalar_type() == at::kFloat),
        exact_(format == Format::fp32),
        carrier_(format, result) {}

  const ChunkCarrier& carrier() const { return carrier_; }

  /// The product in rows that begin at `place` and are `stride` apart: written there at once, or by way of
  /// `buffer`.
  void put(TileKind kind, TileProduct product, std::int64_t place, std::int64_t stride, float* buffer) const {
    const bool whole = product.columns == columns_, pairs = kind == TileKind::bf16_pairs;
    product.scale = 1.0F;
    product.c = buffer;
    product.c_row = product.columns;
    if (whole && wide_ && (exact_ || pairs)) {
      product.c = reinterpret_cast<float*>(data_) + place;
      product.c_row = stride;
      product.rounds = pairs;
      return multiply(kind, product);
    }
    if (whole && pairs) {
      product.words = reinterpret_cast<std::uint16_t*>(data_) + place;
      product.words_row = stride;
      return multiply(kind, product);
    }
    multiply(kind, product);
    // Rows of a weight's gradient follow each other: they are rounded together.
    const bool together = whole && stride == columns_;
    const std::int64_t count = together ? product.rows * columns_ : columns_;
    for (std::int64_t r = 0; r < (together ? 1 : product.rows); ++r) {
      float* from = buffer + r * product.columns;
      float* to = carrier_.target(place + r * stride, from);
      if (to != from) copy(from, to, count);
      carrier_.finish(to, place + r * stride, count);
    }
  }

 private:
  char* data_;
  std::int64_t columns_;
  bool wide_, exact_;
  ChunkCarrier carrier_;
};

TileProduct tile(const void* a, std::int64_t a_row, std::int64_t a_inner, const void* b, std::int64_t b_row,
                 std::int64_t rows, std::int64_t inner) {
  TileProduct product{};
  product.a = a;
  product.a_row = a_row;
  product.a_inner = a_inner;
  product.b = b;
  product.b_row = b_row;
  product.rows = rows;
  product.inner = inner;
  product.columns = b_row;
  return product;
}

template <typename Value>
constexpr TileKind kind_of = sizeof(Value) == 2 ? TileKind::bf16_pairs : TileKind::floats;
/// Values in one element of a tile.
template <typename Value>
constexpr std::int64_t values_of = sizeof(Value) == 2 ? 2 : 1;

// Rows of `columns` values as the right factor of a tile, `width` elements a row.
void lay_out(const float* rows, std::int64_t count, std::int64_t columns, std::int64_t width, float* to) {
  for (std::int64_t r = 0; r < count; ++r, rows += columns, to += width) {
    copy(rows, to, columns);
    std::fill(to + columns, to + width, 0.0F);
  }
}
template <typename Value>
void lay_out_pairs(const Value* rows, std::int64_t count, std::int64_t columns, std::int64_t width,
                   std::uint32_t* to) {
  for (std::int64_t r = 0; r < count; r += 2, rows += 2 * columns, to += width) {
    pair_rows(rows, rows + columns, to, columns);
    std::fill(to + columns, to + width, 0U);
  }
}

/// The weight of one mode, in the format: floats where it lies or in `buffer`.
const float* weight_floats(const Problem& p, std::int64_t mode, const ChunkCarrier& carrier, float* buffer) {
  return carrier.operand(p.weight_field, mode * p.block(), p.block(), buffer);
}

// (Re R; Im R) as the right factor of a tile; null where it may be read where it lies.
template <typename Value>
const void* weight_factor(const Problem& p, std::int64_t mode, const ChunkCarrier& carrier, float* buffer,
                          std::uint32_t* packed) {
  const std::int64_t width = padded(p.out), place = mode * p.block();
  if constexpr (sizeof(Value) == 2) {
    if (p.weight_field.own == Format::fp32)
      lay_out_pairs(floats_of(p.weight_field) + place, 2 * p.in, p.out, width, packed);
    else
      lay_out_pairs(words_of(p.weight_field) + place, 2 * p.in, p.out, width, packed);
    return packed;
  } else {
    const float* values = weight_floats(p, mode, carrier, buffer);
    if (width == p.out) return values;
    lay_out(values, 2 * p.in, p.out, width, reinterpret_cast<float*>(packed));
    return packed;
  }
}

// (Re Rᵀ; Im Rᵀ), each of `rows` elements.
template <typename Value>
void transposed_weight(const Problem& p, std::int64_t mode, const ChunkCarrier& carrier, std::int64_t rows,
                       float* buffer, std::uint32_t* packed) {
  const std::int64_t width = padded(p.in), place = mode * p.block(), matrix = p.in * p.out;
  if (width > p.in) std::fill(packed, packed + 2 * rows * width, 0U);
  for (std::int64_t part = 0; part < 2; ++part) {
    std::uint32_t* to = packed + part * rows * width;
    if constexpr (sizeof(Value) == 2) {
      if (p.weight_field.own == Format::fp32)
        pair_columns(floats_of(p.weight_field) + place + part * matrix, p.out, p.out, p.in, to, width);
      else
        pair_columns(words_of(p.weight_field) + place + part * matrix, p.out, p.out, p.in, to, width);
    } else {
      if (part == 0) buffer = const_cast<float*>(weight_floats(p, mode, carrier, buffer));
      float_columns(buffer + part * matrix, p.out, p.out, p.in, reinterpret_cast<float*>(to), width);
    }
  }
}

template <typename Value>
void contract(const Problem& p, const Planes& modes, const Target& target) {
  constexpr TileKind kind = kind_of<Value>;
  const std::int64_t width = padded(p.out), inner = 2 * p.in;
  using Scratch = ThreadScratch;
  const std::int64_t lines = p.lines * p.in, product = p.lines * width;
  p.for_modes([&](std::int64_t mode) {
    Scratch scratch(3 * Scratch::size<Value>(lines) + Scratch::size<float>(product) +
                    2 * Scratch::size<float>(inner * width));
    auto* own = scratch.take<Value>(lines);
    auto* rows = scratch.take<Value>(2 * lines);
    auto* result = scratch.take<float>(product);
    auto* buffer = scratch.take<float>(inner * width);
    auto* packed = scratch.take<std::uint32_t>(inner * width);
    complex_rows(gathered(modes, mode, p.lines, target.carrier(), own), p.lines, p.in, rows);
    const void* weight = weight_factor<Value>(p, mode, target.carrier(), buffer, packed);
    p.call_weight(mode + 1);
    target.put(kind,
               tile(rows, inner / values_of<Value>, 1, weight, width, p.lines, inner / values_of<Value>),
               mode * p.out, p.modes * p.out, result);
  });
}

template <typename Value>
void contract_adjoint(const Problem& p, const Planes& gradient, const Planes* modes,
                      const ChunkCarrier& carrier, const Target* to_modes, const Target* to_weight) {
  constexpr TileKind kind = kind_of<Value>;
  constexpr std::int64_t each = values_of<Value>;
  const std::int64_t in_width = padded(p.in), out_width = padded(p.out);
  const std::int64_t part = (p.out + each - 1) / each;  // elements of a transposed part
  const std::int64_t own = p.lines * p.in, given = p.lines * p.out,
                     weight = 2 * std::max(in_width, out_width) * std::max(in_width, out_width);
  using Scratch = ThreadScratch;
  p.for_modes([&](std::int64_t mode) {
    Scratch scratch(Scratch::size<Value>(given) + Scratch::size<Value>(2 * p.lines * part * each) +
                    Scratch::size<Value>(own) + Scratch::size<Value>(2 * own) +
                    Scratch::size<float>(2 * own) + Scratch::size<float>(p.lines * out_width) +
                    Scratch::size<float>(p.lines * in_width) + 3 * Scratch::size<float>(weight));
    auto* gradient_buffer = scratch.take<Value>(given);
    const Value* g = gathered(gradient, mode, p.lines, carrier, gradient_buffer);
    auto* conjugates = scratch.take<Value>(2 * p.lines * part * each);
    auto* buffer = scratch.take<float>(weight);
    if (to_modes != nullptr) {
      auto* packed = scratch.take<std::uint32_t>(weight);
      transposed_weight<Value>(p, mode, carrier, part, buffer, packed);
      p.call_weight(mode + 1);
      conjugate_rows(g, p.lines, p.out, part * each, conjugates);
      auto* result = scratch.take<float>(p.lines * in_width);
      to_modes->put(kind, tile(conjugates, 2 * part, 1, packed, in_width, p.lines, 2 * part), mode * p.in,
                    p.modes * p.in, result);
    }
    if (to_weight != nullptr) {
      auto* lines = scratch.take<Value>(own);
      auto* rows = scratch.take<Value>(2 * own);
      complex_rows(gathered(*modes, mode, p.lines, carrier, lines), p.lines, p.in, rows);
      auto* right = scratch.take<std::uint32_t>(p.lines * out_width);
      auto* left = scratch.take<std::uint32_t>(2 * own);
      auto* result = scratch.take<float>(weight);
      const void* a = rows;
      if constexpr (each == 2) {
        lay_out_pairs(rows, p.lines, 2 * p.in, 2 * p.in, left);
        lay_out_pairs(g, p.lines, p.out, out_width, right);
        a = left;
      } else {
        lay_out(g, p.lines, p.out, out_width, reinterpret_cast<float*>(right));
      }
      to_weight->put(kind, tile(a, 1, 2 * p.in, right, out_width, 2 * p.in, p.lines / each), mode * p.block(),
                     p.out, result);
    }
  });
}

// What the rows of pairs are read from: words of bf16. Modes kept in an 8-bit format are read as float32.
at::Tensor lines_of(const at::Tensor& planes, const Problem& problem, Arithmetic arithmetic) {
  if (problem.pairs()) return as_operand(planes, arithmetic).contiguous();
  return (planes.element_size() == 1 ? planes.to(at::kFloat) : planes).contiguous();
}

at::Tensor planes_like(const at::Tensor& planes, std::int64_t channels, Format format) {
  auto shape = planes.sizes().vec();
  shape.back() = channels;
  const auto type = facts(format).storage_bits == 16 ? tensor_type(format) : at::kFloat;
  return at::empty(shape, planes.options().dtype(type).requires_grad(false));
}

bool is_known(const at::Tensor& x) {
  const auto type = x.scalar_type();
  return x.is_cpu() && x.numel() > 0 && (type == at::kFloat || type == at::kHalf || type == at::kBFloat16);
}

}  // namespace

bool takes_mode_contraction(const at::Tensor& planes, const at::Tensor& weight, Arithmetic arithmetic) {
  const Format format = arithmetic.format;
  const bool pairs = tile_kind(arithmetic) == TileKind::bf16_pairs;
  const bool other_native = arithmetic.native && facts(format).storage_bits < 32 && !pairs;
  const bool readable = !pairs || weight.scalar_type() != at::kHalf;
  return format != Format::fp64 && !rounds_every_step(arithmetic) && !other_native && readable &&
         is_known(planes) && is_known(weight) && weight.is_contiguous();
}

at::Tensor contract_modes(const at::Tensor& modes, const at::Tensor& weight, Arithmetic arithmetic) {
  const Problem problem(modes, weight, arithmetic);
  const at::Tensor from = lines_of(modes, problem, arithmetic);
  at::Tensor result = planes_like(modes, problem.out, arithmetic.format);
  const Target target(result, arithmetic.format);
  const Planes planes{ChunkedField(from), problem.modes, problem.in};
  if (problem.pairs())
    contract<std::uint16_t>(problem, planes, target);
  else
    contract<float>(problem, planes, target);
  return result;
}

ContractionGradients contract_modes_adjoint(const at::Tensor& gradient, const at::Tensor& modes,
                                            const at::Tensor& weight, Arithmetic arithmetic, bool wants_modes,
                                            bool wants_weight) {
  const Problem problem(gradient, weight, arithmetic);
  const Format format = arithmetic.format;
  ContractionGradients result;
  std::optional<Target> to_modes, to_weight;
  if (wants_modes) {
    result.modes = planes_like(gradient, problem.in, format);
    to_modes.emplace(result.modes, format);
  }
  std::optional<Planes> mode_planes;
  at::Tensor taken;
  if (wants_weight) {
    // Autograd wants it in the weight's own type: the values of the format are put there at once.
    const bool own_type = weight.scalar_type() == at::kFloat;
    result.weight = result_like(weight, own_type ? Format::fp32 : format);
    to_weight.emplace(result.weight, format);
    taken = lines_of(modes, problem, arithmetic);
    mode_planes = Planes{ChunkedField(taken), problem.modes, problem.in};
  }
  if (!wants_modes && !wants_weight) return result;
  const at::Tensor given = lines_of(gradient, problem, arithmetic);
  const Planes planes{ChunkedField(given), problem.modes, problem.out};
  const Target *m = to_modes ? &*to_modes : nullptr, *w = to_weight ? &*to_weight : nullptr;
  const ChunkCarrier& carrier = (m != nullptr ? m : w)->carrier();
  const Planes* other = mode_planes ? &*mode_planes : nullptr;
  if (problem.pairs())
    contract_adjoint<std::uint16_t>(problem, planes, other, carrier, m, w);
  else
    contract_adjoint<float>(problem, planes, other, carrier, m, w);
  return result;
}

}  // namespace halfwave
