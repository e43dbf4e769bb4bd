#pragma once

#include "core/precision/stage_probe.h"
#include "core/training/events.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace halfwave {

struct Parameter;

/// Collects the numeric range of every stage's results while it watches an operator. Reports of one layer and
/// stage in one direction become one histogram; the order is that of the first report.
class RangeSampler final : public StageProbe {
 public:
  /// `policy` must outlive this. At most about `most_values` values are looked at a report.
  RangeSampler(const Policy& policy, std::int64_t most_values) : policy_(policy), most_values_(most_values) {}

  void on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) override;
  /// The stage `weights` of each layer.
  void look_at(const std::vector<Parameter>& parameters);
  /// The parameters' gradients, as results of the stages that made them.
  void look_at_gradients(const std::vector<Parameter>& parameters);

  const std::vector<StageRange>& stages() const { return stages_; }
  std::vector<StageRange> take() { return std::move(stages_); }

 private:
  const Policy& policy_;
  std::int64_t most_values_;
  std::vector<StageRange> stages_;
};

/// Looks at every value until the first that is not finite; what comes after it is left out.
class FaultFinder final : public StageProbe {
 public:
  explicit FaultFinder(const Policy& policy);

  void on_stage(std::size_t layer, Stage stage, bool backward, const at::Tensor& result) override;
  void look_at(const std::vector<Parameter>& parameters);
  void look_at_gradients(const std::vector<Parameter>& parameters);

  /// Where the first value that is not finite arose: the last of `stages()`. nullptr when there was none.
  const StageRange* fault() const { return found_ ? &sampler_.stages().at(*found_) : nullptr; }
  /// All that was seen, with the fault, if there is one, at the end.
  std::vector<StageRange> take();

 private:
  RangeSampler sampler_;
  std::optional<std::size_t> found_;
};

}  // namespace halfwave
