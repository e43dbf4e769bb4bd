#pragma once

#include "core/analysis/roofline.h"
#include "core/device/memory_report.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace halfwave::cli {

/// A problem that is measured, with one channel in and out.
struct BenchShape {
  std::string name;
  std::vector<std::int64_t> grid;
  std::vector<int> modes;
  int width = 0;
  int batch = 0;
  int layers = 4;
};

/// S, M and L: square grids, four blocks.
const std::vector<BenchShape>& bench_shapes();
/// Throws RequestError naming the shapes there are.
const BenchShape& bench_shape(const std::string& name);

/// What is changed of a shape; what is empty or 0 stays. One number of modes serves every axis.
struct BenchChanges {
  std::vector<std::int64_t> grid;
  std::vector<int> modes;
  int width = 0;
  int batch = 0;
  int layers = 0;
};
/// The shape with these changes, named `custom` if there are any. Throws RequestError naming the option that
/// cannot be.
BenchShape changed_shape(BenchShape shape, const BenchChanges& changes);

struct BenchRequest {
  BenchShape shape;
  std::string policy = "full";  ///< preset or policy file
  std::string engine = "dft";   ///< or `auto`
  std::string device = "cpu";
  int threads = 0;        ///< 0 = as many as LibTorch takes by itself
  int repeat = 10;        ///< timed steps and timed inferences, after two untimed ones
  bool roofline = false;  ///< measure the machine as well and count the work
};

/// What the counted work would take at the rates measured on this machine.
struct BenchRoofline {
  MachineRates rates;
  std::vector<PartTime> step, inference;
};

struct BenchResult {
  std::string engine;  ///< that computed
  int threads = 0;
  std::vector<double> step_ms;       ///< forward, backward and Adam on relative L2, one a timed step
  std::vector<double> inference_ms;  ///< forward without gradients
  MemoryReport memory;               ///< of a step; `peak` is the split at its peak
  std::int64_t weights = 0, gradients = 0, optimizer = 0;  ///< bytes of each when all of it is there
  std::int64_t saved_activations = 0;  ///< bytes that autograd keeps after a forward pass and the loss
  std::int64_t card_peak = 0;          ///< bytes in tensors on a card, at the peak of the steps; 0 on the CPU
  std::int64_t idle_resident = 0;      ///< bytes, of the process before the operator was built
  std::int64_t peak_resident = 0;      ///< bytes, while it was built and trained
  std::optional<BenchRoofline> roofline;
};

/// Builds the operator, trains on one batch of random fields and measures. Throws RequestError for a policy
/// or engine that does not exist.
BenchResult run_bench(const BenchRequest& request);

}  // namespace halfwave::cli
