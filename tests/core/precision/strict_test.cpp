#include "core/precision/product.h"
#include "core/precision/round_tensor.h"
#include "core/precision/strict_arithmetic.h"
#include "core/spectral/contraction.h"
#include "core/spectral/strict_fft.h"
#include "support/convolution_error.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <cmath>
#include <complex>
#include <numbers>

using namespace halfwave;

namespace {

constexpr Format narrow_formats[] = {Format::tf32, Format::bf16, Format::fp16, Format::fp8_e4m3,
                                     Format::fp8_e5m2};

Arithmetic strict_in(Format format) {
  Arithmetic arithmetic{format, false};
  arithmetic.strict = true;
  return arithmetic;
}

struct Rounder {
  explicit Rounder(Format format) : round(RoundToFormat::of(facts(format))) {}
  RoundToFormat round;
  float operator()(float x) const { return round(x); }
};

// Element by element, as the definition in product.h reads.
float definition(const at::Tensor& row, const at::Tensor& column, const Rounder& r) {
  float sum = 0.0f;
  for (std::int64_t k = 0; k < row.size(0); ++k) {
    const float term = r(row[k].item<float>() * column[k].item<float>());
    sum = r(sum + term);
  }
  return sum;
}

using Complex = std::complex<float>;

Complex rounded_product(Complex a, Complex b, const Rounder& r) {
  const float re_re = r(a.real() * b.real()), im_im = r(a.imag() * b.imag());
  const float re_im = r(a.real() * b.imag()), im_re = r(a.imag() * b.real());
  return {r(re_re - im_im), r(re_im + im_re)};
}
Complex rounded_sum(Complex a, Complex b, const Rounder& r) {
  return {r(a.real() + b.real()), r(a.imag() + b.imag())};
}

at::Tensor random_complex(std::vector<std::int64_t> shape, Format format) {
  shape.push_back(2);
  return at::view_as_complex(rounded_copy(at::randn(shape), format));
}

// The transform by its definition in fp64, along axis 1.
at::Tensor exact_transform(const at::Tensor& z, double sign) {
  const auto n = z.size(1);
  at::Tensor matrix = at::empty({n, n}, at::kComplexDouble);
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t x = 0; x < n; ++x) {
      const double angle =
          sign * 2 * std::numbers::pi * static_cast<double>(k * x % n) / static_cast<double>(n);
      matrix.data_ptr<c10::complex<double>>()[k * n + x] = {std::cos(angle), std::sin(angle)};
    }
  return at::matmul(matrix, z.to(at::kComplexDouble));
}

double relative_error(const at::Tensor& found, const at::Tensor& exact) {
  return (at::linalg_vector_norm(found - exact) / at::linalg_vector_norm(exact)).item<double>();
}

bool is_prime(std::int64_t n) {
  for (std::int64_t f = 2; f * f <= n; ++f)
    if (n % f == 0) return false;
  return n > 1;
}

// Mean error of a recipe over seeds.
std::vector<double> mean_errors(const std::vector<SpectralRecipe>& recipes, std::int64_t n, TestField field,
                                int seeds) {
  std::vector<double> means(recipes.size(), 0.0);
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto errors = convolution_errors(recipes, n, 1, field, static_cast<std::uint64_t>(seed));
    for (std::size_t i = 0; i < means.size(); ++i) means[i] += errors[i] / seeds;
  }
  return means;
}

}  // namespace

/// Strict accumulation: every product and every partial sum in the stage's format.
class StrictTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(5); }

  void operations_are_those_of_the_format() {
    // LibTorch's own half and bfloat16 numbers round every operation.
    const at::Tensor values = at::randn({2, 4000}) * at::exp(4 * at::randn({2, 4000}));
    const auto agrees = [&]<typename T>(T, Format format) {
      const StrictArithmetic strict{RoundToFormat::of(facts(format))};
      const at::Tensor x = rounded_copy(values, format);
      const float* a = x.const_data_ptr<float>();
      const auto same = [](float found, T expected) {
        const auto e = static_cast<float>(expected);
        return found == e || (std::isnan(found) && std::isnan(e));  // ∞ − ∞
      };
      for (std::int64_t i = 0; i < 4000; ++i) {
        const T p(a[i]), q(a[4000 + i]);
        if (!same(strict.add(a[i], a[4000 + i]), p + q)) return false;
        if (!same(strict.subtract(a[i], a[4000 + i]), p - q)) return false;
        if (!same(strict.multiply(a[i], a[4000 + i]), p * q)) return false;
        if (!same(strict.accumulate(a[i], a[i], a[4000 + i]), p + T(p * q))) return false;
      }
      return true;
    };
    QVERIFY(agrees(c10::Half(), Format::fp16));
    QVERIFY(agrees(c10::BFloat16(), Format::bf16));
  }

  void products_round_every_step_data() {
    QTest::addColumn<int>("format");
    for (const Format f : narrow_formats) QTest::newRow(std::string(name(f)).c_str()) << static_cast<int>(f);
  }

  void products_round_every_step() {
    QFETCH(int, format);
    const auto f = static_cast<Format>(format);
    const Rounder r(f);
    const auto compare = [&](const at::Tensor& a, const at::Tensor& b, const at::Tensor& bias) {
      const at::Tensor c = matrix_product(a, b, strict_in(f), bias);
      const at::Tensor left = a.dim() == 2 ? a.unsqueeze(0) : a, right = b.dim() == 2 ? b.unsqueeze(0) : b;
      const at::Tensor out = b.dim() == 2 ? c.unsqueeze(0) : c;
      for (std::int64_t item = 0; item < out.size(0); ++item)
        for (std::int64_t i = 0; i < out.size(1); ++i)
          for (std::int64_t j = 0; j < out.size(2); ++j) {
            float expected = definition(left[left.size(0) == 1 ? 0 : item][i], right[item].select(1, j), r);
            if (bias.defined()) expected = r(expected + bias[j].item<float>());
            if (out[item][i][j].item<float>() != expected) return false;
          }
      return true;
    };
    const auto random = [&](at::IntArrayRef shape) { return rounded_copy(at::randn(shape), f); };
    QVERIFY(compare(random({5, 19}), random({19, 21}), {}));
    QVERIFY(compare(random({5, 19}), random({19, 7}), random({7})));
    QVERIFY(compare(random({3, 4, 9}), random({3, 9, 5}), {}));
    QVERIFY(compare(random({4, 9}), random({3, 9, 17}), {}));
    // Transposed operands, as the backward passes give them.
    QVERIFY(compare(random({19, 5}).t(), random({21, 19}).t(), {}));
    QVERIFY(compare(random({3, 9, 4}).transpose(1, 2), random({3, 5, 9}).transpose(1, 2), {}));
  }

  void otherwise_the_sum_is_rounded_once() {
    // 1 + 2048 · 2⁻¹¹: in fp16 each addend is half a unit and is lost; in fp32 they make 2.
    const at::Tensor ones = at::cat({at::ones({1}), at::full({2048}, 0x1p-11f)}).view({1, -1});
    const at::Tensor b = at::ones({2049, 1});
    QCOMPARE(matrix_product(ones, b, {Format::fp16, false}).item<float>(), 2.0f);
    QCOMPARE(matrix_product(ones, b, strict_in(Format::fp16)).item<float>(), 1.0f);
    // fp32 and fp64 have nothing below them to be strict about.
    const at::Tensor x = at::randn({8, 33}), y = at::randn({33, 6}), bias = at::randn({6});
    QVERIFY(at::equal(matrix_product(x, y, strict_in(Format::fp32), bias), at::addmm(bias, x, y)));
    // Operands that are not of the format are rounded to it.
    QVERIFY(at::equal(matrix_product(x, y, {Format::fp16, false}),
                      at::mm(rounded_copy(x, Format::fp16), rounded_copy(y, Format::fp16)).to(at::kHalf)));
  }

  void contraction_is_strict_in_the_order_of_its_inner_index() {
    // Inner index: the real parts of all channels, then the imaginary ones.
    const Rounder r(Format::fp16);
    const at::Tensor modes = rounded_copy(at::randn({2, 2, 3, 4}), Format::fp16);
    const at::Tensor weight = rounded_copy(at::randn({3, 2, 4, 5}), Format::fp16);
    const at::Tensor out = contract(modes, weight, strict_in(Format::fp16));
    for (int b = 0; b < 2; ++b)
      for (int k = 0; k < 3; ++k)
        for (int o = 0; o < 5; ++o) {
          const auto z = [&](int part) { return modes[b][part][k]; };
          const auto w = [&](int part) { return weight[k][part].select(1, o); };
          const at::Tensor column = at::cat({w(0), w(1)});
          QCOMPARE(out[b][0][k][o].item<float>(), definition(at::cat({z(0), -z(1)}), column, r));
          QCOMPARE(out[b][1][k][o].item<float>(), definition(at::cat({z(1), z(0)}), column, r));
        }
  }

  void prime_transforms_are_sums_rounded_term_by_term() {
    const Rounder r(Format::fp16);
    for (const std::int64_t n : {3, 5, 7, 13, 31})
      for (const bool inverse : {false, true}) {
        const at::Tensor z = random_complex({2, n, 3}, Format::fp16);
        const at::Tensor out = strict_fft(z, 1, inverse, Format::fp16);
        const auto value = [](const at::Tensor& t) {
          return static_cast<Complex>(t.item<c10::complex<float>>());
        };
        for (std::int64_t k = 0; k < n; ++k) {
          Complex sum = value(z[1][0][2]);
          for (std::int64_t x = 1; x < n; ++x) {
            const double angle = (inverse ? 2 : -2) * std::numbers::pi * static_cast<double>(k * x % n) /
                                 static_cast<double>(n);
            const Complex factor{r(static_cast<float>(std::cos(angle))),
                                 r(static_cast<float>(std::sin(angle)))};
            sum = rounded_sum(sum, rounded_product(value(z[1][x][2]), factor, r), r);
          }
          QVERIFY(value(out[1][k][2]) == sum);
        }
      }
  }

  void four_points_are_two_levels_of_butterflies() {
    const Rounder r(Format::bf16);
    const at::Tensor z = random_complex({1, 4, 1}, Format::bf16);
    const at::Tensor out = strict_fft(z, 1, false, Format::bf16);
    const auto v = [&](int i) { return static_cast<Complex>(z[0][i][0].item<c10::complex<float>>()); };
    const Complex even = rounded_sum(v(0), v(2), r), even_less = rounded_sum(v(0), -v(2), r);
    const Complex odd = rounded_sum(v(1), v(3), r), odd_less = rounded_sum(v(1), -v(3), r);
    const Complex turned(odd_less.imag(), -odd_less.real());  // times −i
    const Complex expected[] = {rounded_sum(even, odd, r), rounded_sum(even_less, turned, r),
                                rounded_sum(even, -odd, r), rounded_sum(even_less, -turned, r)};
    for (int k = 0; k < 4; ++k)
      QVERIFY(static_cast<Complex>(out[0][k][0].item<c10::complex<float>>()) == expected[k]);
  }

  void transforms_of_every_size_stay_within_the_growth_of_their_rounding() {
    for (const Format format : {Format::fp16, Format::bf16, Format::tf32}) {
      const double u = facts(format).unit_roundoff;
      for (std::int64_t n = 1; n <= 64; ++n)
        for (const bool inverse : {false, true}) {
          const at::Tensor z = random_complex({2, n, 8}, format);
          const at::Tensor found = strict_fft(z, 1, inverse, format);
          const double error = relative_error(found, exact_transform(z, inverse ? 1 : -1));
          // A level of butterflies with its twiddles is three roundings of at most u each, and there are
          // log₂ n of them; a prime r is a sum of r terms, counted as r levels.
          double levels = 1.0;
          std::int64_t rest = n;
          for (std::int64_t f = 2; f <= rest; ++f)
            for (; rest % f == 0; rest /= f) levels += f == 2 ? 1.0 : static_cast<double>(f);
          QVERIFY2(error <= 3 * u * levels, qPrintable(QString("n = %1: %2 u").arg(n).arg(error / u)));
          // It is not done in fp32 in secret.
          if (n > 4) QVERIFY2(error > 0.1 * u, qPrintable(QString("n = %1: %2 u").arg(n).arg(error / u)));
          if (is_prime(n) || n == 64) QVERIFY(at::isfinite(found).all().item<bool>());
        }
    }
  }

  void any_axis_is_transformed() {
    const at::Tensor z = random_complex({2, 6, 5, 3}, Format::fp16);
    const at::Tensor first =
        strict_fft(z.transpose(0, 1).contiguous(), 0, false, Format::fp16).transpose(0, 1);
    QVERIFY(at::equal(strict_fft(z, 1, false, Format::fp16), first));
    const at::Tensor last = strict_fft(z.movedim(1, 3).contiguous(), 3, false, Format::fp16).movedim(3, 1);
    QVERIFY(at::equal(strict_fft(z, 1, false, Format::fp16), last));
  }

  void strict_engines_follow_the_exact_maps() {
    // Every engine and map in strict fp16 against fp64, odd and even grids: sums of at most 2·24 terms, whose
    // roundings add up to 48 units if all have one sign.
    const Arithmetic exact{Format::fp64, true};
    for (const char* engine_name : {"fft", "dft"}) {
      const auto engine = make_engine(engine_name);
      for (const auto& layout : {make_layout({24}, {10}), make_layout({16, 15}, {8, 15}),
                                 make_layout({6, 7, 8}, {4, 3, 8}), make_layout({13, 12}, {13, 12})}) {
        std::vector<std::int64_t> field_shape{2}, mode_shape{2, 2};
        field_shape.insert(field_shape.end(), layout.grid.begin(), layout.grid.end());
        mode_shape.insert(mode_shape.end(), layout.modes.begin(), layout.modes.end());
        field_shape.push_back(2);
        mode_shape.push_back(2);
        const at::Tensor v = at::randn(field_shape), z = at::randn(mode_shape);
        const auto error = [&](auto map, const at::Tensor& x) {
          return relative_error((engine.get()->*map)(x, layout, strict_in(Format::fp16)),
                                (engine.get()->*map)(x.to(at::kDouble), layout, exact));
        };
        for (const double e :
             {error(&SpectralEngine::transform, v), error(&SpectralEngine::inverse, z),
              error(&SpectralEngine::transform_adjoint, z), error(&SpectralEngine::inverse_adjoint, v)})
          QVERIFY2(e > 0x1p-14 && e < 48 * 0x1p-11, qPrintable(QString::number(e)));
      }
    }
  }

  void strict_errors_grow_with_the_grid_and_fp32_accumulation_does_not() {
    // On white noise the strict transform has 5 and 10 levels of butterflies, which alone would make √2; the
    // contraction and the inverse transform of the same modes add a constant. The partial sums of a strict
    // `dft` are n terms long. Eight seeds with a spread of 10 % leave 4 % on a mean, 5 % on a ratio.
    // Found: 1.24 and 4.1 in strict mode, 1.08 and 1.04 with fp32 accumulation; 1.15 tells them apart.
    const std::vector<SpectralRecipe> recipes = {{"fft", Format::fp16, Accumulation::strict},
                                                 {"dft", Format::fp16, Accumulation::strict},
                                                 {"fft", Format::fp16},
                                                 {"dft", Format::fp16}};
    const auto small = mean_errors(recipes, 32, TestField::noise, 8);
    const auto large = mean_errors(recipes, 1024, TestField::noise, 8);
    std::string ratios;
    for (std::size_t i = 0; i < recipes.size(); ++i) {
      ratios += std::to_string(large[i] / small[i]);
      ratios += ' ';
    }
    qInfo("errors at n = 1024 over those at n = 32: %s", ratios.c_str());
    QVERIFY(large[0] / small[0] > 1.15);
    QVERIFY(large[1] / small[1] > 2.0);
    QVERIFY(large[2] / small[2] < 1.15);
    QVERIFY(large[3] / small[3] < 1.15);
  }

  void dft_lies_below_the_strict_fft_at_every_size() {
    for (const TestField field : {TestField::smooth, TestField::noise})
      for (const std::int64_t n : {32, 64, 128, 256, 512})
        for (std::uint64_t seed = 1; seed <= 3; ++seed) {
          const auto errors = convolution_errors(
              {{"dft", Format::fp16}, {"fft", Format::fp16, Accumulation::strict}}, n, 1, field, seed);
          // One rounding a stage, each of at most half a unit: some 5e-4 altogether.
          QVERIFY(errors[0] < 1e-3);
          QVERIFY2(errors[0] < errors[1],
                   qPrintable(
                       QString("n = %1, seed %2: %3 and %4").arg(n).arg(seed).arg(errors[0]).arg(errors[1])));
        }
  }
};

QTEST_GUILESS_MAIN(StrictTest)
#include "strict_test.moc"
