#include "core/operators/pointwise_chain.h"

#include "core/precision/native.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

using namespace halfwave;

namespace {

/// A chain's sizes and kinds.
struct Shape {
  std::vector<std::int64_t> points;
  std::int64_t in, hidden, out;  ///< hidden 0: no MLP
  bool head;
  SkipKind skip = SkipKind::none, mlp_skip = SkipKind::none;
  bool first_gelu = false, last_gelu = false;
};

at::Tensor parameter(at::IntArrayRef sizes, double scale) {
  return (at::randn(sizes) * scale).requires_grad_(true);
}

SkipPath path(SkipKind kind, std::int64_t channels) {
  SkipPath result{kind, {}};
  if (kind == SkipKind::linear)
    result.weight = parameter({channels, channels}, 1.0 / std::sqrt(static_cast<double>(channels)));
  if (kind == SkipKind::soft_gating) result.weight = parameter({channels}, 1.0);
  return result;
}

PointwiseChain make_chain(const Shape& s, at::ScalarType spectral_type = at::kFloat) {
  PointwiseChain chain;
  auto size = s.points;
  size.push_back(s.in);
  chain.field = at::randn(size).requires_grad_(true);
  if (s.head) {
    chain.spectral = at::randn(size).to(spectral_type).requires_grad_(true);
    chain.spectral_bias = parameter({s.in}, 0.5);
    chain.spectral_format = spectral_type == at::kHalf       ? Format::fp16
                            : spectral_type == at::kBFloat16 ? Format::bf16
                                                             : Format::fp32;
  }
  chain.skip = path(s.skip, s.in);
  chain.mlp_skip = path(s.mlp_skip, s.in);
  chain.first_gelu = s.first_gelu;
  chain.last_gelu = s.last_gelu;
  if (s.hidden > 0) {
    const double first = 1.0 / std::sqrt(static_cast<double>(s.in)),
                 second = 1.0 / std::sqrt(static_cast<double>(s.hidden));
    chain.mlp.weight[0] = parameter({s.hidden, s.in}, first);
    chain.mlp.bias[0] = parameter({s.hidden}, first);
    chain.mlp.weight[1] = parameter({s.out, s.hidden}, second);
    chain.mlp.bias[1] = parameter({s.out}, second);
  }
  return chain;
}

std::vector<at::Tensor> leaves(const PointwiseChain& c) {
  std::vector<at::Tensor> result;
  for (const at::Tensor& x : {c.field, c.spectral, c.spectral_bias, c.skip.weight, c.mlp.weight[0],
                              c.mlp.bias[0], c.mlp.weight[1], c.mlp.bias[1], c.mlp_skip.weight})
    if (x.defined()) result.push_back(x);
  return result;
}

StageContext context_of(Format pointwise, Format saved) {
  StageContext context;
  context.policy[Stage::pointwise] = pointwise;
  context.policy[Stage::saved_activations] = saved;
  return context;
}

using Compute = at::Tensor (*)(const PointwiseChain&, const StageContext&);

/// The result and all gradients.
std::vector<at::Tensor> results(Compute compute, const PointwiseChain& chain, const StageContext& context) {
  for (at::Tensor leaf : leaves(chain)) leaf.mutable_grad().reset();
  at::manual_seed(77);
  const at::Tensor y = compute(chain, context);
  y.backward(at::randn(y.sizes()).to(y.scalar_type()));
  std::vector<at::Tensor> all{y.detach()};
  // Without skips nothing comes to v.
  for (const at::Tensor& leaf : leaves(chain))
    all.push_back(leaf.grad().defined() ? leaf.grad().clone() : at::zeros_like(leaf));
  return all;
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.to(at::kDouble), y = b.to(at::kDouble);
  return at::equal(x, y) ? 0.0 : ((x - y).norm() / y.norm()).item<double>();
}

double worst(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  double result = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].scalar_type() != b[i].scalar_type() || a[i].sizes() != b[i].sizes()) return INFINITY;
    const double d = distance(a[i], b[i]);
    if (!(d <= result)) result = d;
  }
  return result;
}

/// The chain in fp64 by LibTorch alone, on the same values.
at::Tensor plainly(const PointwiseChain& c, const StageContext&) {
  const auto wide = [](const at::Tensor& x) { return x.to(at::kDouble); };
  const auto along = [&](const SkipPath& skip, const at::Tensor& v) {
    if (skip.kind == SkipKind::linear) return at::linear(v, wide(skip.weight));
    return skip.kind == SkipKind::soft_gating ? v * wide(skip.weight) : v;
  };
  const at::Tensor v = wide(c.field);
  at::Tensor x = v;
  if (c.spectral.defined()) x = wide(c.spectral) + wide(c.spectral_bias);
  if (c.spectral.defined() && c.skip.exists()) x = x + along(c.skip, v);
  if (c.first_gelu) x = at::gelu(x);
  if (c.mlp.exists()) {
    x = at::gelu(at::linear(x, wide(c.mlp.weight[0]), wide(c.mlp.bias[0])));
    x = at::linear(x, wide(c.mlp.weight[1]), wide(c.mlp.bias[1]));
    if (c.mlp_skip.exists()) x = x + along(c.mlp_skip, v);
  }
  if (c.last_gelu) x = at::gelu(x);
  return x.to(at::kFloat);
}

class Looks : public StageProbe {
 public:
  void on_stage(std::size_t, Stage stage, bool backward, const at::Tensor& result) override {
    seen.push_back({stage, backward, result.to(at::kFloat).clone()});
  }
  struct Look {
    Stage stage;
    bool backward;
    at::Tensor values;
  };
  std::vector<Look> seen;
};

std::size_t count(const Looks& looks, Stage stage, bool backward) {
  return static_cast<std::size_t>(std::count_if(looks.seen.begin(), looks.seen.end(), [&](const auto& look) {
    return look.stage == stage && look.backward == backward;
  }));
}

}  // namespace

Q_DECLARE_METATYPE(Shape)

/// All stages in one pass, against each stage by itself and against fp64.
class PointwiseChainTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() { at::manual_seed(4); }

  void shapes() {
    QTest::addColumn<Shape>("shape");
    const auto linear = SkipKind::linear, gate = SkipKind::soft_gating, same = SkipKind::identity,
               none = SkipKind::none;
    QTest::newRow("a block") << Shape{{2, 19, 23}, 32, 16, 32, true, linear, gate, true, true};
    QTest::newRow("the last block") << Shape{{2, 19, 23}, 32, 16, 32, true, linear, gate, false, false};
    QTest::newRow("a block of an odd width") << Shape{{3, 401}, 13, 7, 13, true, linear, gate, true, true};
    QTest::newRow("a block of 18 in 3D") << Shape{{2, 5, 6, 7}, 18, 9, 18, true, gate, linear, true, true};
    QTest::newRow("identities") << Shape{{2, 300}, 16, 8, 16, true, same, same, true, true};
    QTest::newRow("no skips") << Shape{{2, 300}, 16, 8, 16, true, none, none, true, true};
    QTest::newRow("no skips, the last block") << Shape{{2, 300}, 20, 8, 20, true, none, none, false, false};
    QTest::newRow("without an MLP") << Shape{{2, 300}, 24, 0, 24, true, linear, none, true, true};
    QTest::newRow("without an MLP, last") << Shape{{2, 300}, 24, 0, 24, true, gate, none, false, false};
    QTest::newRow("one point") << Shape{{1, 1}, 16, 8, 16, true, linear, gate, true, true};
    QTest::newRow("lifting") << Shape{{2, 300}, 3, 64, 32, false};
    QTest::newRow("projection") << Shape{{2, 300}, 32, 64, 1, false};
  }

  void fp32_is_the_stages_and_fp64_data() { shapes(); }
  void fp32_is_the_stages_and_fp64() {
    QFETCH(Shape, shape);
    const PointwiseChain chain = make_chain(shape);
    const StageContext context = context_of(Format::fp32, Format::fp32);
    QVERIFY(in_one_pass(chain, context));
    const auto fused = results(chain_in_one_pass, chain, context);
    // Sums of at most some thousand products in another order, each with an error of some units of 2⁻²⁴.
    const double stages = worst(fused, results(chain_by_stages, chain, context));
    QVERIFY2(stages < 20 * 0x1p-24, qPrintable(QString::number(stages)));
    const double exact = worst(fused, results(plainly, chain, context));
    QVERIFY2(exact < 20 * 0x1p-24, qPrintable(QString::number(exact)));
  }

  void formats_round_as_the_stages_data() { shapes(); }
  void formats_round_as_the_stages() {
    QFETCH(Shape, shape);
    for (const bool emulated : {false, true}) {
      force_emulation(emulated);
      for (const Format format : {Format::bf16, Format::fp16, Format::tf32, Format::fp8_e5m2})
        for (const Format saved : {Format::fp32, Format::fp16, Format::bf16})
          for (const bool wide : {false, true}) {
            const auto spectral = format == Format::bf16 ? at::kBFloat16 : at::kHalf;
            at::manual_seed(4);
            const PointwiseChain chain = make_chain(shape, wide ? at::kFloat : spectral);
            StageContext context = context_of(format, saved);
            context.policy.fp32_gradients = wide;
            QVERIFY(in_one_pass(chain, context));
            const double error =
                worst(results(chain_in_one_pass, chain, context), results(chain_by_stages, chain, context));
            // Where a sum in another order tips a rounding, one value is off by a unit of the format, and so
            // is what depends on it: some per cent of the values, hence a fraction of the unit.
            const double unit = facts(format).unit_roundoff;
            QVERIFY2(error < unit, qPrintable(QString("%1 saved %2 wide %3 emulated %4: %5 units")
                                                  .arg(name(format).data())
                                                  .arg(name(saved).data())
                                                  .arg(wide)
                                                  .arg(emulated)
                                                  .arg(error / unit)));
          }
    }
    force_emulation(false);
  }

  void without_gradients_the_result_is_the_same_data() { shapes(); }
  void without_gradients_the_result_is_the_same() {
    QFETCH(Shape, shape);
    const PointwiseChain chain = make_chain(shape);
    for (const Format format : {Format::fp32, Format::bf16, Format::fp16}) {
      const StageContext context = context_of(format, format);
      const at::Tensor learning = chain_in_one_pass(chain, context).detach();
      const c10::AutoGradMode off(false);
      QVERIFY(at::equal(chain_in_one_pass(chain, context), learning));
    }
  }

  // A probe sees what the stages show it, in the order in which they do, and changes nothing.
  void a_probe_sees_every_stage_data() { shapes(); }
  void a_probe_sees_every_stage() {
    QFETCH(Shape, shape);
    const PointwiseChain chain = make_chain(shape);
    for (const Format format : {Format::fp32, Format::fp16}) {
      StageContext context = context_of(format, format);
      const auto unseen = results(chain_in_one_pass, chain, context);
      Looks apart, fused;
      StageProbe* probe = &apart;
      context.probe = std::make_shared<StageProbe*>(probe);
      results(chain_by_stages, chain, context);
      *context.probe = &fused;
      const auto seen = results(chain_in_one_pass, chain, context);
      for (std::size_t i = 0; i < seen.size(); ++i) QVERIFY(at::equal(seen[i], unseen[i]));
      for (const Stage stage : {Stage::pointwise, Stage::saved_activations})
        for (const bool backward : {false, true}) {
          QCOMPARE(count(fused, stage, backward), count(apart, stage, backward));
          std::vector<at::Tensor> a, b;
          for (const auto& look : fused.seen)
            if (look.stage == stage && look.backward == backward) a.push_back(look.values);
          for (const auto& look : apart.seen)
            if (look.stage == stage && look.backward == backward) b.push_back(look.values);
          // Kept fields may be kept in another order, results come in the order of the stages.
          if (stage == Stage::pointwise && !a.empty())
            QVERIFY2(worst(a, b) < facts(format).unit_roundoff + 20 * 0x1p-24,
                     qPrintable(QString::number(worst(a, b))));
        }
    }
  }

  void weights_may_be_kept_in_16_bits() {
    PointwiseChain chain =
        make_chain({{2, 300}, 16, 8, 16, true, SkipKind::linear, SkipKind::soft_gating, true, true});
    const StageContext context = context_of(Format::fp32, Format::fp32);
    for (at::Tensor* w :
         {&chain.skip.weight, &chain.mlp.weight[0], &chain.mlp.bias[1], &chain.mlp_skip.weight})
      *w = w->detach().to(at::kHalf).requires_grad_(true);
    const auto fused = results(chain_in_one_pass, chain, context);
    // Gradients are rounded to 11 bits at their end, by both.
    QVERIFY(worst(fused, results(chain_by_stages, chain, context)) < 0x1p-12);
  }

  void one_thread_repeats_itself_bit_for_bit() {
    const PointwiseChain chain =
        make_chain({{3, 5000}, 32, 16, 32, true, SkipKind::linear, SkipKind::soft_gating, true, true});
    const StageContext context = context_of(Format::fp32, Format::fp16);
    const int threads = at::get_num_threads();
    for (const int count : {1, 2, 3}) {
      at::set_num_threads(count);
      const auto once = results(chain_in_one_pass, chain, context),
                 again = results(chain_in_one_pass, chain, context);
      for (std::size_t i = 0; i < once.size(); ++i) QVERIFY(at::equal(once[i], again[i]));
    }
    at::set_num_threads(threads);
  }

  void the_field_may_be_what_an_earlier_chain_gave() {
    const Shape shape{{2, 700}, 24, 12, 24, true, SkipKind::linear, SkipKind::soft_gating, true, true};
    for (const Format format : {Format::fp32, Format::bf16, Format::fp16}) {
      const StageContext context = context_of(format, format);
      const PointwiseChain first = make_chain(shape);
      PointwiseChain second = make_chain(shape);
      std::vector<std::vector<at::Tensor>> all;
      for (const Compute compute : {chain_in_one_pass, chain_by_stages}) {
        for (const auto& chain : {first, second})
          for (at::Tensor leaf : leaves(chain)) leaf.mutable_grad().reset();
        PointwiseChain then = second;
        then.field = compute(first, context);
        compute(then, context).sum().backward();
        all.emplace_back();
        for (const at::Tensor& leaf : leaves(first)) all.back().push_back(leaf.grad().clone());
        for (const at::Tensor& leaf : leaves(then))
          if (leaf.is_leaf()) all.back().push_back(leaf.grad().clone());
      }
      QVERIFY(worst(all[0], all[1]) < facts(format).unit_roundoff + 20 * 0x1p-24);
    }
  }

  void what_is_left_to_the_stages() {
    const PointwiseChain chain =
        make_chain({{2, 30}, 16, 8, 16, true, SkipKind::linear, SkipKind::linear, true, true});
    QVERIFY(in_one_pass(chain, context_of(Format::fp16, Format::fp16)));
    QVERIFY(!in_one_pass(chain, context_of(Format::fp64, Format::fp32)));
    QVERIFY(!in_one_pass(chain, context_of(Format::fp32, Format::fp8_e4m3)));
    StageContext strict = context_of(Format::fp16, Format::fp16);
    strict.policy.accumulation = Accumulation::strict;
    QVERIFY(!in_one_pass(chain, strict));
    PointwiseChain other = chain;
    other.field = chain.field.detach().to(at::kDouble);
    QVERIFY(!in_one_pass(other, context_of(Format::fp32, Format::fp32)));
    other.field = chain.field.detach().transpose(0, 1);
    QVERIFY(!in_one_pass(other, context_of(Format::fp32, Format::fp32)));
  }
};

QTEST_GUILESS_MAIN(PointwiseChainTest)
#include "pointwise_chain_test.moc"
