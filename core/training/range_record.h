#pragma once

#include "core/files/atomic_file.h"
#include "core/training/events.h"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace halfwave {

/// A range event of an operator with `layers` rows as a line of `ranges.jsonl`, without its end. A histogram
/// is written as its first exponent and the counts from there to the last that is not zero.
std::string range_to_json(const RangeEvent& event, std::size_t layers);

/// The inverse; empty for a line that is not whole, of another version, or of another number of layers.
std::optional<RangeEvent> range_from_json(std::string_view line, std::size_t layers);

/// The last range event of a file that may still be written; empty when there is none.
std::optional<RangeEvent> last_range(const std::filesystem::path& file, std::size_t layers);

/// Writes range events to a file, which is made with the first. Faults are always kept; of the others at most
/// two a second and, as a run grows long, ever fewer: some 3000 in ten hours.
class RangeRecord {
 public:
  RangeRecord() = default;
  RangeRecord(std::filesystem::path file, std::size_t layers) : file_(std::move(file)), layers_(layers) {}

  /// `seconds` on any clock that only goes forward. Throws RunError when the file cannot be written.
  void add(const RangeEvent& event, double seconds);

 private:
  std::filesystem::path file_;
  std::size_t layers_ = 0;
  std::optional<AppendFile> out_;
  std::optional<double> begin_;
  double next_ = 0.0;
};

}  // namespace halfwave
