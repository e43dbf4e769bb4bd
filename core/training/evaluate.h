#pragma once

#include "core/data/dataset.h"
#include "core/data/normalizer.h"
#include "core/operators/operator.h"
#include "core/training/trainer.h"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace halfwave {

/// x (B, C_in, axis…) in the data's units → the operator's answer (B, C_out, axis…) in the data's units,
/// without a graph for gradients.
at::Tensor predict(Operator& op, const Normalizers& normalizers, const at::Tensor& x);

/// Errors on each test set, in the data's own units: relative norms of each sample and channel, averaged.
/// A result that is not finite is returned as such.
std::map<std::string, Metrics> evaluate(Operator& op, const Normalizers& normalizers,
                                        const std::vector<TestSet>& tests, int batch_size);

/// Evaluates a run's checkpoint under the policy it was saved with, or under `policy`, a preset or the file
/// of a policy table; `overrides` come on top of either. Weights are cast to their formats for the purpose,
/// so this also tells what casting a trained operator costs. The result has the run's state, epochs and
/// seconds, and the memory of this evaluation. Throws RequestError when the folder holds no checkpoint, when
/// the policy cannot be used, or when the test sets do not fit the operator.
RunResult evaluate_run(const std::filesystem::path& run_folder, const std::vector<TestSet>& tests,
                       const std::optional<std::string>& policy = std::nullopt,
                       const std::vector<PolicyOverride>& overrides = {});

}  // namespace halfwave
