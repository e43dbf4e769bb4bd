#pragma once

#include "core/precision/policy.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace halfwave {

/// Keeps small gradients out of the underflow of narrow formats: the loss is multiplied by `scale()` before
/// the backward pass, the gradients are divided by it before the update. `dynamic` halves the scale when
/// gradients overflow (that step is skipped) and doubles it after 2000 good steps in a row; it never falls
/// below 1. `fixed` keeps its first value. `none` is a scale of 1.
class LossScaler {
 public:
  enum class Kind : std::uint8_t { none, fixed, dynamic };
  static constexpr int growth_interval = 2000;
  static constexpr double growth_factor = 2.0;
  static constexpr double backoff_factor = 0.5;
  static constexpr double floor = 1.0;

  /// What must survive a checkpoint.
  struct State {
    double scale = 1.0;
    std::int64_t good_steps = 0;
    std::int64_t skipped_in_a_row = 0;
    bool operator==(const State&) const = default;
  };

  /// Throws FieldError (path `precision.loss_scaling` or `precision.loss_scale`) for a request that is wrong.
  LossScaler(std::string_view kind, double first_scale);

  /// Whether a policy has a format narrow enough in range to need scaling: fp16 or an 8-bit one.
  static bool needed(const Policy& policy);
  /// Follows the policy in force; a scaler that is not needed scales by 1 and keeps its state.
  void set_policy(const Policy& policy) { needed_ = needed(policy); }

  bool active() const { return kind_ != Kind::none && needed_; }
  double scale() const { return active() ? state_.scale : 1.0; }

  /// Tells the scaler how a step went. Returns true if the step is to be applied, false if it is to be
  /// skipped. Must not be called while the scaler is not active.
  bool update(bool gradients_finite);

  /// True when scaling no longer helps: 20 steps in a row were skipped although the scale cannot fall
  /// further.
  bool exhausted() const;

  const State& state() const { return state_; }
  void restore(const State& state) { state_ = state; }

 private:
  static constexpr std::int64_t patience = 20;

  Kind kind_ = Kind::none;
  bool needed_ = false;
  State state_;
};

}  // namespace halfwave
