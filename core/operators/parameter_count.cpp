#include "core/operators/parameter_count.h"

#include <cmath>

namespace halfwave {
namespace {

/// Two linear maps with biases.
std::int64_t mlp(std::int64_t in, std::int64_t hidden, std::int64_t out) {
  return in * hidden + hidden + hidden * out + out;
}

std::int64_t skip(const std::string& kind, std::int64_t width) {
  if (kind == "linear") return width * width;
  if (kind == "soft-gating") return width;
  return 0;
}

}  // namespace

std::int64_t parameter_count(const OperatorSpec& spec, int in_channels, int out_channels) {
  if (spec.modes.empty() || spec.width < 1 || spec.layers < 1 || in_channels < 1 || out_channels < 1)
    return 0;
  const std::int64_t width = spec.width;

  // The last axis of a real field's spectrum holds each pair of modes ±k once.
  std::int64_t kept = 1;
  for (std::size_t axis = 0; axis < spec.modes.size(); ++axis) {
    if (spec.modes[axis] < 1) return 0;
    kept *= axis + 1 == spec.modes.size() ? spec.modes[axis] / 2 + 1 : spec.modes[axis];
  }

  std::int64_t block = 2 * width * width * kept + width + skip(spec.skip, width);
  if (spec.channel_mlp) {
    const auto hidden = std::lrint(static_cast<double>(width) * spec.channel_mlp_expansion);
    block += mlp(width, hidden, width) + skip(spec.channel_mlp_skip, width);
  }
  const auto scaled = [&](double ratio) {
    return static_cast<std::int64_t>(ratio * static_cast<double>(width));
  };
  const std::int64_t embedding = spec.grid_embedding ? static_cast<std::int64_t>(spec.modes.size()) : 0;
  return mlp(in_channels + embedding, scaled(spec.lifting_ratio), width) + spec.layers * block +
         mlp(width, scaled(spec.projection_ratio), out_channels);
}

}  // namespace halfwave
