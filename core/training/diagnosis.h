#pragma once

#include "core/experiment/experiment.h"
#include "core/precision/stage_probe.h"
#include "core/training/events.h"

#include <optional>
#include <string>

namespace halfwave {

/// Remembers the first stage whose result holds an infinity or NaN.
class NonFiniteProbe final : public StageProbe {
 public:
  struct Finding {
    std::size_t layer;
    Stage stage;
    bool backward;
  };

  void on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) override;
  const std::optional<Finding>& finding() const { return finding_; }

 private:
  std::optional<Finding> finding_;
};

/// One sentence on what was not finite and where, and one on what would cure it. Epoch and step are told
/// counted from 1. `finding` says which row and stage, if it was one of the operator's.
std::string describe(const NonFinite& where, const std::optional<NonFiniteProbe::Finding>& finding,
                     const Experiment& experiment, const Policy& policy);

}  // namespace halfwave
