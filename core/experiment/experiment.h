#pragma once

#include "core/precision/schedule.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwave {

/// Where samples come from. `source` is `file`, or what is generated and cached, see `generated_sources()`.
struct DatasetSpec {
  std::string source = "darcy";
  int resolution = 64;                       ///< points along each axis (generated sources)
  int samples = 512;                         ///< training samples; for files the most that are taken, 0 = all
  int test_samples = 64;                     ///< test samples per test set; for files 0 = all
  std::vector<int> test_resolutions = {64};  ///< generated sources: grids of the test sets
  std::uint64_t seed = 0;                    ///< of the generator
  double viscosity = 0.0;                  ///< burgers, navier-stokes; diffusivity of heat; 0 = the usual one
  double time = 0.0;                       ///< from the input to the last target; 0 = the usual one
  int frames = 1;                          ///< targets at equal times: channels, or an axis (burgers)
  std::string forcing = "paper";           ///< navier-stokes: paper | kolmogorov | none
  std::string boundary = "periodic";       ///< poisson, heat: periodic | dirichlet
  std::string coefficient = "two-valued";  ///< darcy: two-valued | lognormal
  std::string train;                       ///< file of the training samples (source `file`)
  std::vector<std::string> test;  ///< files of the test sets; empty = test files beside `train`, or a split
  std::string map;  ///< which arrays and axes of a file are what, see `DatasetMap`; empty = guessed
  std::string input_normalizer = "none";          ///< none | per-channel | per-point | min-max
  std::string output_normalizer = "per-channel";  ///< none | per-channel | per-point | min-max
  double input_scale = 1.0;                       ///< inputs are multiplied by this before anything else
  bool operator==(const DatasetSpec&) const = default;
};

/// A Fourier neural operator (Li et al. 2021; defaults as in neuraloperator's FNO).
struct OperatorSpec {
  std::string type = "fno";
  std::vector<int> modes = {16, 16};  ///< kept modes along each axis; its length is the dimension, 1 to 3
  int width = 32;                     ///< hidden channels
  int layers = 4;                     ///< blocks
  double lifting_ratio = 2.0;         ///< hidden channels of the lifting MLP over width
  double projection_ratio = 2.0;      ///< hidden channels of the projection MLP over width
  bool channel_mlp = true;
  double channel_mlp_expansion = 0.5;
  std::string skip = "linear";                   ///< linear | soft-gating | identity | none
  std::string channel_mlp_skip = "soft-gating";  ///< linear | soft-gating | identity | none
  bool grid_embedding = true;
  std::string engine = "dft";  ///< fft | dft | auto: the faster, which a run writes into its document
  bool operator==(const OperatorSpec&) const = default;
};

/// A change of the policy while a run goes on: it holds from step `step` (from 0, over the whole run) until
/// the next phase of the schedule.
struct PolicyEdit {
  std::int64_t step = 0;
  std::string preset = "full";
  std::vector<PolicyOverride> overrides;
  bool operator==(const PolicyEdit&) const = default;
};

/// The policy table as a preset and the cells that differ from it; or a schedule of them.
struct PrecisionSpec {
  std::string policy = "full";
  std::vector<PolicyOverride> overrides;
  std::string half = "fp16";             ///< the 16-bit format of preset `amp`: fp16 | bf16
  std::vector<SchedulePhase> schedule;   ///< empty = `policy` throughout
  std::vector<PolicyEdit> edits;         ///< made by hand while the run went on, in the order of their steps
  int range_every = 25;                  ///< steps between two looks at the numeric range; 0 = never
  std::string loss_scaling = "dynamic";  ///< none | fixed | dynamic (used only while a stage is 16-bit)
  double loss_scale = 1024.0;            ///< first value of the scale
  bool operator==(const PrecisionSpec&) const = default;
};

struct TrainingSpec {
  int epochs = 20;
  int batch_size = 16;
  std::string loss = "h1";          ///< l2 | h1
  std::string optimizer = "adamw";  ///< adam | adamw
  double learning_rate = 5e-3;
  double weight_decay = 1e-4;
  std::string lr_schedule = "cosine";  ///< constant | step | cosine
  int lr_period = 0;      ///< epochs of a cosine half-wave, or between steps; 0 = as many as there are epochs
  double lr_gamma = 0.5;  ///< factor of a step
  bool shuffle = true;
  int evaluate_every = 1;    ///< epochs between evaluations; the last epoch is always evaluated
  int checkpoint_every = 1;  ///< epochs between checkpoints; the last epoch always writes one
  bool operator==(const TrainingSpec&) const = default;
};

/// The document that fully describes a run.
struct Experiment {
  static constexpr int current_version = 1;
  int version = current_version;
  std::string name = "untitled";
  std::uint64_t seed = 0;
  std::string device = "cpu";  ///< cpu | cuda
  DatasetSpec dataset;
  OperatorSpec op;  ///< key `operator` in JSON
  PrecisionSpec precision;
  TrainingSpec training;
  bool operator==(const Experiment&) const = default;
};

/// The 16-bit format of preset `amp`; fp16 when the document's text names none.
Format half_format(const PrecisionSpec& precision);

/// The table that an edit made by hand stands for.
Policy policy_of(const Experiment& experiment, const PolicyEdit& edit);

/// The policy in force at an epoch: the schedule's phase, or the constant one.
Policy policy_at(const Experiment& experiment, int epoch);

}  // namespace halfwave
