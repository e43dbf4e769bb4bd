#include "core/operators/tile_field.h"

#include "core/precision/chunks.h"
#include "core/precision/spans.h"

#include <cstring>

namespace halfwave {
namespace {

constexpr std::int64_t line = 16;  // floats of a cache line

void clear_behind(float* tile, std::int64_t rows, std::int64_t channels, std::int64_t stride) {
  for (std::int64_t r = 0; r < rows; ++r)
    std::fill(tile + r * stride + channels, tile + (r + 1) * stride, 0.0F);
}

void copy_floats(const float* from, float* to, std::int64_t count) {
  std::memcpy(to, from, static_cast<std::size_t>(count) * sizeof(float));
}

}  // namespace

TileBuffers::TileBuffers(std::int64_t floats) {
  static thread_local std::vector<float> memory;
  // Each part may have to be moved to a boundary.
  const auto needed = static_cast<std::size_t>(floats + 64 * line);
  if (memory.size() < needed) memory.resize(needed);
  const auto address = reinterpret_cast<std::uintptr_t>(memory.data());
  next_ = memory.data() + (64 - address % 64) % 64 / sizeof(float);
}

float* TileBuffers::take(std::int64_t floats) {
  float* part = next_;
  next_ += (floats + line - 1) / line * line;
  return part;
}

TileField::TileField(const at::Tensor& x) {
  if (!x.defined()) return;
  // Read-only fields are never written: `write` is for the results.
  const ChunkedField field(x);
  data_ = const_cast<char*>(field.data);
  own_ = field.own;
  channels_ = x.size(-1);
}

bool TileField::takes(const at::Tensor& x) {
  return has_chunks(x) && x.dim() > 1;
}

const float* TileField::read(TileRows rows, Format format, float* buffer) const {
  const std::int64_t step = stride(), values = rows.count * step;
  const bool rounds = format != own_ && facts(format).mantissa_bits < 23;
  const char* from = at(rows.first);
  if (step == channels_) {
    const auto* floats = reinterpret_cast<const float*>(from);
    if (own_ == Format::fp32 && !rounds) return floats;
    if (own_ == Format::fp32) {
      round_span(floats, buffer, values, format);
      return buffer;
    }
    widen_span(from, buffer, values, own_);
  } else {
    for (std::int64_t r = 0; r < rows.count; ++r) {
      if (own_ == Format::fp32)
        copy_floats(reinterpret_cast<const float*>(from) + r * channels_, buffer + r * step, channels_);
      else
        widen_span(from + 2 * r * channels_, buffer + r * step, channels_, own_);
    }
    clear_behind(buffer, rows.count, channels_, step);
  }
  if (rounds) round_span(buffer, buffer, values, format);
  return buffer;
}

void TileField::write(const float* tile, TileRows rows) const {
  const std::int64_t step = stride();
  char* to = at(rows.first);
  const bool whole = step == channels_;
  const std::int64_t spans = whole ? 1 : rows.count, length = whole ? rows.count * step : channels_;
  for (std::int64_t i = 0; i < spans; ++i, tile += step) {
    if (own_ == Format::fp32)
      copy_floats(tile, reinterpret_cast<float*>(to) + i * length, length);
    else
      narrow_span(tile, to + 2 * i * length, length, own_);
  }
}

const std::uint16_t* TileField::read_words(TileRows rows, std::uint16_t* buffer) const {
  const std::int64_t step = stride();
  const char* from = at(rows.first);
  if (holds_words()) return reinterpret_cast<const std::uint16_t*>(from);
  for (std::int64_t r = 0; r < rows.count; ++r) {
    std::uint16_t* row = buffer + r * step;
    std::fill(row + channels_, row + step, std::uint16_t{0});
    if (own_ == Format::bf16) {
      std::memcpy(row, from + 2 * r * channels_, 2 * static_cast<std::size_t>(channels_));
    } else if (own_ == Format::fp32) {
      narrow_span(reinterpret_cast<const float*>(from) + r * channels_, row, channels_, Format::bf16);
    } else {
      float values[max_tile_channels];
      widen_span(from + 2 * r * channels_, values, channels_, own_);
      narrow_span(values, row, channels_, Format::bf16);
    }
  }
  return buffer;
}

void TileField::write_words(const std::uint16_t* tile, TileRows rows) const {
  if (!exists() || (holds_words() && tile == words_or(rows, nullptr))) return;
  const std::int64_t step = stride();
  char* to = at(rows.first);
  for (std::int64_t r = 0; r < rows.count; ++r, tile += step) {
    if (own_ == Format::bf16) {
      std::memcpy(to + 2 * r * channels_, tile, 2 * static_cast<std::size_t>(channels_));
    } else if (own_ == Format::fp32) {
      widen_span(tile, reinterpret_cast<float*>(to) + r * channels_, channels_, Format::bf16);
    } else {
      float values[max_tile_channels];
      widen_span(tile, values, channels_, Format::bf16);
      narrow_span(values, to + 2 * r * channels_, channels_, own_);
    }
  }
}

const void* TileField::pairs(std::int64_t row) const {
  return own_ == Format::bf16 && channels_ % 2 == 0 ? at(row) : nullptr;
}

}  // namespace halfwave
