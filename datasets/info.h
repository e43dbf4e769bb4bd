#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace halfwave {
struct Dataset;
}

namespace halfwave::datasets {

/// Statistics of one channel over all samples and points.
struct ChannelSummary {
  double min = 0.0, max = 0.0, mean = 0.0;
  double std = 0.0;  ///< of the values around their mean, divided by their number
};

/// Statistics over all samples, channels and points.
struct ValueSummary {
  std::string name;
  std::string unit;  ///< empty for a number without unit
  std::int64_t channels = 0;
  double min = 0.0, max = 0.0, mean = 0.0;
  double std = 0.0;                  ///< as above
  std::vector<ChannelSummary> each;  ///< by channel
};

/// What a dataset holds, free of LibTorch.
struct DatasetInfo {
  std::string name;
  std::int64_t samples = 0;
  std::vector<std::int64_t> grid;
  ValueSummary input;
  ValueSummary output;
  std::vector<std::string> provenance;
};

DatasetInfo summarize(const Dataset& dataset);

/// Reads a dataset file and sums it up. `dimension` as in `read_pt`. Throws RequestError that names the file.
DatasetInfo info_of_file(const std::filesystem::path& file, int dimension = 0);

/// A few lines for a terminal.
std::string to_text(const DatasetInfo& info);
/// {"name", "samples", "grid", "input": {"name", "unit", "channels", "min", "max", "mean", "std"}, "output":
/// {…}, "provenance"} in one line.
std::string to_json(const DatasetInfo& info);

}  // namespace halfwave::datasets
