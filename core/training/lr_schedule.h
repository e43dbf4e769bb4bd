#pragma once

#include "core/experiment/experiment.h"

namespace halfwave {

/// The learning rate of an epoch (from 0). `constant`; `step`: multiplied by `lr_gamma` every `lr_period`
/// epochs; `cosine`: lr · (1 + cos(π · epoch / lr_period)) / 2, the closed form of PyTorch's
/// CosineAnnealingLR. A period of 0 means as many epochs as the run has. Throws FieldError for an unknown
/// schedule.
double learning_rate_at(const TrainingSpec& spec, int epoch);

}  // namespace halfwave
