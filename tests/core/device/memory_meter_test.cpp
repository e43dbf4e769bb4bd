#include "core/device/memory_meter.h"

#include "core/torch_pch.h"

#include <QtTest/QtTest>

#include <random>
#include <thread>

using namespace halfwave;
using enum MemoryCategory;

namespace {

constexpr std::int64_t counted_sum(const std::array<std::int64_t, 6>& bytes) {
  std::int64_t sum = 0;
  for (const MemoryCategory c : counted_categories) sum += bytes[static_cast<std::size_t>(c)];
  return sum;
}

at::Tensor make(MemoryCategory category, std::int64_t floats) {
  const MemoryScope scope(category);
  return at::empty({floats});
}

// Live bytes now minus those when it was made.
class Change {
 public:
  std::int64_t of(MemoryCategory c) const { return memory_report().live_of(c) - start_.live_of(c); }

 private:
  MemoryReport start_ = memory_report();
};

}  // namespace

class MemoryMeterTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    install_memory_meter();
    install_memory_meter();  // again: nothing happens
  }
  void names_are_those_of_the_design();
  void bytes_are_exact_and_aligned();
  void scopes_nest();
  void scopes_belong_to_their_thread();
  void a_view_moves_its_storage();
  void foreign_memory_is_ignored();
  void empty_tensors_cost_nothing();
  void resizing_keeps_count();
  void another_thread_may_free();
  void the_peak_is_split_as_it_was();
  void moving_can_make_a_peak();
  void resetting_forgets_the_peak();
  void large_blocks_are_used_again();
  void random_operations_agree_with_a_model();
  void threads_agree_in_the_end();
};

void MemoryMeterTest::names_are_those_of_the_design() {
  QCOMPARE(name(weights), std::string_view("weights"));
  QCOMPARE(name(gradients), std::string_view("gradients"));
  QCOMPARE(name(optimizer), std::string_view("optimizer"));
  QCOMPARE(name(saved_activations), std::string_view("saved_activations"));
  QCOMPARE(name(scratch), std::string_view("scratch"));
  QCOMPARE(name(other), std::string_view("other"));
}

void MemoryMeterTest::bytes_are_exact_and_aligned() {
  const Change change;
  for (const std::int64_t floats : {1, 15, 16, 17, 1000, 16384, 16385, 100'003, 3'000'001}) {
    const at::Tensor tensor = make(weights, floats);
    QCOMPARE(change.of(weights), floats * 4);
    QCOMPARE(reinterpret_cast<std::uintptr_t>(tensor.data_ptr()) % 64, std::uintptr_t{0});
    tensor.fill_(1.0F);
    QCOMPARE(tensor.sum(at::kDouble).item<double>(), static_cast<double>(floats));
  }
  QCOMPARE(change.of(weights), std::int64_t{0});
  const MemoryScope scope(optimizer);
  const at::Tensor halves = at::empty({7, 3}, at::kHalf);
  QCOMPARE(change.of(optimizer), std::int64_t{42});
}

void MemoryMeterTest::scopes_nest() {
  const Change change;
  const at::Tensor outside = at::empty({10});
  std::vector<at::Tensor> kept;
  {
    const MemoryScope outer(weights);
    kept.push_back(at::empty({100}));
    {
      const MemoryScope inner(scratch);
      kept.push_back(at::empty({200}));
    }
    kept.push_back(at::empty({300}));
  }
  kept.push_back(at::empty({400}));
  QCOMPARE(change.of(weights), std::int64_t{1600});
  QCOMPARE(change.of(scratch), std::int64_t{800});
  QCOMPARE(change.of(other), std::int64_t{1640});
}

void MemoryMeterTest::scopes_belong_to_their_thread() {
  const Change change;
  const MemoryScope scope(gradients);
  at::Tensor from_thread;
  std::thread([&] { from_thread = at::empty({50}); }).join();
  QCOMPARE(change.of(gradients), std::int64_t{0});
  QCOMPARE(change.of(other), std::int64_t{200});
}

void MemoryMeterTest::a_view_moves_its_storage() {
  const Change change;
  at::Tensor tensor = make(scratch, 1000);
  at::Tensor view = tensor.view({10, 100}).select(0, 3).slice(0, 5, 50);
  recategorize(view, saved_activations);
  QCOMPARE(change.of(scratch), std::int64_t{0});
  QCOMPARE(change.of(saved_activations), std::int64_t{4000});
  recategorize(tensor, saved_activations);
  QCOMPARE(change.of(saved_activations), std::int64_t{4000});
  tensor.reset();
  QCOMPARE(change.of(saved_activations), std::int64_t{4000});
  view.reset();
  QCOMPARE(change.of(saved_activations), std::int64_t{0});
}

void MemoryMeterTest::foreign_memory_is_ignored() {
  const Change change;
  const MemoryScope scope(scratch);
  std::vector<float> values(256, 2.0F);
  recategorize(at::from_blob(values.data(), {256}), weights);
  bool deleted = false;
  {
    const at::Tensor with_deleter = at::from_blob(
        values.data(), {256}, [&deleted](void*) { deleted = true; }, at::kFloat);
    recategorize(with_deleter, weights);
  }
  QVERIFY(deleted);
  recategorize(at::Tensor(), weights);

  QTemporaryFile file;
  QVERIFY(file.open());
  QVERIFY(file.resize(4096));
  const at::Tensor mapped = at::from_file(file.fileName().toStdString(), false, 1024, at::kFloat);
  recategorize(mapped, weights);
  QCOMPARE(mapped.sum().item<float>(), 0.0F);

  for (const MemoryCategory c : {weights, scratch}) QCOMPARE(change.of(c), std::int64_t{0});
}

void MemoryMeterTest::empty_tensors_cost_nothing() {
  const Change change;
  const MemoryScope scope(scratch);
  const at::Tensor tensor = at::empty({0, 5});
  recategorize(tensor, weights);
  QCOMPARE(change.of(scratch), std::int64_t{0});
  QCOMPARE(change.of(weights), std::int64_t{0});
}

void MemoryMeterTest::resizing_keeps_count() {
  const Change change;
  {
    at::Tensor tensor = make(scratch, 10);
    tensor.fill_(3.0F);
    const MemoryScope scope(scratch);
    tensor.resize_({50'000});
    QCOMPARE(change.of(scratch), std::int64_t{200'000});
    QCOMPARE(tensor[9].item<float>(), 3.0F);
  }
  QCOMPARE(change.of(scratch), std::int64_t{0});
}

void MemoryMeterTest::another_thread_may_free() {
  const Change change;
  for (const std::int64_t floats : {100, 100'000}) {
    at::Tensor tensor = make(gradients, floats);
    QCOMPARE(change.of(gradients), floats * 4);
    std::thread([tensor = std::move(tensor)]() mutable {
      const MemoryScope scope(weights);
      tensor.reset();
    }).join();
    QCOMPARE(change.of(gradients), std::int64_t{0});
    QCOMPARE(change.of(weights), std::int64_t{0});
  }
}

void MemoryMeterTest::the_peak_is_split_as_it_was() {
  reset_memory_peak();
  const MemoryReport start = memory_report();
  const at::Tensor w = make(weights, 1000);
  {
    const at::Tensor s = make(scratch, 5000);
    const at::Tensor g = make(gradients, 300);
    // `other` is not part of the total, however large.
    const at::Tensor o = make(other, 1'000'000);
  }
  const at::Tensor late = make(saved_activations, 2000);
  const MemoryReport report = memory_report();
  QCOMPARE(report.peak_total - start.peak_total, std::int64_t{4 * 6300});
  QCOMPARE(report.peak_of(weights) - start.live_of(weights), std::int64_t{4000});
  QCOMPARE(report.peak_of(scratch) - start.live_of(scratch), std::int64_t{20'000});
  QCOMPARE(report.peak_of(gradients) - start.live_of(gradients), std::int64_t{1200});
  QCOMPARE(report.peak_of(saved_activations) - start.live_of(saved_activations), std::int64_t{0});
  QCOMPARE(counted_sum(report.peak), report.peak_total);
}

void MemoryMeterTest::moving_can_make_a_peak() {
  const at::Tensor tensor = make(other, 7000);
  reset_memory_peak();
  const std::int64_t before = memory_report().peak_total;
  recategorize(tensor, weights);
  QCOMPARE(memory_report().peak_total - before, std::int64_t{28'000});
  recategorize(tensor, other);
  QCOMPARE(memory_report().peak_total - before, std::int64_t{28'000});
}

void MemoryMeterTest::resetting_forgets_the_peak() {
  { const at::Tensor tensor = make(scratch, 100'000); }
  const at::Tensor kept = make(scratch, 10);
  reset_memory_peak();
  const MemoryReport report = memory_report();
  QCOMPARE(report.peak_total, counted_sum(report.live));
  QCOMPARE(report.peak, report.live);
}

void MemoryMeterTest::large_blocks_are_used_again() {
  at::Tensor tensor = make(scratch, 300'000);
  const void* const address = tensor.data_ptr();
  tensor.reset();
  const Change change;
  tensor = make(weights, 300'000);
  QCOMPARE(static_cast<const void*>(tensor.data_ptr()), address);
  QCOMPARE(change.of(weights), std::int64_t{1'200'000});
}

void MemoryMeterTest::random_operations_agree_with_a_model() {
  std::mt19937 random(7);
  const auto below = [&random](std::size_t n) {
    return std::uniform_int_distribution<std::size_t>(0, n - 1)(random);
  };
  reset_memory_peak();
  const MemoryReport start = memory_report();
  struct Live {
    at::Tensor tensor;
    std::int64_t bytes;
    std::size_t category;
    float mark;
  };
  std::vector<Live> live;
  std::array<std::int64_t, 6> model = start.live;
  std::array<std::int64_t, 6> peak = start.live;
  std::int64_t peak_total = counted_sum(start.live);
  for (int step = 0; step < 5000; ++step) {
    const std::size_t choice = live.empty() ? 0 : below(3);
    if (choice == 0) {
      const auto floats = static_cast<std::int64_t>(1 + below(below(4) == 0 ? 200'000 : 2000));
      const std::size_t category = below(6);
      const auto mark = static_cast<float>(step);
      live.push_back({make(static_cast<MemoryCategory>(category), floats), floats * 4, category, mark});
      live.back().tensor.fill_(mark);
      model[category] += floats * 4;
    } else {
      const std::size_t index = below(live.size());
      Live& chosen = live[index];
      model[chosen.category] -= chosen.bytes;
      if (choice == 1) {
        chosen.category = below(6);
        model[chosen.category] += chosen.bytes;
        recategorize(chosen.tensor, static_cast<MemoryCategory>(chosen.category));
      } else {
        // What was written is still there: no two tensors ever shared memory.
        QVERIFY((chosen.tensor == chosen.mark).all().item<bool>());
        live.erase(live.begin() + static_cast<std::ptrdiff_t>(index));
      }
    }
    if (counted_sum(model) > peak_total) {
      peak_total = counted_sum(model);
      peak = model;
    }
    const MemoryReport report = memory_report();
    QCOMPARE(report.peak_total, peak_total);
    for (const MemoryCategory c : counted_categories) {
      const auto i = static_cast<std::size_t>(c);
      QCOMPARE(report.live[i], model[i]);
      QCOMPARE(report.peak[i], peak[i]);
    }
  }
  live.clear();
  QCOMPARE(memory_report().live, start.live);
}

void MemoryMeterTest::threads_agree_in_the_end() {
  const MemoryReport start = memory_report();
  std::mutex mutex;
  std::vector<at::Tensor> pool;
  std::atomic<int> clashes{0};
  const auto work = [&](unsigned seed) {
    std::mt19937 random(seed);
    for (int step = 0; step < 2000; ++step) {
      const MemoryScope scope(static_cast<MemoryCategory>(random() % 6));
      at::Tensor tensor =
          at::full({static_cast<std::int64_t>(1 + random() % 40'000)}, static_cast<float>(step));
      recategorize(tensor, static_cast<MemoryCategory>(random() % 6));
      const std::lock_guard lock(mutex);
      if (pool.size() < 40) {
        pool.push_back(tensor);
      } else {
        std::swap(pool[random() % pool.size()], tensor);
        const auto* values = tensor.const_data_ptr<float>();
        if (values[0] != values[tensor.numel() - 1]) ++clashes;
      }
    }
  };
  std::vector<std::thread> threads;
  for (unsigned seed = 0; seed < 4; ++seed) threads.emplace_back(work, seed);
  for (std::thread& thread : threads) thread.join();
  QCOMPARE(clashes.load(), 0);
  const MemoryReport full = memory_report();
  QCOMPARE(counted_sum(full.peak), full.peak_total);
  pool.clear();
  QCOMPARE(memory_report().live, start.live);
}

QTEST_GUILESS_MAIN(MemoryMeterTest)
#include "memory_meter_test.moc"
