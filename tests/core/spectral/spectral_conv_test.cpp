#include "core/spectral/spectral_conv.h"

#include "core/device/memory_meter.h"
#include "core/operators/pointwise.h"
#include "core/precision/native.h"
#include "core/precision/round_tensor.h"
#include "core/precision/stabilizer.h"
#include "core/precision/stabilizer_kernels.h"
#include "core/spectral/contraction.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <array>

using namespace halfwave;

namespace {

struct Problem {
  ModeLayout layout;
  at::Tensor field, weight, bias, direction;
};

Problem make_problem(std::vector<std::int64_t> grid, std::vector<int> modes, at::ScalarType type) {
  Problem p;
  p.layout = make_layout(grid, modes);
  std::vector<std::int64_t> field{2}, weight = p.layout.modes;
  field.insert(field.end(), grid.begin(), grid.end());
  field.push_back(3);
  weight.insert(weight.end(), {2, 3, 4});
  p.field = at::randn(field, type).requires_grad_(true);
  p.weight = at::randn(weight, type).requires_grad_(true);
  p.bias = at::randn({4}, type).requires_grad_(true);
  field.back() = 4;
  p.direction = at::randn(field, type);
  return p;
}

StageContext context_of(Format format, Stabilizer stabilizer) {
  StageContext context;
  context.policy.formats.fill(format);
  context.policy.stabilizer = stabilizer;
  return context;
}

/// Levels that clip a good part of normal values.
StageContext clipping_context(Format format, Stabilizer stabilizer) {
  StageContext context = context_of(format, stabilizer);
  if (stabilizer == Stabilizer::hard_clip) context.policy.stabilizer_level = 0.8;
  if (stabilizer == Stabilizer::sigma_clip) context.policy.stabilizer_level = 1.2;
  return context;
}

/// How near any value comes to where a clip has its corner.
double distance_to_corners(const at::Tensor& field, const LayerPolicy& layer) {
  const at::Tensor x = field.detach().flatten(1);
  if (layer.stabilizer == Stabilizer::hard_clip) return (x.abs() - layer.level()).abs().min().item<double>();
  if (layer.stabilizer != Stabilizer::sigma_clip) return INFINITY;
  const at::Tensor centred = x - x.mean(1, true);
  const at::Tensor reach = layer.level() * centred.square().mean(1, true).sqrt();
  return (centred.abs() - reach).abs().min().item<double>();
}

/// Collects what computing stages report.
class Listener final : public StageProbe {
 public:
  struct Report {
    std::size_t layer;
    Stage stage;
    bool backward;
    at::Tensor values;
  };
  void on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) override {
    if (!is_stored(stage)) reports.push_back({layer, stage, backward, result.detach().clone()});
  }
  std::vector<Report> reports;
};

bool are_values_of(const at::Tensor& x, Format format) {
  const at::Tensor y = x.to(at::kFloat);
  return at::equal(rounded_copy(y, format), y);
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a.to(at::kDouble) - b.to(at::kDouble)).norm() / b.to(at::kDouble).norm()).item<double>();
}

double value(const Problem& p, const std::shared_ptr<SpectralEngine>& engine, const StageContext& context,
             const at::Tensor& field, const at::Tensor& weight, const at::Tensor& bias) {
  const c10::AutoGradMode off(false);
  return (spectral_conv(field, weight, bias, p.layout, engine, context) * p.direction).sum().item<double>();
}

}  // namespace

class SpectralConvTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(11); }

  void gradients_match_finite_differences() {
    const std::vector<std::pair<std::vector<std::int64_t>, std::vector<int>>> shapes = {
        {{12}, {6}}, {{8, 9}, {4, 9}}, {{7, 8}, {7, 8}}, {{4, 5, 6}, {4, 3, 4}}};
    for (const char* name : {"fft", "dft"})
      for (const auto stabilizer : all_stabilizers)
        for (const auto& [grid, modes] : shapes) {
          const auto engine = make_engine(name);
          const StageContext context = clipping_context(Format::fp64, stabilizer);
          Problem p = make_problem(grid, modes, at::kDouble);
          // Steps of at most some 5e-5 must not cross a corner.
          while (distance_to_corners(p.field, context.policy) < 5e-4)
            p = make_problem(grid, modes, at::kDouble);
          (spectral_conv(p.field, p.weight, p.bias, p.layout, engine, context) * p.direction)
              .sum()
              .backward();
          const at::Tensor* inputs[] = {&p.field, &p.weight, &p.bias};
          for (int i = 0; i < 3; ++i) {
            const at::Tensor step = at::randn_like(*inputs[i]);
            constexpr double h = 1e-5;
            const auto at_offset = [&](double t) {
              at::Tensor moved[] = {p.field.detach(), p.weight.detach(), p.bias.detach()};
              moved[i] = moved[i] + t * step;
              return value(p, engine, context, moved[0], moved[1], moved[2]);
            };
            const double numeric = (at_offset(h) - at_offset(-h)) / (2 * h);
            const double analytic = (inputs[i]->grad() * step).sum().item<double>();
            // Central differences: h² of the third derivative plus 1e-16/h of rounding.
            QVERIFY2(std::fabs(numeric - analytic) < 1e-7 * (1 + std::fabs(analytic)),
                     qPrintable(QString("%1 stabilizer %2 input %3: %4 and %5")
                                    .arg(name)
                                    .arg(static_cast<int>(stabilizer))
                                    .arg(i)
                                    .arg(numeric)
                                    .arg(analytic)));
          }
        }
  }

  void a_fixed_scale_changes_nothing_in_exact_arithmetic() {
    // K is linear, so only the last bits of fp64 can differ.
    const Problem p = make_problem({12, 10}, {6, 10}, at::kDouble),
                  q = make_problem({12, 10}, {6, 10}, at::kDouble);
    for (const char* name : {"fft", "dft"}) {
      const auto run = [&](Stabilizer stabilizer, double level) {
        StageContext context = context_of(Format::fp64, stabilizer);
        context.policy.stabilizer_level = level;
        for (const at::Tensor* x : {&p.field, &p.weight, &p.bias}) x->mutable_grad() = at::Tensor();
        const at::Tensor y = spectral_conv(p.field, p.weight, p.bias, p.layout, make_engine(name), context);
        (y * q.direction).sum().backward();
        return std::vector<at::Tensor>{y.detach(), p.field.grad(), p.weight.grad(), p.bias.grad()};
      };
      const auto plain = run(Stabilizer::none, 0.0);
      for (const double level : {64.0, 0.3, 7.0}) {
        const auto with = run(Stabilizer::fixed_scale, level);
        for (std::size_t i = 0; i < plain.size(); ++i) QVERIFY(distance(with[i], plain[i]) < 1e-12);
      }
    }
  }

  void a_fixed_scale_keeps_the_fft_in_range() {
    // 256² twos sum to 131072, beyond fp16; a sixty-fourth of them to 2048.
    const ModeLayout layout = make_layout({256, 256}, {4, 4});
    const at::Tensor field = at::full({1, 256, 256, 1}, 2.0f);
    at::Tensor weight = at::zeros({4, 3, 2, 1, 1});
    weight.select(2, 0).fill_(1.0f);
    const at::NoGradGuard no_grad;
    const auto output = [&](Stabilizer stabilizer) {
      return spectral_conv(field, weight, {}, layout, make_engine("fft"),
                           context_of(Format::fp16, stabilizer));
    };
    QVERIFY(!at::isfinite(output(Stabilizer::none)).all().item<bool>());
    QVERIFY(at::equal(output(Stabilizer::fixed_scale), field));
  }

  void sigma_clip_takes_each_sample_by_its_own_moments() {
    // Two samples of one point each side of the mean and one far away, the second a thousand times the first.
    const at::Tensor sample =
        at::tensor({-1.0, 1.0, -1.0, 1.0, 0.0, 0.0, 0.0, 8.0}, at::kDouble).view({1, 4, 2});
    const at::Tensor field = at::cat({sample, 1000 * sample});
    LayerPolicy layer;
    layer.stabilizer = Stabilizer::sigma_clip;
    // μ = 1, σ² = (1 + 1 + 1 + 1 + 64)/8 − 1 = 7.5
    const double bound = 1.0 + 2.0 * std::sqrt(7.5);
    at::Tensor expected = field.clone();
    expected[0][3][1] = bound;
    expected[1][3][1] = 1000 * bound;
    const at::Tensor found = stabilized(field, layer);
    QVERIFY(at::allclose(found, expected, 1e-14, 0.0));
    // A sample without spread passes, and so does its gradient.
    const at::Tensor flat = at::full({1, 4, 2}, 3.0);
    QVERIFY(at::equal(stabilized(flat, layer), flat));
    QVERIFY(at::equal(through_stabilizer(at::ones_like(flat), flat, layer), at::ones_like(flat)));
    // Fields carried in 16 bits keep their type.
    QVERIFY(stabilized(field.to(at::kBFloat16), layer).scalar_type() == at::kFloat);
  }

  void tanh_in_one_pass_is_tanh() {
    const at::Tensor x =
        at::cat({at::linspace(-10.0, 10.0, 200'001, at::kFloat), at::linspace(-1.0, 1.0, 100'001, at::kFloat),
                 at::tensor({0.0F, 1e-40F, -1e-30F, 1e30F, -INFINITY, INFINITY})});
    const at::Tensor exact = at::tanh(x.to(at::kDouble));
    const at::Tensor y = tanh_kernel(x, Format::fp32);
    QVERIFY(((y.to(at::kDouble) - exact).abs() <= exact.abs() * (4 * 0x1p-24)).all().item<bool>());
    QVERIFY(tanh_kernel(at::full({3}, NAN), Format::fp16).isnan().all().item<bool>());
    // The values of a 16-bit field are not rounded before the transform's own format is.
    for (const auto type : {at::kFloat, at::kHalf, at::kBFloat16})
      for (const Format f : {Format::fp32, Format::tf32, Format::bf16, Format::fp16, Format::fp8_e4m3}) {
        const at::Tensor field = x.to(type), wide = field.to(at::kFloat);
        const at::Tensor in_fp32 = tanh_kernel(wide, Format::fp32);
        const at::Tensor expected = f == Format::fp32 ? in_fp32 : rounded_copy(in_fp32, f);
        QVERIFY(at::equal(tanh_kernel(field, f).to(at::kFloat), expected));
      }
    const at::Tensor g = at::randn(x.sizes());
    const at::Tensor slope = at::tanh_backward(g.to(at::kDouble), exact);
    // 1 − tanh² loses what it cancels: an absolute error of some units.
    QVERIFY(((tanh_backward_kernel(g, x, Format::fp32).to(at::kDouble) - slope).abs() <=
             g.to(at::kDouble).abs() * (8 * 0x1p-24))
                .all()
                .item<bool>());
    const at::Tensor half = tanh_backward_kernel(g.to(at::kHalf), x.to(at::kHalf), Format::fp16);
    const at::Tensor again =
        tanh_backward_kernel(g.to(at::kHalf).to(at::kFloat), x.to(at::kHalf).to(at::kFloat), Format::fp32);
    QVERIFY(at::equal(half, again.to(at::kHalf)));
  }

  void layers_have_stabilizers_of_their_own() {
    // Five convolutions in a row, each with another stabilizer, against central differences in fp64.
    const ModeLayout layout = make_layout({8, 6}, {4, 6});
    const auto engine = make_engine("dft");
    at::Tensor weight = at::randn({4, 4, 2, 3, 3}, at::kDouble).requires_grad_(true);
    const auto network = [&](const at::Tensor& v, const at::Tensor& w, double* nearest) {
      at::Tensor x = v;
      for (const auto stabilizer : all_stabilizers) {
        const StageContext context = clipping_context(Format::fp64, stabilizer);
        if (nearest != nullptr) *nearest = std::min(*nearest, distance_to_corners(x, context.policy));
        x = x + spectral_conv(x, w, {}, layout, engine, context);
      }
      return x.square().sum();
    };
    at::Tensor field;
    for (double nearest = 0.0; nearest < 2e-4;) {
      field = at::randn({2, 8, 6, 3}, at::kDouble).requires_grad_(true);
      nearest = INFINITY;
      network(field.detach(), weight.detach(), &nearest);
    }
    network(field, weight, nullptr).backward();
    const at::Tensor dv = at::randn_like(field), dw = at::randn_like(weight);
    // The step is smaller than elsewhere, since five layers amplify it on its way to a corner.
    constexpr double h = 1e-6;
    const at::NoGradGuard no_grad;
    const double numeric = (network(field + h * dv, weight + h * dw, nullptr) -
                            network(field - h * dv, weight - h * dw, nullptr))
                               .item<double>() /
                           (2 * h);
    const double analytic = ((field.grad() * dv).sum() + (weight.grad() * dw).sum()).item<double>();
    // 1e-16/h of rounding relative to the value, which is larger than the derivative by some tens.
    QVERIFY2(std::fabs(numeric - analytic) < 1e-6 * std::fabs(analytic),
             qPrintable(QString("%1 and %2").arg(numeric, 0, 'g', 12).arg(analytic, 0, 'g', 12)));
  }

  void every_stage_is_honoured_in_both_directions() {
    const Problem p = make_problem({16, 12}, {8, 6}, at::kFloat);
    Listener listener;
    for (const char* name : {"fft", "dft"})
      for (const auto accumulation : {Accumulation::fp32, Accumulation::strict})
        for (const Stage narrow : {Stage::forward_transform, Stage::contraction, Stage::inverse_transform})
          for (const bool fp32_gradients : {false, true}) {
            StageContext context = context_of(Format::fp32, Stabilizer::tanh);
            context.policy[narrow] = Format::fp16;
            context.policy.accumulation = accumulation;
            context.policy.fp32_gradients = fp32_gradients;
            context.layer = 3;
            context.probe = std::make_shared<StageProbe*>(&listener);
            listener.reports.clear();
            spectral_conv(p.field, p.weight, p.bias, p.layout, make_engine(name), context)
                .backward(p.direction);
            QCOMPARE(listener.reports.size(), std::size_t{6});
            for (const auto& report : listener.reports) {
              QCOMPARE(report.layer, std::size_t{3});
              const bool expected = report.stage == narrow && !(report.backward && fp32_gradients);
              QCOMPARE(are_values_of(report.values, Format::fp16), expected);
            }
          }
  }

  void gradients_in_fp32_are_those_of_fp32_at_the_same_saved_values() {
    const Problem p = make_problem({16, 12}, {8, 6}, at::kFloat);
    const auto engine = make_engine("dft");
    const Arithmetic exact{Format::fp64, true};
    const auto wide = [](const at::Tensor& x) { return x.detach().to(at::kDouble); };
    // The gradients in fp64, but at the values that were kept: the modes and the field as fp16 has them.
    const at::Tensor kept_field = wide(rounded_copy(p.field.detach(), Format::fp16));
    const at::Tensor kept_modes =
        wide(engine->transform(at::tanh(p.field.detach()), p.layout, {Format::fp16, false}));
    QVERIFY(are_values_of(kept_modes, Format::fp16));
    const at::Tensor g = engine->inverse_adjoint(wide(p.direction), p.layout, exact);
    const auto as_complex = [](const at::Tensor& planes, std::int64_t dim) {
      return at::complex(planes.select(dim, 0).contiguous(), planes.select(dim, 1).contiguous());
    };
    const at::Tensor zc = as_complex(kept_modes, 1), gc = as_complex(g, 1);
    const at::Tensor wc = as_complex(wide(p.weight), -3);
    const at::Tensor weight_gradient = at::einsum("bkli,bklo->klio", {zc.conj(), gc});
    const at::Tensor modes_gradient = at::einsum("klio,bklo->bkli", {wc.conj(), gc});
    const at::Tensor expected_weight = at::stack({at::real(weight_gradient), at::imag(weight_gradient)}, -3);
    const at::Tensor before = engine->transform_adjoint(
        at::stack({at::real(modes_gradient), at::imag(modes_gradient)}, 1), p.layout, exact);
    const at::Tensor expected_field = before * (1 - at::tanh(kept_field).square());

    StageContext context = context_of(Format::fp16, Stabilizer::tanh);
    const auto errors = [&] {
      for (const at::Tensor* x : {&p.field, &p.weight, &p.bias}) x->mutable_grad() = at::Tensor();
      spectral_conv(p.field, p.weight, p.bias, p.layout, engine, context).backward(p.direction);
      return std::pair{distance(p.field.grad(), expected_field), distance(p.weight.grad(), expected_weight)};
    };
    context.policy.fp32_gradients = true;
    const auto [field_error, weight_error] = errors();
    // A few fp32 roundings, 2⁻²⁴ each, through sums of some hundred terms.
    QVERIFY2(field_error < 2e-6, qPrintable(QString::number(field_error)));
    QVERIFY2(weight_error < 2e-6, qPrintable(QString::number(weight_error)));
    context.policy.fp32_gradients = false;
    const auto [half_field, half_weight] = errors();
    // The same through fp16: some roundings of 2⁻¹¹ each.
    QVERIFY(half_field > 1e-4 && half_field < 4 * 0x1p-11);
    QVERIFY(half_weight > 1e-4 && half_weight < 4 * 0x1p-11);
  }

  // Autograd hands gradients on in the type of the field that they belong to: in fp32 only through float32
  // fields, which hold the format's values all the same.
  void gradients_in_fp32_pass_from_stage_to_stage_data() {
    QTest::addColumn<int>("format");
    QTest::addColumn<bool>("strict");
    QTest::newRow("bf16, native where the processor has it") << static_cast<int>(Format::bf16) << false;
    QTest::newRow("bf16, emulated") << static_cast<int>(Format::bf16) << true;
    QTest::newRow("fp16, emulated") << static_cast<int>(Format::fp16) << false;
  }
  void gradients_in_fp32_pass_from_stage_to_stage() {
    QFETCH(int, format);
    QFETCH(bool, strict);
    const auto f = static_cast<Format>(format);
    const ModeLayout layout = make_layout({16, 12}, {8, 6});
    const auto engine = make_engine("dft");
    for (const bool fp32_gradients : {true, false}) {
      StageContext context = context_of(f, Stabilizer::tanh);
      context.policy.fp32_gradients = fp32_gradients;
      context.policy.accumulation = strict ? Accumulation::strict : Accumulation::fp32;
      const at::Tensor x = at::randn({2, 16, 12, 3});
      const auto parameter = [](at::IntArrayRef size) { return at::randn(size).requires_grad_(true); };
      auto shape = layout.modes;
      shape.insert(shape.end(), {2, 4, 4});
      std::vector<at::Tensor> fields;
      fields.push_back(pointwise_linear(x, parameter({4, 3}), parameter({4}), context));
      fields.push_back(
          spectral_conv(fields.front(), parameter(shape), parameter({4}), layout, engine, context));
      fields.push_back(pointwise_gate(fields.front(), parameter({4}), context));
      fields.push_back(pointwise_sum(fields[1], fields[2], context));
      fields.push_back(pointwise_gelu(fields[3], context));
      int looked_at = 0;
      for (const at::Tensor& field : fields) {
        QVERIFY(field.scalar_type() == (fp32_gradients ? at::kFloat : tensor_type(f)));
        QVERIFY(are_values_of(field, f));
        field.register_hook([&, fp32_gradients](const at::Tensor& gradient) {
          if (are_values_of(gradient, f) != fp32_gradients) ++looked_at;
        });
      }
      const at::Tensor end = pointwise_linear(fields.back(), parameter({4, 4}), {}, context);
      end.backward(at::randn(end.sizes()));
      QCOMPARE(looked_at, static_cast<int>(fields.size()));
    }
  }

  // Against complex products in fp64 by LibTorch, of operands rounded as the stage rounds them.
  void contraction_and_its_adjoints_are_the_complex_products() {
    const auto complex = [](const at::Tensor& x, std::int64_t axis) {
      const at::Tensor wide = x.to(at::kDouble);
      return at::complex(wide.select(axis, 0).contiguous(), wide.select(axis, 1).contiguous());
    };
    const auto near = [](const at::Tensor& got, const at::Tensor& expected, double unit) {
      return ((got - expected).abs().norm() / expected.abs().norm()).item<double>() < 4 * unit;
    };
    std::vector<Arithmetic> kinds = {{Format::fp32, true},
                                     {Format::fp16, false},
                                     {Format::bf16, false},
                                     {Format::tf32, false},
                                     {Format::fp64, true}};
    if (cpu_computes(Format::bf16)) kinds.push_back({Format::bf16, true});
    for (const Arithmetic arithmetic : kinds)
      for (const auto& [batch, in, out] : std::vector<std::array<std::int64_t, 3>>{
               {1, 1, 1}, {2, 3, 5}, {4, 16, 32}, {3, 20, 16}, {2, 80, 70}}) {
        // Sums of at most 160 products in fp32; the result is rounded once.
        const double unit = std::max(std::ldexp(1.0, -1 - facts(arithmetic.format).mantissa_bits), 0x1p-20);
        const auto type = arithmetic.format == Format::fp64 ? at::kDouble : at::kFloat;
        const auto taken = [&](const at::Tensor& x) { return as_operand(x, arithmetic); };
        const at::Tensor z = taken(at::randn({batch, 2, 3, 2, in}, type));
        const at::Tensor g = taken(at::randn({batch, 2, 3, 2, out}, type));
        const at::Tensor weight = at::randn({3, 2, 2, in, out}, type);
        const at::Tensor r = complex(taken(weight), 2), x = complex(z, 1), y = complex(g, 1);
        QVERIFY(
            near(complex(contract(z, weight, arithmetic), 1), at::einsum("bxyi,xyio->bxyo", {x, r}), unit));
        const at::Tensor to_modes = at::einsum("bxyo,xyio->bxyi", {y, r.conj()});
        const at::Tensor to_weight = at::einsum("bxyi,bxyo->xyio", {x.conj(), y});
        QVERIFY(near(complex(contract_adjoint_modes(g, weight, arithmetic), 1), to_modes, unit));
        QVERIFY(near(complex(contract_adjoint_weight(g, z, weight, arithmetic), 2), to_weight, unit));
        const ContractionGradients both = contract_adjoint(g, z, weight, arithmetic, true);
        QVERIFY(near(complex(both.modes, 1), to_modes, unit));
        QVERIFY(near(complex(both.weight, 2), to_weight, unit));
        QVERIFY(!contract_adjoint(g, z, weight, arithmetic, false).modes.defined());
      }
  }

  void only_truncated_modes_are_kept_in_the_contractions_format() {
    install_memory_meter();
    const Problem p = make_problem({64, 64}, {16, 16}, at::kFloat);
    const auto engine = make_engine("dft");
    const auto kept = [&](Format format) {
      const auto before = memory_report().live_of(MemoryCategory::saved_activations);
      const at::Tensor y =
          spectral_conv(p.field, p.weight, p.bias, p.layout, engine, context_of(format, Stabilizer::none));
      return memory_report().live_of(MemoryCategory::saved_activations) - before;
    };
    const std::int64_t mode_values = 2 * 2 * 16 * 9 * 3;  // batch, parts, modes, channels
    QCOMPARE(kept(Format::fp16), 2 * mode_values);
    QCOMPARE(kept(Format::fp32), 4 * mode_values);
  }

  void mixed_formats_stay_near_full_precision() {
    const Problem p = make_problem({32, 32}, {12, 12}, at::kFloat);
    for (const char* name : {"fft", "dft"}) {
      const auto engine = make_engine(name);
      const at::Tensor full = spectral_conv(p.field, p.weight, p.bias, p.layout, engine,
                                            context_of(Format::fp32, Stabilizer::tanh));
      for (const auto& [format, unit] : {std::pair{Format::fp16, 0x1p-11}, std::pair{Format::bf16, 0x1p-8}}) {
        const at::Tensor low =
            spectral_conv(p.field, p.weight, p.bias, p.layout, engine, context_of(format, Stabilizer::tanh))
                .to(at::kFloat);
        const double relative = ((low - full).norm() / full.norm()).item<double>();
        // Eight roundings lie on the way; they are independent, so about √8 units and never ten.
        QVERIFY2(relative > 0.1 * unit && relative < 10 * unit, qPrintable(QString::number(relative / unit)));
      }
    }
  }

  void the_two_engines_agree_in_fp64() {
    const Problem p = make_problem({20, 18}, {10, 8}, at::kDouble);
    const auto a = spectral_conv(p.field, p.weight, p.bias, p.layout, make_engine("fft"),
                                 context_of(Format::fp64, Stabilizer::tanh));
    const auto b = spectral_conv(p.field, p.weight, p.bias, p.layout, make_engine("dft"),
                                 context_of(Format::fp64, Stabilizer::tanh));
    QVERIFY(((a - b).abs().max() / b.abs().max()).item<double>() < 1e-10);
  }
};

QTEST_GUILESS_MAIN(SpectralConvTest)
#include "spectral_conv_test.moc"
