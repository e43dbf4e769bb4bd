#pragma once

#include "core/operators/operator.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace halfwave {

/// How far an operator is from an exported neuraloperator model, on one recorded case. Errors are relative to
/// the largest magnitude of each tensor.
struct ParityCase {
  std::string file;
  std::string engine;
  int index = 0;
  double max_output_error = 0.0;
  double max_gradient_error = 0.0;
  std::string worst_gradient;  ///< the parameter it was seen in
  bool passed = false;
};

/// A file that cannot be compared, and why.
struct ParitySkip {
  std::string file;
  std::string reason;
};

struct ParityReport {
  std::vector<ParityCase> cases;
  std::vector<ParitySkip> skipped;
};

inline constexpr double parity_output_tolerance = 1e-5;
inline constexpr double parity_gradient_tolerance = 1e-4;

/// Runs every exported model (`*.pt` with meta, state and cases) of a folder through both engines in fp32.
/// Throws RequestError when the folder does not exist or holds no such file.
ParityReport check_parity(const std::filesystem::path& folder);

}  // namespace halfwave
