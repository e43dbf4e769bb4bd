#include "core/device/cuda_module.h"
#include "core/device/dispatch.h"
#include "core/operators/pointwise_elements.h"
#include "core/precision/range_functor.h"
#include "core/precision/range_statistics.h"
#include "core/precision/round_tensor.h"
#include "core/precision/tanh_element.h"
#include "core/spectral/contraction_element.h"
#include "core/spectral/fft_engine.h"
#include "core/spectral/half_fft.h"
#include "core/spectral/transform_elements.h"

#include <ATen/ATen.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <QtTest/QtTest>

#include <cmath>

using namespace halfwave;

namespace {

ValuesIn in(const at::Tensor& x) {
  const auto type = x.scalar_type();
  return {x.const_data_ptr(), type == at::kHalf       ? Carrier::fp16
                              : type == at::kBFloat16 ? Carrier::bf16
                                                      : Carrier::fp32};
}
ValuesOut out(const at::Tensor& x) {
  return {x.mutable_data_ptr(), in(x).carrier};
}

at::Tensor result(const at::Tensor& x, Format format) {
  const bool narrow = facts(format).storage_bits == 16;
  return at::empty(x.sizes(), x.options().dtype(narrow ? tensor_type(format) : at::kFloat));
}

// What a GPU does with one thread for each value.
template <typename Element>
void run(const Element& element, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) element(i);
}
template <typename Mover>
void move(const Mover& mover, std::int64_t samples, std::int64_t rows, std::int64_t channels) {
  for (std::int64_t b = 0; b < samples; ++b)
    for (std::int64_t r = 0; r < rows; ++r)
      for (std::int64_t c = 0; c < channels; ++c) mover.write(b, r, c, mover.read(b, r, c));
}

double distance(const at::Tensor& x, const at::Tensor& reference) {
  const at::Tensor wide = reference.to(at::kDouble);
  return ((x.to(at::kDouble) - wide).abs().max() / wide.abs().max().clamp_min(1e-30)).item<double>();
}

std::vector<ModeLayout> layouts() {
  return {make_layout({16}, {6}),
          make_layout({17}, {17}),
          make_layout({16, 16}, {8, 8}),
          make_layout({12, 15}, {5, 6}),
          make_layout({7, 11}, {7, 11}),
          make_layout({16, 16}, {16, 16}),
          make_layout({5, 6, 7}, {3, 4, 4}),
          make_layout({8, 8, 8}, {8, 8, 8})};
}

std::vector<std::int64_t> shape_of(std::initializer_list<std::int64_t> front,
                                   std::vector<std::int64_t> middle, std::int64_t channels) {
  middle.insert(middle.begin(), front);
  middle.push_back(channels);
  return middle;
}

const auto every_format = {Format::fp32, Format::tf32,     Format::bf16,
                           Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2};
const auto carriers = {at::kFloat, at::kHalf, at::kBFloat16};

}  // namespace

class ElementsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { at::manual_seed(3); }
  void every_operator_is_registered_for_the_cpu();
  void the_cpu_is_what_is_dispatched_to();
  void rounding_and_tanh_are_the_kernels();
  void pointwise_elements_are_the_kernels();
  void slots_are_those_of_the_histogram();
  void places_and_kept_modes_are_inverse();
  void taken_modes_are_the_transform();
  void placed_modes_are_the_inverse();
  void contraction_is_the_complex_sum();
  void sizes_without_half_transforms_are_refused();
};

void ElementsTest::every_operator_is_registered_for_the_cpu() {
  for (const char* name :
       {"round_in_place", "rounded_copy", "tanh", "tanh_backward", "gelu", "gelu_backward", "sum", "gate",
        "gate_weight_gradient", "range_slots", "product", "contract", "contract_adjoint_modes",
        "contract_adjoint_weight", "fft_to_modes", "fft_to_field"}) {
    const auto op = c10::Dispatcher::singleton().findSchema({std::string("halfwave::") + name, ""});
    QVERIFY2(op.has_value(), name);
    QVERIFY2(op->hasKernelForDispatchKey(c10::DispatchKey::CPU), name);
    // That of a card is in the module, which this program has not loaded.
    QVERIFY2(!op->hasKernelForDispatchKey(c10::DispatchKey::CUDA), name);
  }
}

void ElementsTest::the_cpu_is_what_is_dispatched_to() {
  const at::Tensor x = at::randn({3, 5, 4});
  for (const Format format : every_format) {
    QVERIFY(at::equal(dispatch::gelu(x, format), on_cpu::gelu(x, format)));
    QVERIFY(at::equal(dispatch::tanh(x, format), on_cpu::tanh(x, format)));
  }
  const at::Tensor a = at::randn({3, 4}), b = at::randn({4, 5}), bias = at::randn({5});
  // Twelve roundings of 2⁻²⁴ at most.
  QVERIFY(distance(dispatch::product(a, b, bias, 2.0, Format::fp32),
                   2.0 * at::matmul(a.to(at::kDouble), b.to(at::kDouble)) + bias) < 1e-6);
  QVERIFY(!dispatch::computes(a, {Format::fp16, false}));
}

void ElementsTest::rounding_and_tanh_are_the_kernels() {
  const at::Tensor wide = at::randn({517}) * at::randn({517}).mul(8).exp2();
  for (const auto type : carriers)
    for (const Format format : every_format) {
      const at::Tensor x = wide.to(type), g = at::randn({517}).to(type);
      at::Tensor y = at::empty({517});
      run(RoundElement{in(x), out(y), StageRounding::of(format)}, x.numel());
      QVERIFY(at::equal(y, rounded_copy(x, format)));
      at::Tensor t = result(x, format), gx = result(x, format);
      run(TanhElement{in(x), out(t), StageRounding::of(format)}, x.numel());
      run(TanhBackwardElement{in(g), in(x), out(gx), StageRounding::of(format)}, x.numel());
      // Where a compiler fuses products and sums the last bit may differ, and with it a rounding.
      const double allowed = 2.1 * std::max(facts(format).unit_roundoff, 0x1p-23);
      QVERIFY(distance(t, at::tanh(x.to(at::kDouble))) < allowed);
      QVERIFY(distance(t, on_cpu::tanh(x, format)) < allowed);
      QVERIFY(distance(gx, on_cpu::tanh_backward(g, x, format)) < allowed);
    }
}

void ElementsTest::pointwise_elements_are_the_kernels() {
  constexpr std::int64_t rows = 301, channels = 7;
  for (const auto type : carriers)
    for (const Format format : every_format) {
      const at::Tensor x = at::randn({rows, channels}).mul(2).to(type),
                       z = at::randn({rows, channels}).to(type);
      const at::Tensor w = at::randn({channels});
      const StageRounding r = StageRounding::of(format);
      at::Tensor y = result(x, format);
      const double allowed = 2.1 * std::max(facts(format).unit_roundoff, 0x1p-23);
      run(GeluElement{in(x), out(y), r}, x.numel());
      QVERIFY(distance(y, on_cpu::gelu(x, format)) < allowed);
      run(GeluBackwardElement{in(z), in(x), out(y), r}, x.numel());
      QVERIFY(distance(y, on_cpu::gelu_backward(z, x, format)) < allowed);
      run(SumElement{in(x), in(z), out(y), r}, x.numel());
      QVERIFY(at::equal(y, on_cpu::sum(x, z, format)));
      run(GateElement{in(x), in(w), out(y), r, channels}, x.numel());
      QVERIFY(at::equal(y, on_cpu::gate(x, w, format)));
      constexpr std::int64_t rows_a_part = 32, parts = (rows + rows_a_part - 1) / rows_a_part;
      at::Tensor sums = at::empty({parts, channels});
      run(GateWeightElement{in(z), in(x), sums.data_ptr<float>(), r, rows, channels, rows_a_part},
          sums.numel());
      const at::Tensor exact = (rounded_copy(z, format).to(at::kDouble) * rounded_copy(x, format)).sum(0);
      // Sums of 301 products in fp32, relative to the largest.
      QVERIFY(distance(sums.sum(0), exact) < 2e-5);
    }
}

void ElementsTest::slots_are_those_of_the_histogram() {
  for (const auto type : carriers)
    for (const Format format : every_format) {
      at::Tensor x = (at::randn({1001}) * at::randn({1001}).mul(12).exp2()).to(type);
      x[0] = 0.0;
      x[1] = std::numeric_limits<double>::infinity();
      x[2] = std::nan("");
      for (const std::int64_t step : {1, 3}) {
        const at::Tensor slots = dispatch::range_slots(x, format, step);
        const at::Tensor looked_at = x.slice(0, 0, 1001, step).contiguous();
        const RangeHistogram expected = measure_range(looked_at, format);
        const auto* counts = slots.const_data_ptr<std::int64_t>();
        QCOMPARE(static_cast<std::uint64_t>(counts[RangeSlot::zero]), expected.zeros);
        QCOMPARE(static_cast<std::uint64_t>(counts[RangeSlot::infinite]), expected.infinite);
        QCOMPARE(static_cast<std::uint64_t>(counts[RangeSlot::nan]), expected.nan);
        QCOMPARE(static_cast<std::uint64_t>(counts[RangeSlot::saturated]), expected.saturated);
        QCOMPARE(counts[RangeSlot::count], x.isfinite().logical_not().sum().item<std::int64_t>());
        QCOMPARE(slots.narrow(0, 0, RangeSlot::count).sum().item<std::int64_t>(), looked_at.numel());
      }
    }
}

void ElementsTest::places_and_kept_modes_are_inverse() {
  for (const ModeLayout& layout : layouts()) {
    const ModeMap map = ModeMap::of(layout);
    QCOMPARE(map.mode_count(), layout.mode_count());
    std::int64_t kept = 0;
    for (std::int64_t place = 0; place < map.spectrum_size(); ++place) kept += map.kept_at(place) >= 0;
    QCOMPARE(kept, map.mode_count());
    for (std::int64_t k = 0; k < map.mode_count(); ++k) {
      QCOMPARE(map.kept_at(map.place_of(k)), k);
      QCOMPARE(map.mode_has_mirror(k), map.has_mirror(map.place_of(k)));
    }
  }
}

void ElementsTest::taken_modes_are_the_transform() {
  constexpr std::int64_t batch = 2, channels = 3;
  FftEngine engine;
  for (const ModeLayout& layout : layouts())
    for (const bool adjoint : {false, true}) {
      const ModeMap map = ModeMap::of(layout);
      const std::int64_t points = layout.point_count(), size = map.spectrum_size();
      const StageRounding exact = StageRounding::of(Format::fp32);
      const at::Tensor field = at::randn(shape_of({batch}, layout.grid, channels));
      at::Tensor lines = at::empty({batch * channels, points});
      move(FieldToLines{in(field), out(lines), exact, points, channels}, batch, points, channels);
      std::vector<std::int64_t> axes(layout.axes());
      std::iota(axes.begin(), axes.end(), 1);
      auto grid = layout.grid;
      grid.insert(grid.begin(), batch * channels);
      const at::Tensor spectrum =
          at::view_as_real(at::fft_rfftn(lines.view(grid), std::nullopt, axes).contiguous());
      at::Tensor planes = at::empty(shape_of({batch, 2}, layout.modes, channels));
      move(SpectrumToModes{in(spectrum), out(planes), exact, map, size, map.mode_count(), channels,
                           adjoint ? 1.0F : 1.0F / static_cast<float>(points), adjoint ? 2.0F : 1.0F},
           batch, map.mode_count(), channels);
      const Arithmetic wide{Format::fp64, true};
      const at::Tensor reference = adjoint ? engine.inverse_adjoint(field.to(at::kDouble), layout, wide)
                                           : engine.transform(field.to(at::kDouble), layout, wide);
      // Some roundings of 2⁻²⁴ through log₂ n steps.
      QVERIFY(distance(planes, reference) < 2e-6);
    }
}

void ElementsTest::placed_modes_are_the_inverse() {
  constexpr std::int64_t batch = 2, channels = 3;
  FftEngine engine;
  for (const ModeLayout& layout : layouts())
    for (const bool adjoint : {false, true}) {
      const ModeMap map = ModeMap::of(layout);
      const std::int64_t points = layout.point_count(), size = map.spectrum_size();
      const StageRounding exact = StageRounding::of(Format::fp32);
      const at::Tensor planes = at::randn(shape_of({batch, 2}, layout.modes, channels));
      std::vector<std::int64_t> axes(layout.axes()), shape{batch * channels};
      std::iota(axes.begin(), axes.end(), 1);
      for (std::size_t axis = 0; axis < layout.axes(); ++axis)
        shape.push_back(map.extent(static_cast<int>(axis)));
      shape.push_back(2);
      at::Tensor spectrum = at::empty(shape);
      move(ModesToSpectrum{in(planes), out(spectrum), exact, map, size, map.mode_count(), channels,
                           adjoint ? 0.5F : 1.0F},
           batch, size, channels);
      // As a full complex transform of a spectrum with all its mirror images would give it: real.
      const at::Tensor lines =
          at::fft_irfftn(at::view_as_complex(spectrum), layout.grid, axes, "forward").contiguous();
      at::Tensor field = at::empty(shape_of({batch}, layout.grid, channels));
      move(LinesToField{in(lines), out(field), exact, points, channels,
                        adjoint ? 1.0F / static_cast<float>(points) : 1.0F},
           batch, points, channels);
      const Arithmetic wide{Format::fp64, true};
      const at::Tensor reference = adjoint ? engine.transform_adjoint(planes.to(at::kDouble), layout, wide)
                                           : engine.inverse(planes.to(at::kDouble), layout, wide);
      QVERIFY(distance(field, reference) < 2e-6);
    }
}

void ElementsTest::contraction_is_the_complex_sum() {
  constexpr std::int64_t modes = 6, in_channels = 5, out_channels = 7;
  for (const std::int64_t batch : {1, 4, 6})
    for (const Format format : every_format) {
      const StageRounding r = StageRounding::of(format);
      const at::Tensor z = at::randn({batch, 2, modes, in_channels});
      const at::Tensor w = at::randn({modes, 2, in_channels, out_channels});
      at::Tensor product = at::empty({batch, 2, modes, out_channels});
      const ComplexMatrices left{in(z), in_channels, 2 * modes * in_channels, 1, modes * in_channels, 1.0F};
      const ComplexMatrices right{in(w), 2 * in_channels * out_channels, out_channels,
                                  1,     in_channels * out_channels,     1.0F};
      const ContractionElement element{
          left, right, out(product), out_channels, 2 * modes * out_channels, modes * out_channels,
          r,    batch, in_channels,  out_channels};
      run(element, modes * element.groups() * out_channels);
      const auto complex = [&](const at::Tensor& x, std::int64_t part) {
        const at::Tensor wide = rounded_copy(x, format).to(at::kDouble);
        return at::complex(wide.select(part, 0).contiguous(), wide.select(part, 1).contiguous());
      };
      const at::Tensor expected = at::einsum("bki,kio->bko", {complex(z, 1), complex(w, 1)});
      // The sum's fp32 roundings and one of the format.
      const double allowed = facts(format).unit_roundoff + 2e-6;
      QVERIFY(distance(product.select(1, 0), at::real(expected)) < allowed);
      QVERIFY(distance(product.select(1, 1), at::imag(expected)) < allowed);
      // The weight's gradient, conj(z)ᵀ · g, by other strides.
      const at::Tensor g = at::randn({batch, 2, modes, out_channels});
      at::Tensor gradient = at::empty({modes, 2, in_channels, out_channels});
      const ComplexMatrices conjugate{in(z), in_channels, 1, 2 * modes * in_channels, modes * in_channels,
                                      -1.0F};
      const ComplexMatrices planes{in(g), out_channels,         2 * modes * out_channels,
                                   1,     modes * out_channels, 1.0F};
      const ContractionElement adjoint{conjugate,
                                       planes,
                                       out(gradient),
                                       2 * in_channels * out_channels,
                                       out_channels,
                                       in_channels * out_channels,
                                       r,
                                       in_channels,
                                       batch,
                                       out_channels};
      run(adjoint, modes * adjoint.groups() * out_channels);
      const at::Tensor dw = at::einsum("bki,bko->kio", {complex(z, 1).conj(), complex(g, 1)});
      QVERIFY(distance(gradient.select(1, 0), at::real(dw)) < allowed);
      QVERIFY(distance(gradient.select(1, 1), at::imag(dw)) < allowed);
    }
}

void ElementsTest::sizes_without_half_transforms_are_refused() {
  QVERIFY(half_fft_problem(Format::fp32, {7, 12}, 80).empty());
  QVERIFY(half_fft_problem(Format::fp16, {64, 128}, 90).empty());
  QCOMPARE(
      half_fft_problem(Format::fp16, {64, 96}, 90),
      std::string("The engine fft has no transform in fp16 along an axis of 96 points, which is not a power "
                  "of two; use the engine dft, which takes every size."));
  QVERIFY(half_fft_problem(Format::bf16, {64}, 75).find("compute capability 7.5") != std::string::npos);
  QVERIFY(half_fft_problem(Format::fp16, {64}, 75).empty());
}

QTEST_GUILESS_MAIN(ElementsTest)
#include "elements_test.moc"
