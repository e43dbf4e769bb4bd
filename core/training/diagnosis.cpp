#include "core/training/diagnosis.h"

#include <bit>
#include <cctype>
#include <cmath>
#include <vector>

namespace halfwave {
namespace {

constexpr const char* general_advice =
    "A smaller training.learning_rate or data of smaller magnitude may help.";

bool is_spectral(Stage stage) {
  return stage == Stage::forward_transform || stage == Stage::contraction ||
         stage == Stage::inverse_transform;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? " or " : ", ";
    text += parts[i];
  }
  return text;
}

std::string power_of_two(int exponent) {
  const double value = std::ldexp(1.0, exponent);
  if (exponent >= 0 && exponent < 40) return std::to_string(static_cast<long long>(value));
  return "2^" + std::to_string(exponent);
}

int points_exponent(std::int64_t points) {
  return std::bit_width(static_cast<std::uint64_t>(std::max<std::int64_t>(points, 1))) - 1;
}

/// fft sums up all points before it divides by their number.
bool sums_unnormalised(const Fault& fault) {
  return fault.engine == "fft" && fault.range.stage == Stage::forward_transform;
}

/// What fills a sentence that begins with cures: those that certainly work, and those that may.
struct Cures {
  std::vector<std::string> sure, possible;
};

void add_stabilizers(Cures& cures, const Fault& fault, std::optional<int> reached) {
  const LayerPolicy& row = fault.row;
  const Stage stage = fault.range.stage;
  const FormatFacts& format = facts(fault.range.format);
  const bool plain = row.stabilizer == Stabilizer::none;
  if (plain) {
    // A field within ±1 sums up to no more than the number of points; dft's sums stay below the square root
    // of 2.
    const bool bounded = stage == Stage::forward_transform &&
                         (fault.engine != "fft" || static_cast<double>(fault.points) <= format.max_finite);
    (bounded ? cures.sure : cures.possible).emplace_back("the stabilizer tanh");
  }
  // Dividing the field divides the modes and their products alike, but the inverse transform undoes it.
  if (stage == Stage::inverse_transform || (!plain && row.stabilizer != Stabilizer::fixed_scale)) return;
  if (!reached || *reached < format.max_exponent) return;
  const int bits = *reached - format.max_exponent + 1;
  const int before = plain ? 0 : static_cast<int>(std::ceil(std::log2(row.level())));
  if (bits + before <= 24) cures.sure.emplace_back("a fixed scale of " + power_of_two(bits + before));
}

void add_gradient_cures(Cures& cures, const Fault& fault, std::optional<int> reached) {
  const int end = facts(fault.range.format).max_exponent;
  if (!fault.dynamic_loss_scaling) cures.sure.emplace_back("dynamic loss scaling");
  if (reached && *reached >= end && fault.loss_scale > 1.0) {
    const double scale = std::exp2(std::floor(std::log2(fault.loss_scale)) - (*reached - end + 1));
    if (scale >= 1.0)
      cures.sure.emplace_back("a loss scale of at most " + std::to_string(static_cast<long long>(scale)));
  }
  if (!fault.row.fp32_gradients) cures.sure.emplace_back("gradients in fp32");
}

}  // namespace

std::optional<int> exponent_reached(const Fault& fault) {
  if (!fault.in_fp32 || fault.in_fp32->empty()) return std::nullopt;
  return fault.in_fp32->largest() + (sums_unnormalised(fault) ? points_exponent(fault.points) : 0);
}

std::string cure(const Fault& fault) {
  const Stage stage = fault.range.stage;
  const FormatFacts& format = facts(fault.range.format);
  if (stage == Stage::weights)
    return has_narrow_range(format.format)
               ? "Weights in bf16 or fp32, or a smaller training.learning_rate, would keep them in range."
               : "A smaller training.learning_rate may help.";
  if (format.format == Format::fp64) return "A smaller training.learning_rate may help.";
  if (!has_narrow_range(format.format)) return general_advice;
  if (fault.in_fp32 && fault.in_fp32->infinite + fault.in_fp32->nan > 0)
    return std::string("In fp32 it is not finite either. ") + general_advice;

  const auto reached = exponent_reached(fault);
  const bool result_fits = reached && *reached < format.max_exponent;
  Cures cures;
  if (fault.row.accumulation == Accumulation::strict)
    (result_fits ? cures.sure : cures.possible).emplace_back("sums in fp32");
  if (fault.range.backward)
    add_gradient_cures(cures, fault, reached);
  else if (is_spectral(stage))
    add_stabilizers(cures, fault, reached);
  if (sums_unnormalised(fault)) {
    const bool fits = fault.in_fp32 && fault.in_fp32->largest() + 1 <= format.max_exponent;
    (fits || !fault.in_fp32 ? cures.sure : cures.possible).emplace_back("the dft engine");
  }
  cures.sure.emplace_back("bf16 in this stage");

  std::string text = joined(cures.sure) + " would keep it in range";
  text.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(text.front())));
  if (!cures.possible.empty()) text += "; " + joined(cures.possible) + " may";
  text += ".";
  if (stage == Stage::pointwise && !fault.range.backward)
    text += " Data of smaller magnitude (a normalizer, dataset.input_scale) would help as well.";
  return text;
}

std::string describe(const NonFinite& where, const std::optional<Fault>& fault) {
  std::string text = where.backward ? "The gradients were" : "The loss was";
  text += " not finite in epoch " + std::to_string(where.epoch + 1) + ", step " +
          std::to_string(where.step + 1) + ": ";
  if (!fault)
    return text + (where.layer == "data"
                       ? "the batch itself holds values that are not finite."
                       : "every stage was finite, the " + where.layer + " was not. " + general_advice);
  const FormatFacts& format = facts(fault->range.format);
  text += where.layer + " " + where.stage + " (" + std::string(format.name) + ") produced the first ";
  text += fault->range.backward ? "gradient" : "value";
  text += " that is not finite";
  if (has_narrow_range(format.format)) {
    text += "; " + std::string(format.name) + " ends at ";
    text += std::to_string(static_cast<long long>(format.max_finite));
    if (const auto reached = exponent_reached(*fault); reached && *reached >= format.max_exponent)
      text += ", just below 2^" + std::to_string(format.max_exponent + 1) + ", and it would reach 2^" +
              std::to_string(*reached + 1);
  }
  return text + ". " + cure(*fault);
}

}  // namespace halfwave
