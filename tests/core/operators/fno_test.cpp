#include "core/operators/fno.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/operators/build.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

OperatorSpec small_spec(std::vector<int> modes) {
  OperatorSpec spec;
  spec.modes = std::move(modes);
  spec.width = 6;
  spec.layers = 2;
  return spec;
}

Policy uniform(Format format, int blocks) {
  Policy policy = make_policy("full", blocks);
  for (auto& layer : policy.layers) layer.formats.fill(format);
  return policy;
}

/// Remembers the first stage whose result was not finite.
class FirstNonFinite : public StageProbe {
 public:
  void on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) override {
    ++calls;
    if (found || at::isfinite(result).all().item<bool>()) return;
    found = true;
    first_layer = layer;
    first_stage = stage;
    first_backward = backward;
  }
  int calls = 0;
  bool found = false;
  std::size_t first_layer = 0;
  Stage first_stage = Stage::weights;
  bool first_backward = false;
};

}  // namespace

class FnoTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(5); }

  void gradients_match_finite_differences_in_fp64() {
    for (const auto& [modes, grid] :
         {std::pair{std::vector<int>{6}, std::vector<std::int64_t>{2, 1, 15}},
          std::pair{std::vector<int>{4, 5}, std::vector<std::int64_t>{2, 1, 8, 9}},
          std::pair{std::vector<int>{3, 4, 4}, std::vector<std::int64_t>{1, 1, 5, 6, 4}}})
      for (const char* engine : {"fft", "dft"}) {
        OperatorSpec spec = small_spec(modes);
        spec.engine = engine;
        const auto op = build_operator(spec, 1, 1, 1);
        op->set_policy(uniform(Format::fp64, spec.layers));
        for (auto& p : op->parameters()) p.value.set_data(p.value.detach().to(at::kDouble));
        const at::Tensor x = at::randn(grid, at::kDouble), direction = at::randn(grid, at::kDouble);
        (op->forward(x) * direction).sum().backward();
        for (auto& p : op->parameters()) {
          const at::Tensor origin = p.value.detach().clone(), step = at::randn_like(origin);
          constexpr double h = 1e-6;
          const auto at_offset = [&](double t) {
            const c10::AutoGradMode off(false);
            p.value.copy_(origin + t * step);
            return (op->forward(x) * direction).sum().item<double>();
          };
          const double numeric = (at_offset(h) - at_offset(-h)) / (2 * h);
          at_offset(0);
          const double analytic = (p.value.grad() * step).sum().item<double>();
          QVERIFY2(std::fabs(numeric - analytic) < 1e-6 * (1 + std::fabs(analytic)), p.name.c_str());
        }
      }
  }

  void seeds_fix_the_weights() {
    const auto a = build_operator(small_spec({8, 8}), 1, 1, 4),
               b = build_operator(small_spec({8, 8}), 1, 1, 4),
               c = build_operator(small_spec({8, 8}), 1, 1, 5);
    for (std::size_t i = 0; i < a->parameters().size(); ++i)
      QVERIFY(at::equal(a->parameters()[i].value, b->parameters()[i].value));
    QVERIFY(!at::equal(a->parameters()[0].value, c->parameters()[0].value));
  }

  void one_operator_serves_every_grid_that_carries_its_modes() {
    const auto op = build_operator(small_spec({8, 8}), 2, 3, 1);
    for (const auto& grid : {std::pair{8, 8}, std::pair{16, 32}, std::pair{17, 33}})
      QCOMPARE(op->forward(at::randn({2, 2, grid.first, grid.second})).sizes(),
               at::IntArrayRef({2, 3, grid.first, grid.second}));
    QVERIFY_EXCEPTION_THROWN(op->forward(at::randn({2, 2, 6, 16})), RequestError);
    QVERIFY_EXCEPTION_THROWN(op->forward(at::randn({2, 1, 16, 16})), RequestError);
    QVERIFY_EXCEPTION_THROWN(op->forward(at::randn({2, 2, 16})), RequestError);
  }

  void a_policy_of_another_length_is_refused() {
    const auto op = build_operator(small_spec({8, 8}), 1, 1, 1);
    QVERIFY_EXCEPTION_THROWN(op->set_policy(make_policy("mixed", 3)), RequestError);
    op->set_policy(make_policy("mixed", 2));
    QCOMPARE(op->policy().name, std::string("mixed"));
  }

  void presets_train_within_their_unit_roundoff() {
    const auto op = build_operator(small_spec({8, 8}), 1, 1, 1);
    const at::Tensor x = at::randn({2, 1, 32, 32});
    const at::Tensor full = op->forward(x).detach();
    for (const char* preset : {"amp", "mixed", "naive", "bf16"}) {
      Policy policy = make_policy(preset, 2);
      // The stabilizer changes the function itself: compare at equal functions.
      for (auto& layer : policy.layers) layer.stabilizer = Stabilizer::none;
      op->set_policy(policy);
      const at::Tensor y = op->forward(x);
      QCOMPARE(y.scalar_type(), at::kFloat);
      const double relative = ((y - full).norm() / full.norm()).item<double>();
      const double unit = std::string(preset) == "bf16" ? 0x1p-8 : 0x1p-11;
      // Some thirty roundings in a row, partly relative to intermediate values larger than the result.
      QVERIFY2(relative > 0.1 * unit && relative < 30 * unit, preset);
      y.sum().backward();
      for (const auto& p : op->parameters()) QVERIFY(at::isfinite(p.value.grad()).all().item<bool>());
    }
  }

  void naive_half_precision_overflows_where_it_must() {
    OperatorSpec spec = small_spec({8, 8});
    spec.engine = "fft";
    const auto op = build_operator(spec, 1, 1, 1);
    FirstNonFinite probe;
    op->set_probe(&probe);
    // Values of some hundred on 64² points sum past 65504 while the field itself is in range.
    const at::Tensor x = at::full({1, 1, 64, 64}, 300.0f);
    op->set_policy(make_policy("naive", 2));
    QVERIFY(!at::isfinite(op->forward(x)).all().item<bool>());
    QVERIFY(probe.found);
    QCOMPARE(probe.first_layer, std::size_t{1});
    QVERIFY(probe.first_stage == Stage::forward_transform);
    QVERIFY(!probe.first_backward);

    FirstNonFinite calm;
    op->set_probe(&calm);
    op->set_policy(make_policy("mixed", 2));
    QVERIFY(at::isfinite(op->forward(x)).all().item<bool>());
    QVERIFY(!calm.found);
    QVERIFY(calm.calls > 10);
  }

  void without_gradients_nothing_is_kept_and_the_result_is_the_same() {
    install_memory_meter();
    const auto op = build_operator(small_spec({8, 8}), 1, 1, 1);
    const at::Tensor x = at::randn({2, 1, 32, 32});
    for (const char* preset : {"full", "mixed", "bf16"}) {
      op->set_policy(make_policy(preset, 2));
      const at::Tensor learning = op->forward(x).detach();
      const c10::AutoGradMode off(false);
      reset_memory_peak();
      QVERIFY(at::equal(op->forward(x), learning));
      QCOMPARE(memory_report().peak_of(MemoryCategory::saved_activations), std::int64_t{0});
    }
  }

  void sixteen_bit_weights_are_taken_as_they_are() {
    const auto op = build_operator(small_spec({8, 8}), 1, 1, 1);
    const at::Tensor x = at::randn({1, 1, 16, 16});
    for (auto& p : op->parameters()) {
      const c10::AutoGradMode off(false);
      p.value.copy_(p.value.to(at::kHalf));
    }
    const at::Tensor expected = op->forward(x).detach();
    for (auto& p : op->parameters()) p.value.set_data(p.value.detach().to(at::kHalf));
    const at::Tensor y = op->forward(x);
    QVERIFY(at::equal(y, expected));
    y.sum().backward();
    for (const auto& p : op->parameters()) QCOMPARE(p.value.grad().scalar_type(), at::kHalf);
  }
};

QTEST_GUILESS_MAIN(FnoTest)
#include "fno_test.moc"
