#pragma once

namespace halfwave {

/// Names of the files in a run folder.
namespace run_file {
inline constexpr const char* experiment = "experiment.json";
inline constexpr const char* metrics = "metrics.csv";
inline constexpr const char* events = "events.jsonl";
inline constexpr const char* ranges = "ranges.jsonl";
inline constexpr const char* checkpoint = "checkpoint.pt";
inline constexpr const char* environment = "environment.json";
inline constexpr const char* fields = "fields";
}  // namespace run_file

}  // namespace halfwave
