#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/precision/policy_json.h"
#include "core/training/run_folder.h"
#include "core/training/run_metrics.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace halfwave {
namespace {

namespace fs = std::filesystem;

RunState state_from_name(const std::string& text) {
  for (const RunState state : {RunState::idle, RunState::preparing, RunState::running, RunState::paused,
                               RunState::finished, RunState::stopped, RunState::failed})
    if (text == name(state)) return state;
  throw RequestError("there is no state \"" + text + "\"");
}

MemoryReport memory_from(const nlohmann::json& peak, const nlohmann::json& live = nlohmann::json::object()) {
  MemoryReport report;
  report.peak_total = peak.value("total", std::int64_t{0});
  for (const MemoryCategory category : counted_categories) {
    const auto index = static_cast<std::size_t>(category);
    report.peak[index] = peak.value(std::string(name(category)), std::int64_t{0});
    report.live[index] = live.value(std::string(name(category)), std::int64_t{0});
  }
  return report;
}

/// Step s of epoch e lies before (e + 1)·n, so every recorded step gives a least n, and the last one of an
/// epoch gives n itself.
void look_at_step(std::int64_t step, int epoch, RunRecord& record) {
  record.steps_per_epoch = std::max(record.steps_per_epoch, static_cast<int>(step / (epoch + 1)) + 1);
}

/// Takes over the newest state event and every change of the policy. Lines that are not whole or not known
/// are left out: a newer version may write more.
void apply_event(const std::string& line, RunRecord& record) try {
  const auto json = nlohmann::json::parse(line);
  const auto& kind = json.at("event");
  if (kind == "step") look_at_step(json.at("step"), json.at("epoch"), record);
  if (kind == "policy") {
    record.policies.push_back(
        {json.at("epoch"), json.at("step"), json.at("by_schedule"), policy_from_json(json.at("policy"))});
  }
  if (kind == "memory") {
    record.memory_curve.push_back(
        {json.at("step"), memory_from(json.at("peak_bytes"), json.at("live_bytes"))});
    record.memory = record.memory_curve.back().report;
  }
  if (kind != "state") return;
  record.state = state_from_name(json.at("state"));
  record.message = json.value("message", "");
  record.non_finite.reset();
  if (json.contains("non_finite")) {
    const auto& where = json["non_finite"];
    record.non_finite = NonFinite{where.at("layer"), where.at("stage"), where.at("backward"),
                                  where.at("epoch"), where.at("step")};
  }
  if (json.contains("peak_bytes")) record.memory = memory_from(json["peak_bytes"]);
} catch (const nlohmann::json::exception&) {
} catch (const RequestError&) {
}

}  // namespace

RunRecord read_run(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw RequestError("There is no folder " + folder.string() + "; a run folder would be right.");
  if (!is_run_folder(folder))
    throw RequestError(folder.string() + " is no run folder: it holds no " + run_file::experiment + ".");
  RunRecord record;
  const fs::path experiment = folder / run_file::experiment;
  record.experiment = experiment_from_json(read_file(experiment), experiment.string());
  if (fs::exists(folder / run_file::metrics, error))
    record.epochs = parse_metrics(read_file(folder / run_file::metrics));
  for (EpochEvent& event : record.epochs) {
    event.epochs = record.experiment.training.epochs;
    record.seconds = event.total_seconds;
    if (!event.metrics.empty()) record.metrics = event.metrics;
  }
  if (fs::exists(folder / run_file::events, error)) {
    const std::string text = read_file(folder / run_file::events);
    for (std::size_t begin = 0, end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1)
      apply_event(text.substr(begin, end - begin), record);
  }
  record.range =
      last_range(folder / run_file::ranges, static_cast<std::size_t>(record.experiment.op.layers) + 2);
  record.has_checkpoint = fs::is_regular_file(folder / run_file::checkpoint, error);
  return record;
}

}  // namespace halfwave
