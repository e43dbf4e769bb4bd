#include "core/training/losses.h"

#include "core/error.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>
#include <torch/csrc/jit/serialization/pickle.h>

#include <fstream>
#include <numbers>

using namespace halfwave;

namespace {

std::filesystem::path fixtures() {
  const QByteArray shared = qgetenv("HALFWAVE_SHARED");
  std::filesystem::path root = std::filesystem::path(HALFWAVE_SOURCE_DIR) / ".." / "shared";
  if (!shared.isEmpty()) root = shared.toStdString();
  return root / "fixtures";
}

c10::impl::GenericDict read_fixture(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(stream), {}};
  return torch::jit::pickle_load(bytes).toGenericDict();
}

/// The norm by its definition, one value at a time in double.
double squared_norm_by_hand(const at::Tensor& plane, Norm norm) {
  const at::Tensor u = plane.to(at::kDouble).contiguous();
  double sum = u.square().sum().item<double>();
  if (norm == Norm::l2) return sum;
  for (std::int64_t axis = 0; axis < u.dim(); ++axis) {
    const std::int64_t n = u.size(axis);
    for (std::int64_t i = 0; i < n; ++i) {
      const at::Tensor slope =
          (u.select(axis, (i + 1) % n) - u.select(axis, (i + n - 1) % n)) * (static_cast<double>(n) / 2.0);
      sum += slope.square().sum().item<double>();
    }
  }
  return sum;
}

}  // namespace

class LossesTest : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void initTestCase() { at::manual_seed(7); }

  void sine_has_the_closed_form_norm() {
    // u = sin 2πx on n points: Σu² = n/2 and the central difference is cos(2πx)·sin(2π/n)·n, so its squares
    // sum to n/2·(n sin(2π/n))². Against the target u and a prediction c·u the relative error is |c − 1|.
    const std::int64_t n = 48;
    const at::Tensor x = at::arange(n, at::kDouble) * (2.0 * std::numbers::pi / n);
    const at::Tensor u = x.sin().view({1, 1, n});
    const at::Tensor v = (2.0 * x).cos().view({1, 1, n});
    const double h1_u = std::sqrt(n / 2.0 * (1.0 + std::pow(n * std::sin(2.0 * std::numbers::pi / n), 2)));
    const double h1_v = std::sqrt(n / 2.0 * (1.0 + std::pow(n * std::sin(4.0 * std::numbers::pi / n), 2)));
    // fp64 throughout; 1e-8 is the ε in the denominator over norms of about 5 and more.
    QVERIFY(std::abs(relative_norm(1.5 * u, u, Norm::l2).item<double>() - 0.5) < 2e-9);
    QVERIFY(std::abs(relative_norm(1.5 * u, u, Norm::h1).item<double>() - 0.5) < 2e-9);
    QVERIFY(std::abs(relative_norm(u + v, u, Norm::h1).item<double>() - h1_v / h1_u) < 2e-9);
  }

  void matches_the_definition_data() {
    QTest::addColumn<QList<int>>("shape");
    QTest::newRow("1d") << QList<int>{3, 2, 17};
    QTest::newRow("2d") << QList<int>{2, 3, 6, 9};
    QTest::newRow("3d") << QList<int>{2, 1, 5, 4, 3};
    QTest::newRow("tiny axes") << QList<int>{1, 1, 1, 2};
  }
  void matches_the_definition() {
    QFETCH(QList<int>, shape);
    const std::vector<std::int64_t> sizes(shape.begin(), shape.end());
    const at::Tensor p = at::randn(sizes, at::kDouble), t = at::randn(sizes, at::kDouble);
    for (const Norm norm : {Norm::l2, Norm::h1}) {
      const at::Tensor r = relative_norm(p, t, norm);
      const at::Tensor r32 = relative_norm(p.to(at::kFloat), t.to(at::kFloat), norm);
      QCOMPARE(r32.scalar_type(), at::kFloat);
      for (std::int64_t b = 0; b < sizes[0]; ++b)
        for (std::int64_t c = 0; c < sizes[1]; ++c) {
          const double expected = std::sqrt(squared_norm_by_hand((p - t)[b][c], norm)) /
                                  (std::sqrt(squared_norm_by_hand(t[b][c], norm)) + 1e-8);
          QVERIFY(std::abs(r[b][c].item<double>() - expected) < 1e-12 * expected);
          // fp32: a few roundings of 6e-8 each.
          QVERIFY(std::abs(r32[b][c].item<double>() - expected) < 2e-6 * expected);
        }
    }
  }

  void gradient_agrees_with_finite_differences() {
    for (const auto& sizes :
         {std::vector<std::int64_t>{2, 1, 7}, {1, 2, 5, 4}, {1, 1, 3, 4, 2}, {1, 1, 2, 1}})
      for (const Norm norm : {Norm::l2, Norm::h1}) {
        const at::Tensor t = at::randn(sizes, at::kDouble);
        at::Tensor p = at::randn(sizes, at::kDouble).requires_grad_(true);
        const at::Tensor weights = at::rand({sizes[0], sizes[1]}, at::kDouble);
        (relative_norm(p, t, norm) * weights).sum().backward();
        const at::Tensor gradient = p.grad().flatten();
        for (std::int64_t i = 0; i < gradient.numel(); ++i) {
          const double step = 1e-6;
          const auto value = [&](double delta) {
            at::Tensor moved = p.detach().clone();
            moved.view(-1)[i] += delta;
            return (relative_norm(moved, t, norm) * weights).sum().item<double>();
          };
          const double slope = (value(step) - value(-step)) / (2.0 * step);
          // Central differences: truncation ~1e-12·f''', cancellation ~1e-16·f/1e-6.
          QVERIFY(std::abs(slope - gradient[i].item<double>()) < 1e-7);
        }
      }
  }

  void a_perfect_prediction_has_gradient_zero() {
    const at::Tensor t = at::randn({2, 1, 8, 8});
    at::Tensor p = t.clone().requires_grad_(true);
    const at::Tensor loss = relative_norm(p, t, Norm::h1).sum();
    loss.backward();
    QCOMPARE(loss.item<double>(), 0.0);
    QCOMPARE(p.grad().abs().max().item<double>(), 0.0);
  }

  void agrees_with_neuraloperator() {
    if (!std::filesystem::exists(fixtures())) QSKIP("The shared fixtures are not here.");
    int compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator(fixtures())) {
      if (entry.path().extension() != ".pt") continue;
      for (const c10::IValue& item : read_fixture(entry.path()).at("cases").toList()) {
        const auto one = item.toGenericDict();
        const at::Tensor y = one.at("y").toTensor(), target = one.at("target").toTensor();
        const c10::IValue stored = one.at("loss");
        const double expected = stored.isTensor() ? stored.toTensor().item<double>() : stored.toDouble();
        const double loss = relative_norm(y, target, Norm::l2).sum().item<double>();
        // Both are fp32 sums over at most 10⁴ values, in different orders.
        QVERIFY2(std::abs(loss - expected) < 2e-6 * expected, entry.path().c_str());
        ++compared;
      }
    }
    QVERIFY(compared >= 13);
  }

  void refuses_fields_that_do_not_match() {
    QVERIFY_THROWS_EXCEPTION(RequestError,
                             relative_norm(at::zeros({1, 1, 4}), at::zeros({1, 1, 5}), Norm::l2));
    QVERIFY_THROWS_EXCEPTION(RequestError, norm_from_name("h2"));
  }
};

QTEST_GUILESS_MAIN(LossesTest)
#include "losses_test.moc"
