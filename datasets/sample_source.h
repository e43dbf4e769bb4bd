#pragma once

#include "core/training/events.h"
#include "datasets/info.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace halfwave {
struct DataBundle;
}

namespace halfwave::datasets {

/// A loaded dataset seen sample by sample, free of LibTorch, so that a window can browse it. Sets are the
/// training set first, then the test sets. Copies are cheap and share the data; every function may be called
/// from any thread. Indices that do not exist throw RequestError.
class SampleSource {
 public:
  SampleSource();  ///< no sets
  explicit SampleSource(std::shared_ptr<const DataBundle> data);
  /// One file as one set. Throws RequestError that names the file.
  static SampleSource open(const std::filesystem::path& file, int dimension = 0);

  int set_count() const;
  /// `training`, or `test <label>`; the file's name for an opened file.
  std::string set_name(int set) const;
  int sample_count(int set) const;
  /// Names, units, grid, statistics and provenance; computed at the first call for a set.
  const DatasetInfo& summary(int set) const;

  Field input(int set, int sample, int channel = 0) const;
  Field output(int set, int sample, int channel = 0) const;

  /// What the source shows; never null.
  std::shared_ptr<const DataBundle> data() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace halfwave::datasets
