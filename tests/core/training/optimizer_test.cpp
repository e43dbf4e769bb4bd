#include "core/training/optimizer.h"

#include "core/error.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <cstring>

using namespace halfwave;

namespace {

Parameter parameter(const std::string& name, const at::Tensor& value, int complex_axis = -1,
                    std::size_t layer = 0) {
  return {name, value.clone().requires_grad_(true), complex_axis, layer};
}

Policy weights_policy(Format format, std::size_t layers = 1) {
  Policy policy;
  policy.layers.resize(layers);
  for (LayerPolicy& layer : policy.layers) layer[Stage::weights] = format;
  return policy;
}

bool same_bits(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor x = a.detach().contiguous(), y = b.detach().contiguous();
  return x.scalar_type() == y.scalar_type() && x.sizes().equals(y.sizes()) &&
         std::memcmp(x.const_data_ptr(), y.const_data_ptr(), x.nbytes()) == 0;
}

/// Adam on one real number or one complex number, written out in double.
struct ByHand {
  double re, im = 0.0;
  double m_re = 0.0, m_im = 0.0, v = 0.0;
  int t = 0;
  void step(double g_re, double g_im, double lr, double decay, bool decoupled) {
    ++t;
    if (!decoupled) {
      g_re += decay * re;
      g_im += decay * im;
    }
    m_re = 0.9 * m_re + 0.1 * g_re;
    m_im = 0.9 * m_im + 0.1 * g_im;
    v = 0.999 * v + 0.001 * (g_re * g_re + g_im * g_im);
    const double rate = lr * std::sqrt(1.0 - std::pow(0.999, t)) / (1.0 - std::pow(0.9, t));
    re -= rate * m_re / (std::sqrt(v) + 1e-6);
    im -= rate * m_im / (std::sqrt(v) + 1e-6);
    if (decoupled) {
      re -= lr * decay * re;
      im -= lr * decay * im;
    }
  }
};

}  // namespace

class OptimizerTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::manual_seed(11); }

  void follows_the_recurrence_data() {
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("axis");
    QTest::addColumn<bool>("twice");
    for (const char* kind : {"adam", "adamw"})
      for (const int axis : {-1, 0, 1, 2})
        for (const bool twice : {true, false})
          QTest::addRow("%s axis %d %s", kind, axis, twice ? "fp64" : "fp32")
              << QString(kind) << axis << twice;
  }
  void follows_the_recurrence() {
    QFETCH(QString, kind);
    QFETCH(int, axis);
    QFETCH(bool, twice);
    std::vector<std::int64_t> shape{37, 5, 3};
    if (axis >= 0) shape[static_cast<std::size_t>(axis)] = 2;
    const auto type = twice ? at::kDouble : at::kFloat;
    std::vector<Parameter> parameters{parameter("w", at::randn(shape, type), axis)};
    at::Tensor& w = parameters[0].value;
    Optimizer optimizer(parameters, optimizer_options(kind.toStdString(), 0.03));

    const auto numbers = [&](const at::Tensor& t) {
      return axis < 0 ? t.detach().to(at::kDouble).reshape({1, -1}).clone()
                      : t.detach().to(at::kDouble).movedim(axis, 0).reshape({2, -1}).clone();
    };
    const at::Tensor start = numbers(w);
    std::vector<ByHand> by_hand;
    for (std::int64_t i = 0; i < start.size(1); ++i)
      by_hand.push_back({start[0][i].item<double>(), axis < 0 ? 0.0 : start[1][i].item<double>()});

    for (int step = 0; step < 6; ++step) {
      const double lr = 0.01 / (step + 1), factor = 1.0 / 1024.0;
      const at::Tensor scaled = at::randn(shape, type) * 1024.0 * (step == 3 ? 1e-6 : 1.0);
      w.mutable_grad() = scaled;
      const at::Tensor g = numbers(scaled) * factor;
      optimizer.step(lr, factor);
      for (std::int64_t i = 0; i < g.size(1); ++i)
        by_hand[static_cast<std::size_t>(i)].step(
            g[0][i].item<double>(), axis < 0 ? 0.0 : g[1][i].item<double>(), lr, 0.03, kind == "adamw");
    }
    const at::Tensor end = numbers(w);
    // Six steps in fp32 round each weight of size about 1 some twenty times; in fp64 likewise.
    const double tolerance = twice ? 1e-14 : 3e-6;
    for (std::int64_t i = 0; i < end.size(1); ++i) {
      const ByHand& expected = by_hand[static_cast<std::size_t>(i)];
      QVERIFY(std::abs(end[0][i].item<double>() - expected.re) < tolerance * (1.0 + std::abs(expected.re)));
      if (axis >= 0)
        QVERIFY(std::abs(end[1][i].item<double>() - expected.im) < tolerance * (1.0 + std::abs(expected.im)));
    }
    const auto state = optimizer.state();
    QCOMPARE(state.at("w.v").numel(), axis < 0 ? w.numel() : w.numel() / 2);
  }

  void an_odd_layout_of_the_gradient_changes_nothing() {
    std::vector<Parameter> a{parameter("w", at::ones({6, 4}))}, b{parameter("w", at::ones({6, 4}))};
    Optimizer first(a, {}), second(b, {});
    const at::Tensor gradient = at::randn({4, 6});
    a[0].value.mutable_grad() = gradient.t();
    b[0].value.mutable_grad() = gradient.t().contiguous();
    first.step(0.1);
    second.step(0.1);
    QVERIFY(same_bits(a[0].value, b[0].value));
  }

  void narrow_weights_are_stored_narrow_with_a_master_data() {
    QTest::addColumn<int>("format");
    QTest::newRow("bf16") << static_cast<int>(Format::bf16);
    QTest::newRow("fp16") << static_cast<int>(Format::fp16);
  }
  void narrow_weights_are_stored_narrow_with_a_master() {
    QFETCH(int, format);
    const auto half = static_cast<Format>(format);
    const at::ScalarType type = half == Format::bf16 ? at::kBFloat16 : at::kHalf;
    std::vector<Parameter> narrow{parameter("w", at::randn({64, 3}))};
    std::vector<Parameter> wide{parameter("w", narrow[0].value.detach())};
    Optimizer a(narrow, {}), b(wide, {});
    const at::Tensor before = narrow[0].value.detach().clone();
    a.set_weight_formats(weights_policy(half));
    QCOMPARE(narrow[0].value.scalar_type(), type);
    QVERIFY(narrow[0].value.requires_grad() && narrow[0].value.is_leaf());
    QVERIFY(same_bits(narrow[0].value, before.to(type)));

    // Going back restores every bit.
    a.set_weight_formats(weights_policy(Format::fp32));
    QVERIFY(same_bits(narrow[0].value, before));
    a.set_weight_formats(weights_policy(half));

    // Steps act on the master: the same as in fp32 with the same (narrow) gradients, then rounded.
    for (int step = 0; step < 5; ++step) {
      const at::Tensor gradient = at::randn({64, 3}).to(type);
      narrow[0].value.mutable_grad() = gradient;
      wide[0].value.mutable_grad() = gradient.to(at::kFloat);
      a.step(1e-4);
      b.step(1e-4);
    }
    QVERIFY(same_bits(a.weights().at("w"), wide[0].value));
    QVERIFY(same_bits(narrow[0].value, wide[0].value.detach().to(type)));
  }

  void autograd_gives_gradients_in_the_stored_type() {
    std::vector<Parameter> parameters{parameter("w", at::randn({4}))};
    Optimizer optimizer(parameters, {});
    (parameters[0].value * 2).sum().backward();
    optimizer.set_weight_formats(weights_policy(Format::fp16));
    QVERIFY(!parameters[0].value.grad().defined());
    (parameters[0].value.to(at::kFloat) * 2).sum().backward();
    QCOMPARE(parameters[0].value.grad().scalar_type(), at::kHalf);
    optimizer.set_weight_formats(weights_policy(Format::fp64));
    (parameters[0].value * 2).sum().backward();
    QCOMPARE(parameters[0].value.grad().scalar_type(), at::kDouble);
    optimizer.step(0.1);
  }

  void eight_bit_weights_are_refused_before_anything_changes() {
    std::vector<Parameter> parameters{parameter("a", at::randn({4}), -1, 0),
                                      parameter("b", at::randn({4}), -1, 1)};
    Optimizer optimizer(parameters, {});
    Policy policy = weights_policy(Format::fp16, 2);
    policy.layers[1][Stage::weights] = Format::fp8_e4m3;
    QVERIFY_THROWS_EXCEPTION(RequestError, optimizer.set_weight_formats(policy));
    QCOMPARE(parameters[0].value.scalar_type(), at::kFloat);
    QVERIFY_THROWS_EXCEPTION(RequestError, optimizer.set_weight_formats(weights_policy(Format::fp16, 1)));
  }

  void state_goes_there_and_back_exactly() {
    const auto make = [] { return std::vector<Parameter>{parameter("w", at::ones({3, 2, 5}), 1)}; };
    std::vector<Parameter> first = make(), second = make();
    Optimizer a(first, {}), b(second, {});
    a.set_weight_formats(weights_policy(Format::bf16));
    b.set_weight_formats(weights_policy(Format::bf16));
    const auto run = [](std::vector<Parameter>& p, Optimizer& o, int from, int to) {
      for (int step = from; step < to; ++step) {
        p[0].value.mutable_grad() =
            (at::arange(30, at::kFloat).view({3, 2, 5}) * (step + 1)).sin().to(at::kBFloat16);
        o.step(0.01);
      }
    };
    run(first, a, 0, 4);
    b.restore(a.weights(), a.state(), a.steps());
    run(first, a, 4, 8);
    run(second, b, 4, 8);
    QVERIFY(same_bits(a.weights().at("w"), b.weights().at("w")));
    QVERIFY(same_bits(first[0].value, second[0].value));
    QCOMPARE(a.steps(), b.steps());

    auto lacking = a.state();
    lacking.erase("w.v");
    QVERIFY_THROWS_EXCEPTION(RequestError, b.restore(a.weights(), lacking, 1));
    auto misshapen = a.weights();
    misshapen["w"] = at::zeros({2});
    QVERIFY_THROWS_EXCEPTION(RequestError, b.restore(misshapen, a.state(), 1));
  }

  void one_bad_value_among_many_is_found() {
    for (const at::ScalarType type : {at::kFloat, at::kDouble, at::kHalf, at::kBFloat16})
      for (const double bad :
           {std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity(),
            std::numeric_limits<double>::quiet_NaN()}) {
        std::vector<Parameter> parameters{{"w", at::zeros({70001}, type).requires_grad_(true), -1, 0}};
        Optimizer optimizer(parameters, {});
        QVERIFY(optimizer.gradients_finite());
        at::Tensor gradient = at::full({70001}, 60000.0, type);
        parameters[0].value.mutable_grad() = gradient;
        QVERIFY(optimizer.gradients_finite());
        gradient[70000] = bad;
        QVERIFY(!optimizer.gradients_finite());
        parameters[0].value.mutable_grad() = gradient.expand({2, 70001}).t().select(1, 0);
        QVERIFY(!optimizer.gradients_finite());
      }
  }
};

QTEST_GUILESS_MAIN(OptimizerTest)
#include "optimizer_test.moc"
