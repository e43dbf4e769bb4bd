#pragma once

#include "app/lab/event_queue.h"
#include "core/training/comparison.h"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace halfwave::lab {

/// All that a comparison needs.
struct CompareRequest {
  std::vector<ComparedRun> runs;
  std::shared_ptr<const DataBundle> data;
  Comparison::Options options;
};

/// How a comparison ended; `problem` is why it could not be carried out at all.
struct CompareEnd {
  std::vector<ComparedRun> runs;
  std::string problem;
  bool stopped = false;  ///< a person has ended it
};

/// A comparison in a thread of its own. Commands return at once.
class CompareSession {
 public:
  /// `queues` has one entry a run and, like what `ended` touches, must outlive the session. `ended` is called
  /// on the worker's thread, as its last act.
  CompareSession(CompareRequest request, std::vector<std::unique_ptr<EventQueue>>& queues,
                 std::function<void()> ended);
  ~CompareSession();  ///< stops and joins; returns at once after `ended`
  CompareSession(const CompareSession&) = delete;
  CompareSession& operator=(const CompareSession&) = delete;

  void pause();
  void resume();
  void stop();
  /// Throws RequestError when the first test set has no such sample.
  void set_snapshot_sample(int sample);

  const std::shared_ptr<const DataBundle>& data() const { return data_; }
  /// Empty until the comparison has ended.
  std::optional<CompareEnd> end() const;

 private:
  void work();

  const std::shared_ptr<const DataBundle> data_;
  Comparison comparison_;
  std::function<void()> ended_;
  mutable std::mutex mutex_;
  std::optional<CompareEnd> end_;  // guarded by mutex_, like what follows
  bool stopped_ = false;
  std::thread thread_;  // last: it uses the rest
};

}  // namespace halfwave::lab
