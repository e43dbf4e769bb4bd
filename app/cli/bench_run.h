#pragma once

#include "core/device/memory_report.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwave::cli {

/// One of the fixed problems that are measured: a square grid, four blocks, one channel in and out.
struct BenchShape {
  std::string name;
  int points = 0;  ///< along each axis
  int modes = 0;   ///< along each axis
  int width = 0;
  int batch = 0;
};

/// S, M and L.
const std::vector<BenchShape>& bench_shapes();
/// Throws RequestError naming the shapes there are.
const BenchShape& bench_shape(const std::string& name);

struct BenchRequest {
  BenchShape shape;
  std::string policy = "full";  ///< preset or policy file
  std::string engine = "dft";
  int threads = 0;  ///< 0 = as many as LibTorch takes by itself
  int repeat = 10;  ///< timed steps and timed inferences, after two untimed ones
};

struct BenchResult {
  int threads = 0;
  std::vector<double> step_ms;       ///< forward, backward and Adam on relative L2, one a timed step
  std::vector<double> inference_ms;  ///< forward without gradients
  MemoryReport memory;               ///< of a step; `peak` is the split at its peak
  std::int64_t weights = 0, gradients = 0, optimizer = 0;  ///< bytes of each when all of it is there
  std::int64_t saved_activations = 0;  ///< bytes that autograd keeps after a forward pass and the loss
  std::int64_t idle_resident = 0;      ///< bytes, of the process before the operator was built
  std::int64_t peak_resident = 0;      ///< bytes, while it was built and trained
};

/// Builds the operator, trains on one batch of random fields and measures. Throws RequestError for a policy
/// or engine that does not exist.
BenchResult run_bench(const BenchRequest& request);

}  // namespace halfwave::cli
