#include "core/spectral/spectral_conv.h"

#include "core/device/memory_meter.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

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
      for (const auto stabilizer : {Stabilizer::none, Stabilizer::tanh})
        for (const auto& [grid, modes] : shapes) {
          const auto engine = make_engine(name);
          const Problem p = make_problem(grid, modes, at::kDouble);
          const StageContext context = context_of(Format::fp64, stabilizer);
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
            QVERIFY2(
                std::fabs(numeric - analytic) < 1e-7 * (1 + std::fabs(analytic)),
                qPrintable(QString("%1 input %2: %3 and %4").arg(name).arg(i).arg(numeric).arg(analytic)));
          }
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
