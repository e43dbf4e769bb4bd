#include "core/precision/rounding.h"

#include "core/precision/round_tensor.h"
#include "core/precision/spans.h"
#include "core/precision/stage_math.h"

#include <ATen/ATen.h>
#include <QtTest/QtTest>

#include <bit>
#include <random>
#include <vector>

using namespace halfwave;

namespace {

// The reference. It knows the formats by their bit fields and works with integers alone: a finite value is
// significand · 2^exponent, and values are compared without ever becoming floating-point numbers.

struct BitFields {
  Format format;
  int mantissa_bits;
  int bias;
  std::uint32_t largest_code;  // of a finite value
  bool saturates;
};

// IEEE 754 binary16; bfloat16 and TensorFloat-32, which are binary32 with a shorter mantissa; OCP 8-bit
// floating point, where E4M3 keeps one code alone for NaN and E5M2 is as IEEE 754 would have it.
constexpr BitFields formats[] = {{Format::tf32, 10, 127, 0x3fbff, false},
                                 {Format::bf16, 7, 127, 0x7f7f, false},
                                 {Format::fp16, 10, 15, 0x7bff, false},
                                 {Format::fp8_e4m3, 3, 7, 0x7e, true},
                                 {Format::fp8_e5m2, 2, 15, 0x7b, true}};

struct Exact {
  std::uint64_t significand;
  int exponent;
};

Exact decode(std::uint32_t code, int mantissa_bits, int bias) {
  const std::uint32_t field = code >> mantissa_bits;
  const std::uint32_t mantissa = code & ((1U << mantissa_bits) - 1);
  const std::uint32_t hidden = field == 0 ? 0 : 1U << mantissa_bits;
  return {mantissa | hidden, static_cast<int>(field == 0 ? 1 : field) - bias - mantissa_bits};
}

Exact decode_fp32(std::uint32_t magnitude) {
  return decode(magnitude, 23, 127);
}

Exact twice(Exact x) {
  return {x.significand, x.exponent + 1};
}

// Of neighbours, whose exponents differ by one at most.
Exact sum(Exact a, Exact b) {
  const int exponent = std::min(a.exponent, b.exponent);
  return {(a.significand << (a.exponent - exponent)) + (b.significand << (b.exponent - exponent)), exponent};
}

// −1, 0 or 1.
int compare(Exact a, Exact b) {
  if (a.significand == 0 || b.significand == 0) return (a.significand > 0) - (b.significand > 0);
  const int length_a = a.exponent + static_cast<int>(std::bit_width(a.significand));
  const int length_b = b.exponent + static_cast<int>(std::bit_width(b.significand));
  if (length_a != length_b) return length_a < length_b ? -1 : 1;
  // Equal leading bits: significands have at most 26 bits, so the shift is below 64.
  const int exponent = std::min(a.exponent, b.exponent);
  const auto scaled_a = a.significand << (a.exponent - exponent);
  const auto scaled_b = b.significand << (b.exponent - exponent);
  return (scaled_a > scaled_b) - (scaled_a < scaled_b);
}

// The fp32 bits of a value that fp32 represents.
std::uint32_t encode_fp32(Exact x) {
  if (x.significand == 0) return 0;
  while (x.significand >= (1U << 24) && (x.significand & 1U) == 0) x = {x.significand >> 1, x.exponent + 1};
  while (x.significand < (1U << 23) && x.exponent > -149) x = {x.significand << 1, x.exponent - 1};
  while (x.exponent < -149) x = {x.significand >> 1, x.exponent + 1};
  if (x.significand < (1U << 23)) return static_cast<std::uint32_t>(x.significand);
  const auto field = static_cast<std::uint32_t>(x.exponent + 23 + 127);
  return field << 23 | static_cast<std::uint32_t>(x.significand & ((1U << 23) - 1));
}

constexpr std::uint32_t infinity = 0x7f800000;

class Reference {
 public:
  explicit Reference(const BitFields& fields) : fields_(fields) {
    for (std::uint32_t code = 0; code <= fields.largest_code; ++code)
      bits_.push_back(encode_fp32(value(code)));
  }

  Exact value(std::uint32_t code) const { return decode(code, fields_.mantissa_bits, fields_.bias); }
  std::uint32_t bits(std::uint32_t code) const { return bits_[code]; }
  std::uint32_t code_count() const { return static_cast<std::uint32_t>(bits_.size()); }
  /// The fp32 bits half-way between a code's value and the next, which need not be finite.
  std::uint32_t midpoint(std::uint32_t code) const {
    const Exact s = sum(value(code), value(code + 1));
    return encode_fp32({s.significand, s.exponent - 1});
  }

  /// The code nearest to a magnitude, of two equally near the even one; largest_code + 1 stands for overflow.
  std::uint32_t nearest(std::uint32_t magnitude) const {
    const auto above = std::upper_bound(bits_.begin(), bits_.end(), magnitude);
    const auto below = static_cast<std::uint32_t>(above - bits_.begin()) - 1;
    if (magnitude == infinity) return fields_.largest_code + 1;
    if (bits_[below] == magnitude) return below;
    const int side = compare(twice(decode_fp32(magnitude)), sum(value(below), value(below + 1)));
    return side < 0 || (side == 0 && below % 2 == 0) ? below : below + 1;
  }

  std::uint32_t rounded(std::uint32_t x) const {
    const std::uint32_t sign = x & 0x80000000U, magnitude = x & 0x7fffffffU;
    const std::uint32_t code = nearest(magnitude);
    if (code > fields_.largest_code) return sign | (fields_.saturates ? bits_.back() : infinity);
    return sign | bits_[code];
  }

 private:
  BitFields fields_;
  std::vector<std::uint32_t> bits_;
};

/// All values and all midpoints, with their neighbours in fp32, of both signs, and the ends of fp32 itself.
std::vector<std::uint32_t> boundary_inputs(const Reference& reference) {
  std::vector<std::uint32_t> magnitudes = {0,          1,          2,          0x007fffff, 0x00800000,
                                           0x00800001, 0x7f7ffffe, 0x7f7fffff, infinity};
  for (std::uint32_t code = 0; code < reference.code_count(); ++code)
    for (const std::uint32_t centre : {reference.bits(code), reference.midpoint(code)})
      for (const std::uint32_t x : {centre - 1, centre, centre + 1})
        if (x < infinity) magnitudes.push_back(x);
  std::vector<std::uint32_t> inputs;
  for (const std::uint32_t x : magnitudes) {
    inputs.push_back(x);
    inputs.push_back(x | 0x80000000U);
  }
  return inputs;
}

at::Tensor tensor_of(const std::vector<std::uint32_t>& bits) {
  at::Tensor x = at::empty({static_cast<std::int64_t>(bits.size())}, at::kFloat);
  std::memcpy(x.data_ptr<float>(), bits.data(), bits.size() * sizeof(std::uint32_t));
  return x;
}

/// The first input whose rounding, one by one or as a tensor, is not the reference's; empty if there is none.
QString disagreement(const BitFields& fields, const Reference& reference,
                     const std::vector<std::uint32_t>& inputs) {
  const auto round = RoundToFormat::of(facts(fields.format));
  at::Tensor rounded = tensor_of(inputs);
  round_in_place(rounded, fields.format);
  const float* out = rounded.const_data_ptr<float>();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::uint32_t expected = reference.rounded(inputs[i]);
    for (const float found : {round(std::bit_cast<float>(inputs[i])), out[i]})
      if (std::bit_cast<std::uint32_t>(found) != expected)
        return QString("%1 rounds to %2, expected %3")
            .arg(std::bit_cast<float>(inputs[i]), 0, 'g', 12)
            .arg(found, 0, 'g', 12)
            .arg(std::bit_cast<float>(expected), 0, 'g', 12);
  }
  return {};
}

void add_formats(bool below_32_bits = false) {
  QTest::addColumn<int>("index");
  for (std::size_t i = 0; i < std::size(formats); ++i)
    if (!below_32_bits || storage_bytes(formats[i].format) < 4)
      QTest::newRow(std::string(name(formats[i].format)).c_str()) << static_cast<int>(i);
}

}  // namespace

class RoundingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_facts_follow_from_the_bit_fields_data() { add_formats(); }
  void the_facts_follow_from_the_bit_fields() {
    QFETCH(int, index);
    const BitFields& fields = formats[index];
    const FormatFacts& f = facts(fields.format);
    const Reference reference(fields);
    const auto as_double = [](Exact x) { return std::ldexp(static_cast<double>(x.significand), x.exponent); };
    QCOMPARE(f.max_finite, as_double(reference.value(fields.largest_code)));
    QCOMPARE(f.min_subnormal, as_double(reference.value(1)));
    QCOMPARE(f.min_normal, as_double(reference.value(1U << fields.mantissa_bits)));
    QCOMPARE(f.unit_roundoff, std::ldexp(1.0, -fields.mantissa_bits - 1));
    QCOMPARE(f.min_exponent, 1 - fields.bias);
    QCOMPARE(f.max_exponent, std::ilogb(f.max_finite));
    QCOMPARE(f.saturates, fields.saturates);
  }

  void every_value_midpoint_and_neighbour_data() { add_formats(); }
  void every_value_midpoint_and_neighbour() {
    QFETCH(int, index);
    const Reference reference(formats[index]);
    const auto inputs = boundary_inputs(reference);
    QVERIFY(inputs.size() > 12 * (reference.code_count() - 1ULL));
    const QString problem = disagreement(formats[index], reference, inputs);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
  }

  void random_bit_patterns_data() { add_formats(); }
  void random_bit_patterns() {
    QFETCH(int, index);
    std::mt19937 engine(7);
    std::vector<std::uint32_t> inputs;
    while (inputs.size() < 500000)
      if (const auto x = static_cast<std::uint32_t>(engine()); (x & 0x7fffffffU) <= infinity)
        inputs.push_back(x);
    const QString problem = disagreement(formats[index], Reference(formats[index]), inputs);
    QVERIFY2(problem.isEmpty(), qPrintable(problem));
  }

  void zeros_infinities_and_nan_data() { add_formats(); }
  void zeros_infinities_and_nan() {
    QFETCH(int, index);
    const BitFields& fields = formats[index];
    const auto round = RoundToFormat::of(facts(fields.format));
    const auto bits = [&](float x) { return std::bit_cast<std::uint32_t>(round(x)); };
    QCOMPARE(bits(0.0f), 0U);
    QCOMPARE(bits(-0.0f), 0x80000000U);
    // Half of the smallest value is a tie, and zero is the even neighbour; the sign stays.
    const auto half_of_smallest = static_cast<float>(facts(fields.format).min_subnormal / 2);
    QCOMPARE(bits(-half_of_smallest), 0x80000000U);
    const auto largest = static_cast<float>(facts(fields.format).max_finite);
    QCOMPARE(round(INFINITY), fields.saturates ? largest : INFINITY);
    QCOMPARE(round(-INFINITY), fields.saturates ? -largest : -INFINITY);
    for (const std::uint32_t nan :
         {0x7fc00000U, 0xffc00000U, 0x7f800001U, 0x7fffffffU, 0xff800001U, 0xffffffffU})
      QVERIFY(std::isnan(round(std::bit_cast<float>(nan))));
  }

  void stored_bytes_are_the_codes_data() { add_formats(true); }
  void stored_bytes_are_the_codes() {
    QFETCH(int, index);
    const BitFields& fields = formats[index];
    const Reference reference(fields);
    const auto inputs = boundary_inputs(reference);
    const at::Tensor stored = pack_saved(tensor_of(inputs), fields.format);
    const int bytes = storage_bytes(fields.format);
    QCOMPARE(static_cast<int>(stored.element_size()), bytes);
    const auto* data = static_cast<const std::uint8_t*>(stored.const_data_ptr());
    const std::uint32_t sign_bit = 1U << (8 * bytes - 1);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      std::uint32_t code = 0;
      std::memcpy(&code, data + i * static_cast<std::size_t>(bytes), static_cast<std::size_t>(bytes));
      std::uint32_t expected = reference.nearest(inputs[i] & 0x7fffffffU);
      // The code after the largest is infinity's, where there is one.
      if (fields.saturates) expected = std::min(expected, fields.largest_code);
      if (inputs[i] >> 31 != 0) expected |= sign_bit;
      if (code != expected)
        QFAIL(qPrintable(QString("%1 is stored as %2, expected %3")
                             .arg(std::bit_cast<float>(inputs[i]), 0, 'g', 12)
                             .arg(code, 0, 16)
                             .arg(expected, 0, 16)));
    }
  }

  // Every 16-bit code there and back, and every boundary between two, with the codes of the reference.
  void spans_are_converted_as_the_reference_says_data() {
    QTest::addColumn<int>("index");
    QTest::newRow("bf16") << 1;
    QTest::newRow("fp16") << 2;
  }
  void spans_are_converted_as_the_reference_says() {
    QFETCH(int, index);
    const BitFields& fields = formats[index];
    const Reference reference(fields);
    std::vector<std::uint16_t> codes(1U << 16);
    for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint16_t>(i);
    std::vector<float> values(codes.size());
    std::vector<std::uint16_t> again(codes.size());
    widen_span(codes.data(), values.data(), 1 << 16, fields.format);
    narrow_span(values.data(), again.data(), 1 << 16, fields.format);
    for (const std::uint16_t code : codes) {
      const std::uint32_t magnitude = code & 0x7fffU, bits = std::bit_cast<std::uint32_t>(values[code]);
      QCOMPARE(bits >> 31, static_cast<std::uint32_t>(code >> 15));
      if (magnitude <= fields.largest_code) {
        QCOMPARE(bits & 0x7fffffffU, reference.bits(magnitude));
      } else if (magnitude == fields.largest_code + 1) {
        QVERIFY(std::isinf(values[code]));
      } else {
        QVERIFY(std::isnan(values[code]));
        QVERIFY((again[code] & 0x7fffU) > fields.largest_code + 1 && again[code] >> 15 == code >> 15);
        continue;
      }
      QCOMPARE(again[code], code);
    }
    const auto inputs = boundary_inputs(reference);
    std::vector<std::uint16_t> stored(inputs.size());
    const auto* floats = reinterpret_cast<const float*>(inputs.data());
    narrow_span(floats, stored.data(), static_cast<std::int64_t>(inputs.size()), fields.format);
    for (std::size_t i = 0; i < inputs.size(); ++i)
      QCOMPARE(std::uint32_t{stored[i]}, reference.nearest(inputs[i] & 0x7fffffffU) | inputs[i] >> 31 << 15);
    for (const std::uint32_t nan : {0x7f800001U, 0xff800001U, 0x7fffffffU, 0xffc00000U}) {
      const auto value = std::bit_cast<float>(nan);
      std::uint16_t code = 0;
      narrow_span(&value, &code, 1, fields.format);
      QVERIFY((code & 0x7fffU) > fields.largest_code + 1 && code >> 15 == nan >> 31);
    }
  }

  void spans_of_any_length_and_place_are_converted() {
    const at::Tensor x = at::randn({128}) * 40000;
    x[40] = 1e-40F;  // subnormal values among others, which instructions of their own may not keep
    x[75] = -3e-39F;
    const float* from = x.const_data_ptr<float>();
    for (const Format format : {Format::fp16, Format::bf16, Format::tf32})
      for (std::int64_t begin = 0; begin < 20; ++begin)
        for (std::int64_t count = 0; count < 70; ++count) {
          std::vector<float> rounded(128, 7.0F), wide(128, 7.0F);
          round_span(from + begin, rounded.data() + begin, count, format);
          if (format != Format::tf32) {
            std::vector<std::uint16_t> words(128, 7);
            narrow_span(from + begin, words.data() + begin, count, format);
            QVERIFY(words[static_cast<std::size_t>(begin + count)] == 7);
            widen_span(words.data() + begin, wide.data() + begin, count, format);
            QVERIFY(wide == rounded);
          }
          const auto round = RoundToFormat::of(facts(format));
          for (std::int64_t i = 0; i < 128; ++i) {
            const bool inside = i >= begin && i < begin + count;
            QCOMPARE(rounded[static_cast<std::size_t>(i)], inside ? round(from[i]) : 7.0F);
          }
        }
  }

  void tensors_of_any_layout_are_rounded() {
    at::Tensor x = at::randn({7, 33, 5}) * 1000;
    const at::Tensor strided = x.permute({2, 0, 1});
    const at::Tensor rounded = rounded_copy(strided, Format::fp16);
    QVERIFY(at::equal(rounded, strided.to(at::kHalf).to(at::kFloat)));
    round_in_place(x, Format::bf16);
    QVERIFY(at::equal(x, x.to(at::kBFloat16).to(at::kFloat)));
    at::Tensor large = at::randn({1 << 20}) * 1e5;
    const at::Tensor expected = large.to(at::kHalf).to(at::kFloat);
    round_in_place(large, Format::fp16);
    QVERIFY(at::equal(large, expected));
    QVERIFY(large.isinf().any().item<bool>());
  }
};

QTEST_GUILESS_MAIN(RoundingTest)
#include "rounding_test.moc"
