#include "core/training/run_summary.h"

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/files/atomic_file.h"
#include "core/training/run_files.h"
#include "core/training/run_metrics.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <string_view>
#include <sys/file.h>
#include <unistd.h>

namespace halfwave {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes = 4096;
constexpr std::size_t tail_bytes = 128 * 1024;
constexpr std::size_t median_steps = 64;

constexpr std::array stamped = {run_file::experiment, run_file::metrics, run_file::events};

/// Whoever appends to a file holds a shared lock on it.
bool is_being_written(const fs::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return false;
  const bool refused = ::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  ::close(descriptor);
  return refused;
}

struct Ends {
  std::string head, tail;  ///< whole lines; the tail is the whole file when that is short
  bool whole = true;       ///< nothing lies before the tail
};

Ends read_ends(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const auto size = static_cast<std::size_t>(std::max<std::streamoff>(stream.tellg(), 0));
  const auto read = [&stream](std::size_t from, std::size_t count) {
    std::string text(count, '\0');
    stream.clear();
    stream.seekg(static_cast<std::streamoff>(from));
    stream.read(text.data(), static_cast<std::streamsize>(count));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
    return text;
  };
  Ends ends;
  ends.head = read(0, std::min(size, head_bytes));
  ends.whole = size <= tail_bytes;
  ends.tail = read(ends.whole ? 0 : size - tail_bytes, std::min(size, tail_bytes));
  if (!ends.whole) ends.tail.erase(0, ends.tail.find('\n') + 1);
  return ends;
}

template <typename Visit>
void each_line(std::string_view text, Visit&& visit) {
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1))
    visit(text.substr(0, end));
}

/// The number behind `"key":` in a line, without reading the rest of it; negative when there is none.
double number_after(std::string_view line, std::string_view key) {
  const auto found = line.find(key);
  if (found == std::string_view::npos) return -1.0;
  return std::strtod(std::string(line.substr(found + key.size(), 32)).c_str(), nullptr);
}

RunStanding standing_of(const std::string& state, bool written) {
  if (state == name(RunState::finished)) return RunStanding::finished;
  if (state == name(RunState::stopped)) return RunStanding::stopped;
  if (state == name(RunState::failed)) return RunStanding::failed;
  if (!written) return RunStanding::interrupted;
  return state == name(RunState::paused) ? RunStanding::paused : RunStanding::running;
}

void read_events(const fs::path& file, RunSummary& run) {
  const Ends ends = read_ends(file);
  each_line(ends.head, [&run](std::string_view line) {
    if (run.started <= 0.0) run.started = std::max(0.0, number_after(line, "\"time\":"));
  });
  std::string state;
  std::vector<double> seconds;
  each_line(ends.tail, [&](std::string_view line) {
    if (line.starts_with(R"({"event":"step")")) {
      const double value = number_after(line, "\"seconds\":");
      if (value > 0.0) seconds.push_back(value);
    } else if (line.starts_with(R"({"event":"memory")")) {
      const auto peak = line.find(R"("peak_bytes":)");
      if (peak == std::string_view::npos) return;
      const double total = number_after(line.substr(peak), R"("total":)");
      if (total > 0.0) run.peak_bytes = static_cast<std::int64_t>(total);
    } else if (line.starts_with(R"({"event":"state")")) {
      const auto json = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
      if (!json.is_object() || !json.contains("state") || !json["state"].is_string()) return;
      state = json["state"].get<std::string>();
      const auto said = json.find("message");
      run.message = said != json.end() && said->is_string() ? said->get<std::string>() : std::string();
      const auto peak = json.find("peak_bytes");
      if (peak != json.end() && peak->is_object() && (*peak)["total"].is_number())
        run.peak_bytes = (*peak)["total"].get<std::int64_t>();
    }
  });
  run.standing = standing_of(state, is_being_written(file));
  if (seconds.empty()) return;
  if (seconds.size() > median_steps) seconds.erase(seconds.begin(), seconds.end() - median_steps);
  const auto middle = seconds.begin() + static_cast<std::ptrdiff_t>(seconds.size() / 2);
  std::nth_element(seconds.begin(), middle, seconds.end());
  run.step_seconds = *middle;
}

/// The test set on the grid of the training data where there is one, else the one with the finest.
std::string chosen_set(const RunSummary& run) {
  const std::string own = std::to_string(run.experiment.dataset.resolution);
  std::string finest;
  for (const EpochEvent& epoch : run.epochs) {
    for (const auto& [label, metrics] : epoch.metrics) {
      if (run.experiment.dataset.source != "file" && label == own) return label;
      if (finest.empty() || std::atoi(label.c_str()) > std::atoi(finest.c_str())) finest = label;
    }
  }
  return finest;
}

void find_errors(RunSummary& run) {
  run.test_set = chosen_set(run);
  for (const EpochEvent& epoch : run.epochs) {
    const auto found = epoch.metrics.find(run.test_set);
    if (found == epoch.metrics.end()) continue;
    run.last = found->second;
    if (!run.best) run.best = found->second;
    // Written so that a finite error replaces one that is not a number.
    if (!(run.best->l2 <= found->second.l2)) run.best->l2 = found->second.l2;
    if (!(run.best->h1 <= found->second.h1)) run.best->h1 = found->second.h1;
  }
}

bool has_a_run_file(const fs::path& folder) {
  std::error_code error;
  return std::any_of(stamped.begin(), stamped.end(),
                     [&](const char* file) { return fs::is_regular_file(folder / file, error); });
}

std::vector<fs::path> folders_in(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) found.push_back(entry->path());
  }
  return found;
}

}  // namespace

RunStamp run_stamp(const fs::path& folder) {
  RunStamp stamp;
  for (std::size_t i = 0; i < stamped.size(); ++i) {
    std::error_code error;
    const fs::path file = folder / stamped[i];
    const auto time = fs::last_write_time(file, error);
    if (error) continue;
    stamp.files[i].time = time.time_since_epoch().count();
    stamp.files[i].size = fs::file_size(file, error);
  }
  stamp.written = is_being_written(folder / run_file::events);
  return stamp;
}

RunSummary summarize_run(const fs::path& folder) {
  RunSummary run;
  run.folder = folder;
  try {
    const fs::path experiment = folder / run_file::experiment;
    const fs::path metrics = folder / run_file::metrics;
    std::error_code error;
    read_events(folder / run_file::events, run);
    if (fs::exists(metrics, error)) run.epochs = parse_metrics(read_file(metrics));
    run.experiment = experiment_from_json(read_file(experiment), experiment.string());
    find_errors(run);
  } catch (const std::exception& error) {
    run.standing = RunStanding::unreadable;
    run.message = error.what();
    run.experiment = {};
  }
  return run;
}

std::vector<fs::path> find_run_folders(const fs::path& root) {
  std::vector<fs::path> runs;
  for (const fs::path& folder : folders_in(root)) {
    if (has_a_run_file(folder)) {
      runs.push_back(folder);
      continue;
    }
    for (const fs::path& deeper : folders_in(folder))
      if (has_a_run_file(deeper)) runs.push_back(deeper);
  }
  std::sort(runs.begin(), runs.end());
  return runs;
}

}  // namespace halfwave
