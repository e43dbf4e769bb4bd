#pragma once

#include "core/data/dataset.h"
#include "core/data/normalizer.h"
#include "core/experiment/experiment.h"
#include "core/operators/operator.h"
#include "core/training/checkpoint.h"
#include "core/training/optimizer.h"
#include "core/training/trainer.h"

#include <memory>
#include <string>
#include <vector>

namespace halfwave {

struct Channels {
  int in = 0, out = 0;
};

/// Throws RequestError when data cannot be used with an operator: missing or misshapen tensors, other
/// channels, a grid of another dimension or too coarse for the modes. `what` names the data in the sentence.
void check_fit(const Experiment& experiment, Channels channels, const Dataset& data, const std::string& what);

/// Everything about an experiment and its data that can be told before the first step. Throws RequestError.
Channels check_run(const Experiment& experiment, const DataBundle& data);

/// Puts the engine that will compute in the place of `auto`: that of the run that goes on (`begun`, or
/// nullptr), or the faster one on this grid, see core/spectral/engine_choice.h. A named engine stays.
void resolve_engine(Experiment& experiment, const std::vector<std::int64_t>& grid, const Checkpoint* begun);

/// Throws RequestError when a run cannot go on from a checkpoint with this experiment and data: operator,
/// seed, batches and samples must be what they were; the precision, the optimiser's numbers and the epochs
/// may differ.
void check_resume(const Checkpoint& checkpoint, const Experiment& experiment, Channels channels,
                  std::int64_t train_samples);

/// An operator with its weights on the experiment's device. An empty `build` means build_operator.
std::unique_ptr<Operator> build_on_device(const Experiment& experiment, Channels channels,
                                          const decltype(TrainerOptions::build)& build = {});

Normalizers fit_normalizers(const Experiment& experiment, const Dataset& train);
Optimizer::Tensors normalizer_state(const Normalizers& normalizers);
Normalizers restore_normalizers(const Optimizer::Tensors& state, const Experiment& experiment);

}  // namespace halfwave
