#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"
#include "core/training/trainer.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace halfwave {

struct DataBundle;

/// One of the things compared: the base experiment with some fields set, as `--set` writes them.
struct Variant {
  std::string name;
  std::vector<std::string> assignments;  ///< `precision.policy=mixed`
  bool operator==(const Variant&) const = default;
};

/// A comparison document: variants of one experiment on the same data, for each of some seeds. As JSON:
/// {"name": …, "experiment": {…} or the name of a preset, "variants": [{"name": …, "set": [field=value …]}],
/// "seeds": [0, 1, 2]}.
struct ComparisonSpec {
  std::string name;
  Experiment base;
  std::vector<Variant> variants;
  std::vector<std::uint64_t> seeds;  ///< of weights and batches; the data's seed stays the base's
};

/// Reads a comparison document or the name of a shipped one. Throws RequestError or FieldError, one sentence.
ComparisonSpec load_comparison(const std::string& file_or_name);
ComparisonSpec parse_comparison(std::string_view text, std::string_view where);
std::string to_json(const ComparisonSpec& spec);
/// True for the name of a shipped comparison and for a JSON file that has variants, so that an experiment's
/// file can be told from a comparison's.
bool is_comparison(const std::string& file_or_name);
/// Names of the shipped comparisons.
const std::vector<std::string>& shipped_comparisons();

/// Variants of `base` that differ in the policy. A name is a preset, `schedule` for the paper's schedule, or
/// the file of a policy table. Throws RequestError for a name that is none.
std::vector<Variant> policy_variants(const Experiment& base, const std::vector<std::string>& policies);

/// One run of a comparison.
struct ComparedRun {
  std::size_t variant = 0;
  std::uint64_t seed = 0;
  Experiment experiment;
  RunResult result;
  std::filesystem::path folder;  ///< empty when nothing is recorded
};

/// The runs a comparison consists of: for each seed every variant. Throws RequestError or FieldError for a
/// variant that is wrong, and where two variants would not see the same data (any `dataset` field but the
/// normalizers).
std::vector<ComparedRun> plan_comparison(const ComparisonSpec& spec);

/// Trains several runs on the same data, with the same batches for equal seeds.
class Comparison {
 public:
  struct Options {
    std::filesystem::path
        folder;            ///< each run gets a folder in it, `<variant>-seed<seed>`; empty = no records
    bool in_turn = false;  ///< all runs step in turn, in phase; otherwise one after another
    double max_snapshots_per_second = 15.0;  ///< of each run
    int snapshot_sample = 0;
  };
  /// `observer(i)` receives the events of run i of `runs`; it may be nullptr. Observers and data must outlive
  /// this.
  Comparison(std::vector<ComparedRun> runs, const DataBundle& data,
             std::function<Observer*(std::size_t)> observer, Options options);
  ~Comparison();  ///< stops and joins

  /// Trains until all have ended: in the calling thread, or in a thread a run where they step in turn. A run
  /// that fails does not stop the others; one that was never begun, after a stop, stays idle. Observers are
  /// called one at a time. Called once.
  const std::vector<ComparedRun>& run();

  // From any thread. They return at once.
  void pause();
  void resume();
  void stop();
  /// Throws RequestError when the first test set has no such sample.
  void set_snapshot_sample(int sample);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Mean and spread over the seeds of one variant.
struct VariantSummary {
  std::string variant;
  int runs = 0;
  int failed = 0;
  struct Figure {
    double mean = 0.0;
    double deviation = 0.0;  ///< sample standard deviation; 0 for one run
  };
  std::map<std::string, std::pair<Figure, Figure>> metrics;  ///< test set → L2, H1
  Figure seconds;
  Figure step_seconds;  ///< median step, by run
  std::int64_t peak_bytes = 0;
  std::string message;  ///< of a failed run
};
std::vector<VariantSummary> summarize(const ComparisonSpec& spec, const std::vector<ComparedRun>& runs);

}  // namespace halfwave
