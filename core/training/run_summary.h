#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace halfwave {

/// How a run folder stands, as a list of runs shows it.
enum class RunStanding : std::uint8_t {
  running,  ///< a program is writing it
  paused,
  finished,
  stopped,
  failed,
  interrupted,  ///< it says that it is going on, but no program is writing it
  unreadable    ///< half-written, damaged, or of a newer version
};

/// What a list says of a run folder.
struct RunSummary {
  std::filesystem::path folder;
  RunStanding standing = RunStanding::unreadable;
  std::string message;    ///< why it has failed or cannot be read; a sentence, or empty
  Experiment experiment;  ///< as it stands in the folder; a default one when that cannot be read
  std::vector<EpochEvent> epochs;
  std::string test_set;         ///< whose errors `last` and `best` are; empty before an evaluation
  std::optional<Metrics> last;  ///< of the last evaluation
  std::optional<Metrics> best;  ///< the least of each since the beginning
  double step_seconds = 0.0;    ///< median of the last recorded steps; 0 while there are none
  std::int64_t peak_bytes = 0;  ///< 0 while it is not known
  double started = 0.0;         ///< seconds since 1970; 0 when it is not known
};

/// What changes when a run folder does: sizes and times of its files, and whether a program writes it.
struct RunStamp {
  struct File {
    std::int64_t time = 0;
    std::uintmax_t size = 0;
    bool operator==(const File&) const = default;
  };
  std::array<File, 3> files{};
  bool written = false;
  bool operator==(const RunStamp&) const = default;
};
RunStamp run_stamp(const std::filesystem::path& folder);

/// Reads a run folder for a list: of a long record only its beginning and its end. Never throws; what cannot
/// be read is said in the summary.
RunSummary summarize_run(const std::filesystem::path& folder);

/// The run folders in `root`, and those one folder deeper, where a comparison keeps its own. A folder that
/// holds some but not all files of a run is among them. Empty when `root` cannot be read.
std::vector<std::filesystem::path> find_run_folders(const std::filesystem::path& root);

}  // namespace halfwave
