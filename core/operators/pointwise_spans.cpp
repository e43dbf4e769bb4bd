#include "core/operators/pointwise_spans.h"

#include "core/operators/gelu_functor.h"
#include "core/precision/target_clones.h"

namespace halfwave {

// The loops below may read and write the same values, never shifted ones: that is what ivdep says.

HALFWAVE_CLONES void gelu_span(const float* x, float* y, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) y[i] = gelu_value(x[i], normal_tail(x[i]));
}

HALFWAVE_CLONES void gelu_backward_span(const float* g, const float* x, float* gx, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) gx[i] = g[i] * gelu_slope(x[i], normal_tail(x[i]));
}

HALFWAVE_CLONES void gelu_and_backward_span(const float* x, float* y, const float* g, float* gx,
                                            std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const float value = x[i];
    const NormalTail n = normal_tail(value);
    gx[i] = g[i] * gelu_slope(value, n);
    y[i] = gelu_value(value, n);
  }
}

HALFWAVE_CLONES void sum_span(const float* x, const float* y, float* z, std::int64_t count) {
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) z[i] = x[i] + y[i];
}

HALFWAVE_CLONES void add_to_rows(const float* x, const float* b, float* y, std::int64_t rows,
                                 std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels)
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) y[c] = x[c] + b[c];
}

HALFWAVE_CLONES void gate_rows(const float* x, const float* w, float* y, std::int64_t rows,
                               std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r, x += channels, y += channels)
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) y[c] = x[c] * w[c];
}

HALFWAVE_CLONES void add_products(const float* g, const float* x, float* sums, std::int64_t rows,
                                  std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r, g += channels, x += channels)
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += g[c] * x[c];
}

HALFWAVE_CLONES void add_rows(const float* g, float* sums, std::int64_t rows, std::int64_t channels) {
  for (std::int64_t r = 0; r < rows; ++r, g += channels)
#pragma GCC ivdep
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += g[c];
}

}  // namespace halfwave
