#include "core/training/run_folder.h"

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/precision/policy_json.h"
#include "core/training/environment.h"
#include "core/training/json_numbers.h"
#include "core/training/npy.h"
#include "core/training/run_metrics.h"
#include "core/training/stopwatch.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstring>

namespace halfwave {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

double now() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

/// Refuses a folder that cannot become this run's.
void check_folder(const fs::path& folder, bool resume) {
  std::error_code error;
  const bool exists = fs::exists(folder, error);
  if (exists && !fs::is_directory(folder, error))
    throw RequestError(folder.string() + " is a file; a folder for the run would be right.");
  if (resume && !is_run_folder(folder))
    throw RequestError(folder.string() + " holds no run that could be resumed.");
  if (!exists || resume) return;
  if (is_run_folder(folder))
    throw RequestError(folder.string() + " already holds a run; resume it, or choose another folder.");
  const bool empty = fs::is_empty(folder, error);
  if (error) throw RequestError(folder.string() + " cannot be read: " + error.message() + ".");
  if (!empty)
    throw RequestError(folder.string() +
                       " is not empty and holds no run; a new or empty folder would be right.");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder / run_file::fields, error);
  if (error)
    throw RequestError("The run folder " + folder.string() + " cannot be made: " + error.message() + ".");
}

/// The metrics of the epochs before the checkpoint, under this session's columns.
std::string kept_metrics(const fs::path& file, const Checkpoint* checkpoint,
                         const std::vector<std::string>& labels) {
  std::string text = metrics_header(labels);
  std::error_code error;
  if (checkpoint == nullptr || !fs::exists(file, error)) return text;
  for (const EpochEvent& event : parse_metrics(read_file(file)))
    if (event.epoch < checkpoint->position.epoch) text += metrics_line(event, labels);
  return text;
}

/// The events before the checkpoint.
std::string kept_events(const fs::path& file, const Checkpoint* checkpoint) {
  std::string kept;
  std::error_code error;
  if (checkpoint == nullptr || !fs::exists(file, error)) return kept;
  const std::string text = read_file(file);
  for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const std::string line = text.substr(begin, end - begin);
    const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object()) continue;
    const bool later = json.contains("step") ? json["step"] >= checkpoint->position.step
                                             : json.value("epoch", 0) >= checkpoint->position.epoch &&
                                                   json.value("event", "") == "epoch";
    if (!later) kept += line + "\n";
  }
  return kept;
}

void keep_ranges(const fs::path& file, const Checkpoint* checkpoint) {
  std::error_code error;
  if (!fs::exists(file, error)) return;
  replace_file(file, kept_events(file, checkpoint), true);
}

Json peak_bytes(const MemoryReport& memory) {
  Json json{{"total", memory.peak_total}};
  for (const MemoryCategory category : counted_categories)
    json[std::string(name(category))] = memory.peak_of(category);
  return json;
}

Json live_bytes(const MemoryReport& memory) {
  Json json;
  for (const MemoryCategory category : counted_categories)
    json[std::string(name(category))] = memory.live_of(category);
  return json;
}

}  // namespace

bool is_run_folder(const fs::path& folder) {
  std::error_code error;
  return fs::is_regular_file(folder / run_file::experiment, error);
}

RunRecorder RunRecorder::open(const fs::path& folder, const Experiment& experiment, bool resume,
                              const Checkpoint* checkpoint, const std::vector<std::string>& test_labels) {
  RunRecorder recorder;
  if (folder.empty()) return recorder;
  check_folder(folder, resume);
  make_folder(folder);
  recorder.folder_ = folder;
  recorder.labels_ = test_labels;
  try {
    replace_file(folder / run_file::metrics,
                 kept_metrics(folder / run_file::metrics, checkpoint, test_labels), true);
    replace_file(folder / run_file::events, kept_events(folder / run_file::events, checkpoint), true);
    keep_ranges(folder / run_file::ranges, checkpoint);
    replace_file(folder / run_file::environment, describe_environment(experiment), true);
    replace_file(folder / run_file::experiment, to_json(experiment) + "\n", true);
    recorder.metrics_ = AppendFile(folder / run_file::metrics);
    recorder.events_ = AppendFile(folder / run_file::events);
    recorder.ranges_ =
        RangeRecord(folder / run_file::ranges, static_cast<std::size_t>(experiment.op.layers) + 2);
  } catch (const RunError& error) {
    throw RequestError(error.what());
  }
  return recorder;
}

void RunRecorder::write_line(const std::string& text, bool at_once) {
  waiting_ += text + "\n";
  if (!at_once && !flushes_.due(now())) return;
  flushes_.done(now(), 0.0);
  events_.append(waiting_);
  waiting_.clear();
}

void RunRecorder::experiment(const Experiment& experiment) {
  if (!enabled()) return;
  replace_file(folder_ / run_file::experiment, to_json(experiment) + "\n", true);
  replace_file(folder_ / run_file::environment, describe_environment(experiment), true);
}

void RunRecorder::state(const StateEvent& event, const MemoryReport& memory) {
  if (!enabled()) return;
  Json json{{"event", "state"}, {"time", now()}, {"state", name(event.state)}, {"epoch", event.epoch}};
  if (!event.message.empty()) json["message"] = event.message;
  if (const auto& where = event.non_finite)
    json["non_finite"] = {{"layer", where->layer},
                          {"stage", where->stage},
                          {"backward", where->backward},
                          {"epoch", where->epoch},
                          {"step", where->step}};
  if (event.state == RunState::finished || event.state == RunState::stopped ||
      event.state == RunState::failed)
    json["peak_bytes"] = peak_bytes(memory);
  write_line(json.dump(), true);
}

void RunRecorder::step(const StepEvent& event) {
  if (!enabled()) return;
  const double time = now();
  if (!event.skipped && !steps_.due(time)) return;
  steps_.done(time, 0.0);
  Json json{{"event", "step"},
            {"step", event.step},
            {"epoch", event.epoch},
            {"loss", number_to_json(event.loss)},
            {"learning_rate", event.learning_rate},
            {"seconds", event.seconds}};
  if (event.loss_scale != 1.0) json["loss_scale"] = event.loss_scale;
  if (event.skipped) json["skipped"] = true;
  write_line(json.dump(), false);
}

void RunRecorder::epoch(const EpochEvent& event) {
  if (!enabled()) return;
  metrics_.append(metrics_line(event, labels_));
  Json json{{"event", "epoch"},
            {"time", now()},
            {"epoch", event.epoch},
            {"epochs", event.epochs},
            {"train_loss", number_to_json(event.train_loss)},
            {"policy", event.policy},
            {"seconds", event.seconds},
            {"total_seconds", event.total_seconds}};
  for (const auto& [label, value] : event.metrics)
    json["metrics"][label] = {{"l2", number_to_json(value.l2)}, {"h1", number_to_json(value.h1)}};
  write_line(json.dump(), true);
}

void RunRecorder::policy(const PolicyEvent& event) {
  if (!enabled()) return;
  const Json json{{"event", "policy"},
                  {"time", now()},
                  {"epoch", event.epoch},
                  {"step", event.step},
                  {"by_schedule", event.by_schedule},
                  {"policy", policy_to_json(event.policy)}};
  write_line(json.dump(), true);
}

void RunRecorder::range(const RangeEvent& event) {
  if (enabled()) ranges_.add(event, steady_seconds());
}

void RunRecorder::memory(const MemoryEvent& event) {
  if (!enabled() || !memories_.due(now())) return;
  memories_.done(now(), 0.0);
  const Json json{{"event", "memory"},
                  {"step", event.step},
                  {"live_bytes", live_bytes(event.report)},
                  {"peak_bytes", peak_bytes(event.report)}};
  write_line(json.dump(), false);
}

void RunRecorder::snapshot(const SnapshotEvent& event) {
  if (enabled()) snapshot_ = event;
}

void RunRecorder::write_fields() {
  if (!enabled() || !snapshot_) return;
  write_npy(snapshot_->input, folder_ / run_file::fields / "input.npy");
  write_npy(snapshot_->truth, folder_ / run_file::fields / "truth.npy");
  write_npy(snapshot_->prediction, folder_ / run_file::fields / "prediction.npy");
  const Json about{{"epoch", snapshot_->epoch},
                   {"step", snapshot_->step},
                   {"test_set", snapshot_->test_set},
                   {"sample", snapshot_->sample}};
  replace_file(folder_ / run_file::fields / "snapshot.json", about.dump(2) + "\n", false);
}

void RunRecorder::checkpoint(const Checkpoint& checkpoint) {
  if (enabled()) save_checkpoint(checkpoint, folder_ / run_file::checkpoint);
}

}  // namespace halfwave
