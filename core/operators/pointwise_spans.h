#pragma once

#include <cstdint>

namespace halfwave {

// The functions of pointwise stages on values that lie one after another, in fp32, by the best instructions
// that this processor has. What is read and what is written may be the same values, never shifted ones. One
// thread.

/// y = x Φ(x), Φ the normal distribution function; relative error below 2·10⁻⁶ for |x| ≤ 3, 8·10⁻⁶ to
/// |x| = 12.
void gelu_span(const float* x, float* y, std::int64_t count);

/// gx = g · (Φ(x) + x φ(x)).
void gelu_backward_span(const float* g, const float* x, float* gx, std::int64_t count);

/// Both of one x.
void gelu_and_backward_span(const float* x, float* y, const float* g, float* gx, std::int64_t count);

/// z = x + y.
void sum_span(const float* x, const float* y, float* z, std::int64_t count);

// Of rows of `channels` values each:

/// y = x + b, b one value a channel.
void add_to_rows(const float* x, const float* b, float* y, std::int64_t rows, std::int64_t channels);

/// y = x · w, w one value a channel.
void gate_rows(const float* x, const float* w, float* y, std::int64_t rows, std::int64_t channels);

/// sums += Σ over rows of g · x.
void add_products(const float* g, const float* x, float* sums, std::int64_t rows, std::int64_t channels);

/// sums += Σ over rows of g.
void add_rows(const float* g, float* sums, std::int64_t rows, std::int64_t channels);

}  // namespace halfwave
