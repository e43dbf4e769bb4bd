#pragma once

#include "core/precision/loss_scaler.h"
#include "core/training/events.h"
#include "core/training/optimizer.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace halfwave {

/// Between which two steps a run is.
struct Position {
  int epoch = 0;          ///< from 0; the number of finished epochs
  int step_in_epoch = 0;  ///< steps done in it
  std::int64_t step = 0;  ///< steps done in all
};

/// Everything from which a run goes on as if it had never been interrupted.
struct Checkpoint {
  Position position;
  std::string experiment;  ///< JSON
  std::int64_t train_samples = 0;
  int in_channels = 0, out_channels = 0;

  std::size_t phase = 0;          ///< of the schedule
  Policy policy;                  ///< in force, edits included
  std::size_t edits_applied = 0;  ///< of the experiment's edits
  LossScaler::State scaler;
  std::int64_t optimizer_steps = 0;
  std::uint64_t shuffle_state = 0;  ///< as it was when the epoch began

  double epoch_loss = 0.0;       ///< sum of the epoch's relative norms so far
  std::int64_t epoch_norms = 0;  ///< how many those are
  double epoch_seconds = 0.0;
  double total_seconds = 0.0;
  std::map<std::string, Metrics> metrics;  ///< of the last evaluation

  Optimizer::Tensors weights;      ///< exact, masters where there are some
  Optimizer::Tensors optimizer;    ///< moments
  Optimizer::Tensors normalizers;  ///< state of both, as input.mean, output.maximum, as far as used
  at::Tensor torch_generator;      ///< state of LibTorch's CPU generator
};

/// Writes atomically and durably, as a file that `torch.load` opens too: a dict of `meta` (JSON text),
/// `weights`, `optimizer`, `normalizers` (name → tensor) and `generator`. Throws RunError; the old file is
/// then untouched.
void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file);

/// Throws RequestError, one sentence, for a file that is missing, cut, foreign or of a newer version.
Checkpoint load_checkpoint(const std::filesystem::path& file);

}  // namespace halfwave
