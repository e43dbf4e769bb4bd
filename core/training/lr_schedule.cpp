#include "core/training/lr_schedule.h"

#include "core/error.h"

#include <cmath>
#include <numbers>

namespace halfwave {

double learning_rate_at(const TrainingSpec& spec, int epoch) {
  const int period = std::max(1, spec.lr_period > 0 ? spec.lr_period : spec.epochs);
  if (spec.lr_schedule == "constant") return spec.learning_rate;
  if (spec.lr_schedule == "step") return spec.learning_rate * std::pow(spec.lr_gamma, epoch / period);
  if (spec.lr_schedule == "cosine")
    return spec.learning_rate * 0.5 * (1.0 + std::cos(std::numbers::pi * epoch / period));
  throw FieldError("training.lr_schedule",
                   "\"" + spec.lr_schedule + "\" is not known: constant, step or cosine would be right");
}

}  // namespace halfwave
