#include "core/training/adam_kernel.h"

#include "core/precision/instruction_set.h"

#include <algorithm>

#if defined(__x86_64__) && defined(__GNUC__)
#define HALFWAVE_X86 1
#endif

namespace halfwave {
namespace {

#define HALFWAVE_INLINE inline __attribute__((always_inline))

HALFWAVE_INLINE float root(float x) {
  return __builtin_sqrtf(x);
}
HALFWAVE_INLINE double root(double x) {
  return __builtin_sqrt(x);
}

template <typename T>
HALFWAVE_INLINE void update_real(T* __restrict__ w, const T* __restrict__ g, T* __restrict__ m,
                                 T* __restrict__ v, std::int64_t count, const AdamStep& step) {
  const T b1 = static_cast<T>(step.beta1), c1 = static_cast<T>(1.0 - step.beta1);
  const T b2 = static_cast<T>(step.beta2), c2 = static_cast<T>(1.0 - step.beta2);
  const T eps = static_cast<T>(step.epsilon), size = static_cast<T>(step.step_size);
  const T decay = static_cast<T>(step.decay), l2 = static_cast<T>(step.l2);
  const T factor = static_cast<T>(step.gradient_factor);
  for (std::int64_t i = 0; i < count; ++i) {
    const T gradient = g[i] * factor + l2 * w[i];
    m[i] = b1 * m[i] + c1 * gradient;
    v[i] = b2 * v[i] + c2 * gradient * gradient;
    const T moved = w[i] - size * (m[i] / (root(v[i]) + eps));
    w[i] = moved - decay * moved;
  }
}

/// `stride` separates neighbours, `pair` re from im, both in elements.
template <typename T>
HALFWAVE_INLINE void update_complex(T* w, const T* g, T* m, T* __restrict__ v, std::int64_t count,
                                    std::int64_t stride, std::int64_t pair, const AdamStep& step) {
  const T b1 = static_cast<T>(step.beta1), c1 = static_cast<T>(1.0 - step.beta1);
  const T b2 = static_cast<T>(step.beta2), c2 = static_cast<T>(1.0 - step.beta2);
  const T eps = static_cast<T>(step.epsilon), size = static_cast<T>(step.step_size);
  const T decay = static_cast<T>(step.decay), l2 = static_cast<T>(step.l2);
  const T factor = static_cast<T>(step.gradient_factor);
#pragma GCC ivdep
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t re = i * stride, im = re + pair;
    const T g_re = g[re] * factor + l2 * w[re];
    const T g_im = g[im] * factor + l2 * w[im];
    m[re] = b1 * m[re] + c1 * g_re;
    m[im] = b1 * m[im] + c1 * g_im;
    v[i] = b2 * v[i] + c2 * (g_re * g_re + g_im * g_im);
    const T rate = size / (root(v[i]) + eps);
    const T w_re = w[re] - rate * m[re];
    const T w_im = w[im] - rate * m[im];
    w[re] = w_re - decay * w_re;
    w[im] = w_im - decay * w_im;
  }
}

template <typename T>
HALFWAVE_INLINE void update(T* w, const T* g, T* m, T* v, AdamLayout layout, std::int64_t begin,
                            std::int64_t end, const AdamStep& step) {
  const std::int64_t inner = layout.inner;
  if (inner == 0) {
    update_real(w + begin, g + begin, m + begin, v + begin, end - begin, step);
  } else if (inner == 1) {
    update_complex(w + 2 * begin, g + 2 * begin, m + 2 * begin, v + begin, end - begin, 2, 1, step);
  } else {
    for (std::int64_t c = begin; c < end;) {
      const std::int64_t stretch = std::min(end - c, inner - c % inner);
      const std::int64_t at = (c / inner) * 2 * inner + c % inner;
      update_complex(w + at, g + at, m + at, v + c, stretch, 1, inner, step);
      c += stretch;
    }
  }
}

template <typename T>
HALFWAVE_INLINE bool finite(const T* bits, std::int64_t count, T mask) {
  T bad = 0;
  for (std::int64_t i = 0; i < count; ++i) bad |= static_cast<T>((bits[i] & mask) == mask);
  return bad == 0;
}

// One function for each instruction set and type; the body is the same template.
#define HALFWAVE_VARIANT(suffix, attributes)                                                           \
  template <typename T>                                                                                \
  attributes void update_##suffix(T* w, const T* g, T* m, T* v, AdamLayout layout, std::int64_t begin, \
                                  std::int64_t end, const AdamStep& step) {                            \
    update(w, g, m, v, layout, begin, end, step);                                                      \
  }                                                                                                    \
  template <typename T>                                                                                \
  attributes bool finite_##suffix(const T* bits, std::int64_t count, T mask) {                         \
    return finite(bits, count, mask);                                                                  \
  }

HALFWAVE_VARIANT(generic, )
#if defined(HALFWAVE_X86)
HALFWAVE_VARIANT(avx2, __attribute__((target("avx2,fma"))))
HALFWAVE_VARIANT(avx512,
                 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,prefer-vector-width=512"))))
#endif

template <typename T>
void dispatch_update(T* w, const T* g, T* m, T* v, AdamLayout layout, std::int64_t begin, std::int64_t end,
                     const AdamStep& step) {
#if defined(HALFWAVE_X86)
  if (instruction_set() >= InstructionSet::avx512) return update_avx512(w, g, m, v, layout, begin, end, step);
  if (instruction_set() == InstructionSet::avx2) return update_avx2(w, g, m, v, layout, begin, end, step);
#endif
  update_generic(w, g, m, v, layout, begin, end, step);
}

template <typename T>
bool dispatch_finite(const T* bits, std::int64_t count, T mask) {
#if defined(HALFWAVE_X86)
  if (instruction_set() >= InstructionSet::avx512) return finite_avx512(bits, count, mask);
  if (instruction_set() == InstructionSet::avx2) return finite_avx2(bits, count, mask);
#endif
  return finite_generic(bits, count, mask);
}

}  // namespace

void adam_update(float* weight, const float* gradient, float* m, float* v, AdamLayout layout,
                 std::int64_t begin, std::int64_t end, const AdamStep& step) {
  dispatch_update(weight, gradient, m, v, layout, begin, end, step);
}

void adam_update(double* weight, const double* gradient, double* m, double* v, AdamLayout layout,
                 std::int64_t begin, std::int64_t end, const AdamStep& step) {
  dispatch_update(weight, gradient, m, v, layout, begin, end, step);
}

bool all_finite(const std::uint16_t* bits, std::int64_t count, std::uint16_t exponent_mask) {
  return dispatch_finite(bits, count, exponent_mask);
}
bool all_finite(const std::uint32_t* bits, std::int64_t count, std::uint32_t exponent_mask) {
  return dispatch_finite(bits, count, exponent_mask);
}
bool all_finite(const std::uint64_t* bits, std::int64_t count, std::uint64_t exponent_mask) {
  return dispatch_finite(bits, count, exponent_mask);
}

}  // namespace halfwave
