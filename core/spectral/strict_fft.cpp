#include "core/spectral/strict_fft.h"

#include "core/error.h"
#include "core/precision/strict_arithmetic.h"
#include "core/precision/target_clones.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <numbers>
#include <utility>
#include <vector>

namespace halfwave {
namespace {

// Real and imaginary parts of a run of values.
struct Planes {
  float* re;
  float* im;
  Planes at(std::int64_t offset) const { return {re + offset, im + offset}; }
  ComplexPair operator[](std::int64_t i) const { return {re[i], im[i]}; }
  void set(std::int64_t i, ComplexPair z) const {
    re[i] = z.re;
    im[i] = z.im;
  }
};

std::vector<std::int64_t> factors_of(std::int64_t n) {
  std::vector<std::int64_t> factors;
  for (; n % 4 == 0; n /= 4) factors.push_back(4);
  for (std::int64_t f = 2; f * f <= n; ++f)
    for (; n % f == 0; n /= f) factors.push_back(f);
  if (n > 1) factors.push_back(n);
  return factors;
}

// e^(sign·2πi t/n) for t = 0 … n − 1, rounded. Quarter turns are exact.
std::vector<ComplexPair> roots_of_unity(std::int64_t n, double sign, const RoundToFormat& round) {
  std::vector<ComplexPair> roots;
  for (std::int64_t t = 0; t < n; ++t) {
    const double angle = sign * 2.0 * std::numbers::pi * static_cast<double>(t) / static_cast<double>(n);
    const bool quarter = 4 * t % n == 0;
    const double c = quarter ? std::round(std::cos(angle)) : std::cos(angle);
    const double s = quarter ? std::round(std::sin(angle)) : std::sin(angle);
    roots.push_back({round(static_cast<float>(c)), round(static_cast<float>(s))});
  }
  return roots;
}

// `count` values at `distance` from each other are one butterfly; `width` butterflies lie side by side.
HALFWAVE_CLONES void butterfly_2(Planes in, std::int64_t distance, Planes out, std::int64_t width,
                                 StrictArithmetic strict) {
  for (std::int64_t i = 0; i < width; ++i) {
    const ComplexPair a = in[i], b = in[distance + i];
    out.set(i, strict.add(a, b));
    out.set(width + i, strict.subtract(a, b));
  }
}

HALFWAVE_CLONES void butterfly_4(Planes in, std::int64_t distance, Planes out, std::int64_t width, float sign,
                                 StrictArithmetic strict) {
  for (std::int64_t i = 0; i < width; ++i) {
    const ComplexPair a = in[i], b = in[distance + i], c = in[2 * distance + i], d = in[3 * distance + i];
    const ComplexPair even_sum = strict.add(a, c), even_difference = strict.subtract(a, c);
    const ComplexPair odd_sum = strict.add(b, d), difference = strict.subtract(b, d);
    const ComplexPair odd_difference{-sign * difference.im, sign * difference.re};  // times ±i
    out.set(i, strict.add(even_sum, odd_sum));
    out.set(width + i, strict.add(even_difference, odd_difference));
    out.set(2 * width + i, strict.subtract(even_sum, odd_sum));
    out.set(3 * width + i, strict.subtract(even_difference, odd_difference));
  }
}

HALFWAVE_CLONES void copy(Planes in, Planes out, std::int64_t width) {
  for (std::int64_t i = 0; i < width; ++i) out.set(i, in[i]);
}

HALFWAVE_CLONES void add_multiple(Planes in, ComplexPair factor, Planes out, std::int64_t width,
                                  StrictArithmetic strict) {
  for (std::int64_t i = 0; i < width; ++i) out.set(i, strict.add(out[i], strict.multiply(in[i], factor)));
}

HALFWAVE_CLONES void multiply(Planes out, ComplexPair factor, std::int64_t width, StrictArithmetic strict) {
  for (std::int64_t i = 0; i < width; ++i) out.set(i, strict.multiply(out[i], factor));
}

void direct_sum(Planes in, std::int64_t distance, Planes out, std::int64_t width, std::int64_t radix,
                const std::vector<ComplexPair>& roots, StrictArithmetic strict) {
  for (std::int64_t k = 0; k < radix; ++k) {
    const Planes sum = out.at(k * width);
    copy(in, sum, width);
    for (std::int64_t j = 1; j < radix; ++j)
      add_multiple(in.at(j * distance), roots[static_cast<std::size_t>(j * k % radix)], sum, width, strict);
  }
}

// One pass over the transform: `remaining` is the length still to be transformed at its beginning, radix one
// of its factors and `run` the contiguous values that go through the same arithmetic.
struct Pass {
  std::int64_t radix;
  std::int64_t remaining;
  std::int64_t run;
  std::vector<ComplexPair> twiddles;
  std::vector<ComplexPair> roots;
};

std::vector<Pass> plan(std::int64_t n, std::int64_t inner, double sign, const RoundToFormat& round) {
  std::vector<Pass> passes;
  std::int64_t remaining = n, run = inner;
  for (const std::int64_t radix : factors_of(n)) {
    passes.push_back(
        {radix, remaining, run, roots_of_unity(remaining, sign, round),
         radix > 4 || radix == 3 ? roots_of_unity(radix, sign, round) : std::vector<ComplexPair>{}});
    remaining /= radix;
    run *= radix;
  }
  return passes;
}

void carry_out(const Pass& pass, Planes in, Planes out, float sign, StrictArithmetic strict) {
  const std::int64_t groups = pass.remaining / pass.radix;
  const std::int64_t distance = groups * pass.run;
  for (std::int64_t p = 0; p < groups; ++p) {
    const Planes from = in.at(p * pass.run), to = out.at(p * pass.radix * pass.run);
    if (pass.radix == 2)
      butterfly_2(from, distance, to, pass.run, strict);
    else if (pass.radix == 4)
      butterfly_4(from, distance, to, pass.run, sign, strict);
    else
      direct_sum(from, distance, to, pass.run, pass.radix, pass.roots, strict);
    if (p == 0) continue;  // the twiddle factor is 1
    for (std::int64_t k = 1; k < pass.radix; ++k)
      multiply(to.at(k * pass.run), pass.twiddles[static_cast<std::size_t>(p * k)], pass.run, strict);
  }
}

}  // namespace

at::Tensor strict_fft(const at::Tensor& z, std::int64_t axis, bool inverse, Format format) {
  if (!z.is_cpu()) throw RunError("Strict accumulation is computed on the CPU only; use fp32 accumulation.");
  const std::int64_t n = z.size(axis);
  std::int64_t outer = 1, inner = 1;
  for (std::int64_t d = 0; d < z.dim(); ++d) (d < axis ? outer : inner) *= d == axis ? 1 : z.size(d);

  const double sign = inverse ? 1.0 : -1.0;
  const StrictArithmetic strict{RoundToFormat::of(facts(format))};
  const std::vector<Pass> passes = plan(n, inner, sign, strict.round);
  at::Tensor source = at::view_as_real(z.to(at::kComplexFloat).contiguous()).movedim(-1, 0).contiguous();
  at::Tensor target = at::empty_like(source);
  float* buffers[] = {source.mutable_data_ptr<float>(), target.mutable_data_ptr<float>()};
  const std::int64_t values = z.numel(), item = n * inner;
  at::parallel_for(0, outer, 1 + 65536 / (1 + item), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o) {
      Planes in{buffers[0] + o * item, buffers[0] + values + o * item};
      Planes out{buffers[1] + o * item, buffers[1] + values + o * item};
      for (const Pass& pass : passes) {
        carry_out(pass, in, out, static_cast<float>(sign), strict);
        std::swap(in, out);
      }
    }
  });
  const at::Tensor& result = passes.size() % 2 == 0 ? source : target;
  return at::view_as_complex(result.movedim(0, -1).contiguous());
}

}  // namespace halfwave
