#pragma once

#include "core/device/device.h"
#include "core/training/comparison.h"
#include "widgets/variant_form.h"

#include <QString>

#include <vector>

namespace halfwave::lab {

inline constexpr std::size_t fewest_variants = 2;
inline constexpr std::size_t most_variants = 4;

/// The comparison that a person has chosen: variants of one experiment, its seed only. Throws RequestError,
/// one sentence, for less than two or more than four, and for a choice that cannot be.
ComparisonSpec comparison_of(const Experiment& experiment,
                             const std::vector<widgets::VariantChoice>& choices);

/// Some variants of a shipped comparison, applied to an experiment of one's own: its precision is the shipped
/// one's, data, operator and training are the experiment's.
ComparisonSpec comparison_of(const Experiment& experiment, const std::string& shipped,
                             const std::vector<std::size_t>& chosen);

/// Whether a device computes each stage of a policy in its format itself.
bool is_native(const Policy& policy, const std::string& engine, const DeviceInfo& device);

/// What all variants have in common, in a line.
QString common_text(const Experiment& experiment);

}  // namespace halfwave::lab
