#include "core/device/memory_meter.h"
#include "core/operators/build.h"
#include "core/precision/saved_pack.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <thread>

using namespace halfwave;

namespace {

constexpr std::int64_t batch = 2, points = 32 * 32, width = 16, modes = 8, blocks = 4;

OperatorSpec spec() {
  OperatorSpec s;
  s.modes = {modes, modes};
  s.width = width;
  s.layers = blocks;
  return s;
}

at::Tensor input() {
  return at::randn({batch, 1, 32, 32});
}

std::int64_t live_saved() {
  return memory_report().live_of(MemoryCategory::saved_activations);
}

std::int64_t kept_by_forward(const char* preset, const char* engine) {
  OperatorSpec s = spec();
  s.engine = engine;
  const auto op = build_operator(s, 1, 1, 3);
  op->set_policy(make_policy(preset, blocks));
  const at::Tensor x = input();
  const std::int64_t before = live_saved();
  const at::Tensor y = op->forward(x);
  return live_saved() - before;
}

/// What the FNO has to keep, counted by hand, in values. With F one field of `width` channels:
struct Kept {
  std::int64_t field = batch * points * width;
  std::int64_t lifting = batch * points * 3 + 2 * field;  // its input with the embedding, its GELU's input
  std::int64_t first = field;                             // v of the first block
  // Of a block: the inputs of its GELUs, one of F, one of F / 2 in the channel MLP, and one that is what the
  // next block's v comes from. (The last block has no GELU there; these two fields are kept themselves.)
  std::int64_t block = field + field / 2 + field;
  std::int64_t projection = 2 * field;                                     // its GELU's input
  std::int64_t block_modes = batch * 2 * modes * (modes / 2 + 1) * width;  // what the contraction took

  std::int64_t activations() const { return lifting + first + blocks * block + projection; }
  std::int64_t all() const { return activations() + blocks * block_modes; }
};

StageContext context(Format saved) {
  StageContext result;
  result.policy[Stage::saved_activations] = saved;
  return result;
}

at::Tensor gradients(Operator& op, const at::Tensor& x) {
  for (auto& p : op.parameters()) p.value.mutable_grad().reset();
  op.forward(x).square().sum().backward();
  std::vector<at::Tensor> flat;
  for (auto& p : op.parameters()) flat.push_back(p.value.grad().flatten());
  return at::cat(flat);
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

class CountingProbe : public StageProbe {
 public:
  void on_stage(std::size_t, Stage stage, bool backward, const at::Tensor& result) override {
    if (stage != Stage::saved_activations) return;
    ++seen;
    any_backward = any_backward || backward;
    bytes += static_cast<std::int64_t>(result.nbytes());
  }
  int seen = 0;
  bool any_backward = false;
  std::int64_t bytes = 0;
};

}  // namespace

class SavedMemoryTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { install_memory_meter(); }
  void init() { at::manual_seed(9); }

  void what_is_kept_is_what_must_be_data() {
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("activation_bytes");
    QTest::addColumn<int>("mode_bytes");
    QTest::newRow("full") << "full" << 4 << 4;
    QTest::newRow("tf32") << "tf32" << 4 << 4;
    QTest::newRow("amp") << "amp" << 2 << 4;
    QTest::newRow("naive") << "naive" << 2 << 2;
    QTest::newRow("mixed, whose tanh needs the field as well") << "mixed" << 2 << 2;
    QTest::newRow("bf16") << "bf16" << 2 << 2;
    QTest::newRow("fp8, modes in 8 bits") << "fp8" << 2 << 1;
  }

  void what_is_kept_is_what_must_be() {
    QFETCH(QString, preset);
    QFETCH(int, activation_bytes);
    QFETCH(int, mode_bytes);
    const Kept kept;
    const std::int64_t expected =
        activation_bytes * kept.activations() + mode_bytes * blocks * kept.block_modes;
    for (const char* engine : {"dft", "fft"})
      QCOMPARE(kept_by_forward(preset.toUtf8().constData(), engine), expected);
  }

  void mixed_keeps_half_of_full() {
    const auto full = static_cast<double>(kept_by_forward("full", "dft"));
    const auto mixed = static_cast<double>(kept_by_forward("mixed", "dft"));
    QVERIFY2(mixed / full <= 0.52, qPrintable(QString::number(mixed / full)));
  }

  void nothing_is_kept_where_nothing_learns() {
    const auto op = build_operator(spec(), 1, 1, 3);
    const c10::AutoGradMode off(false);
    const std::int64_t before = live_saved();
    const at::Tensor y = op->forward(input());
    QCOMPARE(live_saved(), before);
  }

  void the_backward_pass_gives_everything_back() {
    const auto op = build_operator(spec(), 1, 1, 3);
    op->set_policy(make_policy("mixed", blocks));
    const std::int64_t before = live_saved();
    const at::Tensor y = op->forward(input());
    QVERIFY(live_saved() > before);
    y.sum().backward();
    QCOMPARE(live_saved(), before);
  }

  void the_probe_sees_each_kept_tensor_once() {
    const auto op = build_operator(spec(), 1, 1, 3);
    op->set_policy(make_policy("mixed", blocks));
    CountingProbe probe;
    op->set_probe(&probe);
    op->forward(input()).sum().backward();
    // Lifting 2, the first block's v, 3 a block, projection 1; modes belong to the contraction.
    QCOMPARE(probe.seen, 2 + 1 + 3 * static_cast<int>(blocks) + 1);
    QVERIFY(!probe.any_backward);
    QCOMPARE(probe.bytes, 2 * Kept().activations());
  }

  void one_field_is_packed_once() {
    const StageContext half = context(Format::fp16), other = context(Format::bf16);
    at::Tensor x = at::randn({3, 5});
    const at::Tensor first = keep_field(x, half).tensor;
    QVERIFY(keep_field(x, half).tensor.is_same(first));
    QVERIFY(keep_field(x, half).tensor.is_same(first));
    QCOMPARE(keep_field(x, other).tensor.scalar_type(), at::kBFloat16);
    QVERIFY(keep_field(x, context(Format::fp32)).tensor.is_same(x));
    const at::Tensor part = keep_field(x.slice(0, 1), half).tensor;
    QVERIFY(at::equal(part, x.slice(0, 1).to(at::kHalf)));
  }

  void a_changed_field_is_packed_anew() {
    const StageContext half = context(Format::fp16);
    at::Tensor x = at::randn({100});
    const at::Tensor before = keep_field(x, half).tensor;
    x.add_(1.0);
    const at::Tensor after = keep_field(x, half).tensor;
    QVERIFY(!after.is_same(before));
    QVERIFY(at::equal(after, x.to(at::kHalf)));
    x.set_data(at::randn({100}));
    QVERIFY(at::equal(keep_field(x, half).tensor, x.to(at::kHalf)));
  }

  void memory_used_again_is_not_mistaken() {
    const StageContext half = context(Format::fp16);
    std::vector<at::Tensor> kept;
    for (int i = 0; i < 200; ++i) {
      const at::Tensor x = at::full({40'000}, static_cast<float>(i));
      const at::Tensor packed = keep_field(x, half).tensor;
      QCOMPARE(packed[39'999].item<float>(), static_cast<float>(i));
      if (i % 3 == 0) kept.push_back(packed);
    }
  }

  void recomputed_values_are_held_from_first_to_last_user() {
    int calls = 0;
    const StageContext half = context(Format::fp16);
    const at::Tensor source = at::randn({10}), kept = keep_field(source, half).tensor;
    const at::Tensor field = source * 2;
    const auto owner = can_recompute(field, kept, Format::fp16, [&](const at::Tensor& saved) {
      ++calls;
      return saved.to(at::kFloat) * 2;
    });
    const KeptField a = keep_field(field, half), b = keep_field(field, half);
    QVERIFY(a.tensor.is_same(kept) && b.tensor.is_same(kept));
    for (int pass = 1; pass <= 3; ++pass) {
      QVERIFY(at::equal(restored(a.tensor, a.recomputed), kept.to(at::kFloat) * 2));
      QVERIFY(at::equal(restored(b.tensor, b.recomputed), kept.to(at::kFloat) * 2));
      QCOMPARE(calls, pass);
    }
    // In another format the field is kept itself.
    const KeptField wide = keep_field(field, context(Format::fp32));
    QVERIFY(!wide.recomputed && wide.tensor.is_same(field));
  }

  void kept_halves_cost_the_gradient_little() {
    const auto op = build_operator(spec(), 1, 1, 3);
    const at::Tensor x = input();
    const at::Tensor exact = gradients(*op, x);
    Policy policy = make_policy("full", blocks);
    for (auto& layer : policy.layers) layer[Stage::saved_activations] = Format::fp16;
    op->set_policy(policy);
    // What is kept has relative errors of 2⁻¹¹, which average out over the points.
    const double error = distance(gradients(*op, x), exact);
    QVERIFY2(error > 0.0 && error < 0x1p-11, qPrintable(QString::number(error)));
    // In each layer its own format: v then is kept apart where the formats differ.
    policy.layers[2][Stage::saved_activations] = Format::fp32;
    op->set_policy(policy);
    QVERIFY(distance(gradients(*op, x), exact) < 0x1p-11);
  }

  void a_graph_may_be_walked_twice() {
    const auto op = build_operator(spec(), 1, 1, 3);
    op->set_policy(make_policy("mixed", blocks));
    const at::Tensor loss = op->forward(input()).square().sum();
    loss.backward({}, /*keep_graph=*/true);
    std::vector<at::Tensor> once;
    for (auto& p : op->parameters()) once.push_back(p.value.grad().clone());
    loss.backward();
    for (std::size_t i = 0; i < once.size(); ++i)
      QVERIFY(at::equal(op->parameters()[i].value.grad(), once[i] * 2));
  }

  void operators_in_threads_do_not_disturb_each_other() {
    std::vector<at::Tensor> inputs, alone(3), together(3);
    for (int i = 0; i < 3; ++i) inputs.push_back(input());
    const auto work = [&](std::size_t i, std::vector<at::Tensor>& out) {
      const auto op = build_operator(spec(), 1, 1, i);
      op->set_policy(make_policy(i == 0 ? "full" : "mixed", blocks));
      for (int repeat = 0; repeat < 3; ++repeat) out[i] = gradients(*op, inputs[i]);
    };
    for (std::size_t i = 0; i < 3; ++i) work(i, alone);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < 3; ++i) threads.emplace_back(work, i, std::ref(together));
    for (auto& thread : threads) thread.join();
    // Other splits of sums among threads: fp32, and fp16 where that tips a rounding.
    for (std::size_t i = 0; i < 3; ++i) QVERIFY(distance(together[i], alone[i]) < (i == 0 ? 1e-5 : 1e-3));
  }

  void operators_may_take_turns_in_one_thread() {
    const auto a = build_operator(spec(), 1, 1, 1), b = build_operator(spec(), 1, 1, 2);
    a->set_policy(make_policy("mixed", blocks));
    b->set_policy(make_policy("bf16", blocks));
    const at::Tensor x = input();
    const at::Tensor alone = gradients(*a, x);
    for (auto& p : a->parameters()) p.value.mutable_grad().reset();
    const at::Tensor ya = a->forward(x), yb = b->forward(x);
    yb.square().sum().backward();
    ya.square().sum().backward();
    std::vector<at::Tensor> flat;
    for (auto& p : a->parameters()) flat.push_back(p.value.grad().flatten());
    QVERIFY(distance(at::cat(flat), alone) < 1e-6);
  }
};

QTEST_GUILESS_MAIN(SavedMemoryTest)
#include "saved_memory_test.moc"
