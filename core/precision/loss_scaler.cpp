#include "core/precision/loss_scaler.h"

#include "core/error.h"

#include <algorithm>
#include <cmath>

namespace halfwave {

LossScaler::LossScaler(std::string_view kind, double first_scale) {
  if (kind == "none") {
    kind_ = Kind::none;
  } else if (kind == "fixed") {
    kind_ = Kind::fixed;
  } else if (kind == "dynamic") {
    kind_ = Kind::dynamic;
  } else {
    throw FieldError("precision.loss_scaling",
                     "\"" + std::string(kind) + "\" is not known: none, fixed or dynamic would be right");
  }
  if (!std::isfinite(first_scale) || first_scale <= 0.0)
    throw FieldError("precision.loss_scale", "the scale must be a number above 0");
  state_.scale = kind_ == Kind::dynamic ? std::max(first_scale, floor) : first_scale;
}

bool LossScaler::needed(const Policy& policy) {
  return std::any_of(policy.layers.begin(), policy.layers.end(), [](const LayerPolicy& layer) {
    return std::any_of(layer.formats.begin(), layer.formats.end(), has_narrow_range);
  });
}

bool LossScaler::update(bool gradients_finite) {
  const bool at_floor = kind_ == Kind::fixed || state_.scale <= floor;
  if (!gradients_finite) {
    state_.good_steps = 0;
    state_.skipped_in_a_row = at_floor ? state_.skipped_in_a_row + 1 : 0;
    if (kind_ == Kind::dynamic) state_.scale = std::max(floor, state_.scale * backoff_factor);
    return false;
  }
  state_.skipped_in_a_row = 0;
  if (++state_.good_steps >= growth_interval) {
    state_.good_steps = 0;
    // Beyond 2¹²⁷ the scale itself would not be a float32.
    if (kind_ == Kind::dynamic && state_.scale < 0x1p126) state_.scale *= growth_factor;
  }
  return true;
}

bool LossScaler::exhausted() const {
  return active() && state_.skipped_in_a_row >= patience;
}

}  // namespace halfwave
