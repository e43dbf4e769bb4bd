#include "core/precision/range_statistics.h"

#include "core/device/dispatch.h"
#include "core/error.h"
#include "core/precision/range_functor.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <vector>

namespace halfwave {
namespace {

// As in round_tensor.cpp: chosen when the program starts, which sanitizers do not stand.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define HALFWAVE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HALFWAVE_CLONES
#endif

constexpr std::int64_t grain = 32768;

using Slots = std::array<std::uint64_t, RangeSlot::count>;

HALFWAVE_CLONES void slots_of(const float* values, std::uint32_t* slots, int count, RangeSlot slot) {
  for (int i = 0; i < count; ++i) slots[i] = slot(values[i]);
}

/// Counts values that come one after another.
class Counter {
 public:
  explicit Counter(Format format) : slot_(RangeSlot::of(facts(format))) {}

  void add(float value) {
    values_[static_cast<std::size_t>(waiting_++)] = value;
    if (waiting_ == block) flush();
  }
  void flush() {
    slots_of(values_.data(), indices_.data(), waiting_, slot_);
    // Neighbours often fall into one bin: two tables keep one count from waiting for the other.
    for (int i = 0; i < waiting_; ++i)
      ++tables_[static_cast<std::size_t>(i & 1)][indices_[static_cast<std::size_t>(i)]];
    waiting_ = 0;
  }
  void add_to(Slots& total) {
    flush();
    for (const auto& table : tables_)
      for (std::size_t i = 0; i < table.size(); ++i) total[i] += table[i];
  }

 private:
  static constexpr int block = 512;
  RangeSlot slot_;
  int waiting_ = 0;
  std::array<float, block> values_{};
  std::array<std::uint32_t, block> indices_{};
  std::array<std::array<std::uint32_t, RangeSlot::count>, 2> tables_{};
};

std::uint32_t clamped(std::uint64_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

RangeHistogram histogram_of(const Slots& slots, Format format) {
  RangeHistogram result;
  for (std::size_t i = 0; i < result.bins.size(); ++i) result.bins[i] = clamped(slots[i]);
  result.zeros = slots[RangeSlot::zero];
  result.infinite = slots[RangeSlot::infinite];
  result.nan = slots[RangeSlot::nan];
  result.saturated = slots[RangeSlot::saturated];
  for (const std::uint64_t count : slots) result.counted += count;
  const FormatFacts& f = facts(format);
  if (result.saturated > 0) {
    auto& bin = result.bins[static_cast<std::size_t>(f.max_exponent - RangeHistogram::lowest_exponent)];
    bin = clamped(bin + result.saturated);
  }
  // The smallest normal number is a power of two, so the bins below its own hold the subnormal values.
  for (int exponent = RangeHistogram::lowest_exponent; exponent < f.min_exponent; ++exponent)
    result.subnormal += result.at(exponent);
  return result;
}

/// Where the i-th value of a tensor lies in its memory, counted in values.
class Places {
 public:
  explicit Places(const at::Tensor& x) : dense_(x.is_non_overlapping_and_dense()) {
    if (dense_) return;
    for (std::int64_t axis = x.dim(); axis-- > 0;) {
      sizes_.push_back(x.size(axis));
      strides_.push_back(x.stride(axis));
    }
  }
  bool dense() const { return dense_; }
  std::int64_t operator[](std::int64_t i) const {
    if (dense_) return i;
    std::int64_t place = 0;
    for (std::size_t axis = 0; axis < sizes_.size(); ++axis) {
      place += i % sizes_[axis] * strides_[axis];
      i /= sizes_[axis];
    }
    return place;
  }

 private:
  bool dense_;
  std::vector<std::int64_t> sizes_, strides_;  // the last axis first
};

/// At least what brings `count` values down to `most`, and without a factor in common with `count`.
std::int64_t step_for(std::int64_t count, std::int64_t most) {
  if (count <= most) return 1;
  most = std::max<std::int64_t>(most, 1);
  std::int64_t step = (count - 1) / most + 1;
  while (std::gcd(step, count) != 1) ++step;
  return step;
}

template <typename Value>
struct Bits;
template <>
struct Bits<float> {
  using Word = std::uint32_t;
  static constexpr Word exponent = 0x7f800000u;
};
template <>
struct Bits<double> {
  using Word = std::uint64_t;
  static constexpr Word exponent = 0x7ff0000000000000u;
};
template <>
struct Bits<at::Half> {
  using Word = std::uint16_t;
  static constexpr Word exponent = 0x7c00u;
};
template <>
struct Bits<at::BFloat16> {
  using Word = std::uint16_t;
  static constexpr Word exponent = 0x7f80u;
};
template <>
struct Bits<at::Float8_e5m2> {
  using Word = std::uint8_t;
  static constexpr Word exponent = 0x7cu;
};
template <>
struct Bits<at::Float8_e4m3fn> {  // has NaN only, and only as all ones
  using Word = std::uint8_t;
  static constexpr Word exponent = 0x7fu;
};

template <typename Word>
HALFWAVE_CLONES bool any_with(const Word* words, std::int64_t count, Word exponent) {
  Word found = 0;
  for (std::int64_t i = 0; i < count; ++i)
    found = static_cast<Word>(found | static_cast<Word>((words[i] & exponent) == exponent));
  return found != 0;
}

template <typename Value>
bool all_finite(const Value* data, const Places& places, std::int64_t count) {
  using Word = typename Bits<Value>::Word;
  const auto* words = reinterpret_cast<const Word*>(data);
  if (!places.dense()) {
    for (std::int64_t i = 0; i < count; ++i)
      if ((words[places[i]] & Bits<Value>::exponent) == Bits<Value>::exponent) return false;
    return true;
  }
  std::atomic<bool> finite = true;
  at::parallel_for(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    if (any_with<Word>(words + begin, end - begin, Bits<Value>::exponent)) finite = false;
  });
  return finite;
}

template <typename Value>
Slots count_slots(const Value* data, const Places& places, std::int64_t count, std::int64_t step,
                  Format format) {
  Slots total{};
  std::mutex mutex;
  at::parallel_for(0, (count - 1) / step + 1, grain, [&](std::int64_t begin, std::int64_t end) {
    Counter counter(format);
    for (std::int64_t i = begin; i < end; ++i) counter.add(static_cast<float>(data[places[i * step]]));
    const std::lock_guard lock(mutex);
    counter.add_to(total);
  });
  return total;
}

/// fp64 has exponents that fp32 lacks: they count in the outermost bins.
RangeHistogram count_doubles(const double* data, const Places& places, std::int64_t count, std::int64_t step,
                             Format format) {
  RangeHistogram result;
  const FormatFacts& f = facts(format);
  for (std::int64_t i = 0; i < count; i += step) {
    const double x = std::abs(data[places[i]]);
    ++result.counted;
    if (std::isnan(x)) {
      ++result.nan;
    } else if (std::isinf(x)) {
      ++result.infinite;
    } else if (x == 0.0) {
      ++result.zeros;
    } else {
      const int exponent =
          std::clamp(std::ilogb(x), RangeHistogram::lowest_exponent, RangeHistogram::highest_exponent);
      ++result.bins[static_cast<std::size_t>(exponent - RangeHistogram::lowest_exponent)];
      if (x < f.min_normal) ++result.subnormal;
      if (x == f.max_finite) ++result.saturated;
    }
  }
  return result;
}

template <typename Value>
RangeHistogram measure(const at::Tensor& x, Format format, std::int64_t most) {
  const auto* data = static_cast<const Value*>(x.const_data_ptr());
  const Places places(x);
  const std::int64_t count = x.numel();
  std::int64_t step = step_for(count, most);
  if (step > 1 && !all_finite(data, places, count)) step = 1;
  if constexpr (std::is_same_v<Value, double>) {
    return count_doubles(data, places, count, step, format);
  } else {
    return histogram_of(count_slots(data, places, count, step, format), format);
  }
}

/// The values of another device that are to be looked at.
at::Tensor fetched(const at::Tensor& x, std::int64_t most) {
  const at::Tensor flat = x.reshape({-1});
  const std::int64_t step = step_for(flat.numel(), most);
  if (step == 1 || !flat.isfinite().all().item<bool>()) return flat.cpu();
  return flat.slice(0, 0, flat.numel(), step).cpu();
}

/// Counted where the values lie.
RangeHistogram measure_elsewhere(const at::Tensor& x, Format format, std::int64_t most) {
  const auto type = x.scalar_type();
  if (type != at::kFloat && type != at::kHalf && type != at::kBFloat16)
    return measure_range(fetched(x, most), format);
  const at::Tensor values = x.is_non_overlapping_and_dense() ? x : x.contiguous();
  Slots slots{};
  const auto count = [&](std::int64_t step) {
    const at::Tensor found = dispatch::range_slots(values, format, step).cpu();
    const auto* data = found.const_data_ptr<std::int64_t>();
    std::copy_n(data, slots.size(), slots.begin());
    return data[slots.size()] == 0;
  };
  const std::int64_t step = step_for(values.numel(), most);
  if (!count(step) && step > 1) count(1);
  return histogram_of(slots, format);
}

template <typename Value>
at::Tensor slots_of_values(const at::Tensor& x, Format format, std::int64_t step) {
  const auto* data = static_cast<const Value*>(x.const_data_ptr());
  const Places places(x);
  const Slots all = count_slots(data, places, x.numel(), 1, format);
  const Slots slots = step == 1 ? all : count_slots(data, places, x.numel(), step, format);
  at::Tensor result = at::empty({RangeSlot::count + 1}, at::kLong);
  auto* out = result.mutable_data_ptr<std::int64_t>();
  std::copy(slots.begin(), slots.end(), out);
  out[RangeSlot::count] = static_cast<std::int64_t>(all[RangeSlot::infinite] + all[RangeSlot::nan]);
  return result;
}

}  // namespace

at::Tensor on_cpu::range_slots(const at::Tensor& x, Format format, std::int64_t step) {
  switch (x.scalar_type()) {
    case at::kBFloat16:
      return slots_of_values<at::BFloat16>(x, format, step);
    case at::kHalf:
      return slots_of_values<at::Half>(x, format, step);
    default:
      return slots_of_values<float>(x.to(at::kFloat), format, step);
  }
}

RangeHistogram measure_range(const at::Tensor& x, Format format, std::int64_t most_values) {
  if (!x.defined() || x.numel() == 0) return {};
  if (!x.is_cpu()) return measure_elsewhere(x, format, most_values);
  switch (x.scalar_type()) {
    case at::kDouble:
      return measure<double>(x, format, most_values);
    case at::kFloat:
      return measure<float>(x, format, most_values);
    case at::kBFloat16:
      return measure<at::BFloat16>(x, format, most_values);
    case at::kHalf:
      return measure<at::Half>(x, format, most_values);
    case at::kFloat8_e4m3fn:
      return measure<at::Float8_e4m3fn>(x, format, most_values);
    case at::kFloat8_e5m2:
      return measure<at::Float8_e5m2>(x, format, most_values);
    default:
      throw RunError("The range of a tensor of type " + std::string(at::toString(x.scalar_type())) +
                     " cannot be measured; a floating-point type would be right.");
  }
}

void merge(RangeHistogram& into, const RangeHistogram& other) {
  for (std::size_t i = 0; i < into.bins.size(); ++i)
    into.bins[i] = clamped(std::uint64_t{into.bins[i]} + other.bins[i]);
  into.counted += other.counted;
  into.zeros += other.zeros;
  into.subnormal += other.subnormal;
  into.saturated += other.saturated;
  into.infinite += other.infinite;
  into.nan += other.nan;
}

}  // namespace halfwave
