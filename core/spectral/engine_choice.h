#pragma once

#include "core/precision/policy.h"
#include "core/spectral/mode_layout.h"

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace halfwave {

/// What a choice between the engines depends on, beside the machine.
struct EngineProblem {
  ModeLayout layout;
  std::int64_t channels = 1;
  Format format = Format::fp32;  ///< of the transforms, 32 bits or more
  c10::Device device = c10::Device(c10::kCPU);
};

/// Seconds that one transform, its inverse and their adjoints take with each engine.
struct EngineTimes {
  double fft = 0.0;
  double dft = 0.0;
};

/// Times both engines in turn on a field of the problem, the best of several passes each: some tenths of a
/// second for large grids. The random generator is not used.
EngineTimes measure_engines(const EngineProblem& problem);

/// Remembers which engine was faster, in memory and in a small JSON file, by problem, processor and number of
/// threads. A file that is damaged, or cannot be written, is as good as none. Thread-safe.
class EngineChoices {
 public:
  using Measure = std::function<EngineTimes(const EngineProblem&)>;
  /// Without a file nothing outlives the process.
  explicit EngineChoices(std::optional<std::filesystem::path> file, Measure measure = measure_engines);

  /// `fft` or `dft`, measured the first time a problem is met.
  std::string faster(const EngineProblem& problem);

 private:
  void load();
  void save() const;

  std::mutex mutex_;
  std::optional<std::filesystem::path> file_;
  Measure measure_;
  bool loaded_ = false;
  std::map<std::string, std::string> known_;
};

/// The choices of this person on this machine: `engines.json` in $XDG_CACHE_HOME/halfwave or
/// ~/.cache/halfwave.
EngineChoices& engine_choices();

/// The formats that the policies have their transforms in, forward and inverse.
std::vector<Format> transform_formats(const std::vector<Policy>& policies);

/// The engine that computes where an operator asks for `engine`: the named one, or for `auto` the faster on
/// this grid. In formats below 32 bits `fft` overflows where `dft` cannot, so that then `auto` is `dft`.
/// `formats` are all that the transforms will be computed in.
std::string resolved_engine(const std::string& engine, const std::vector<std::int64_t>& grid,
                            const std::vector<int>& modes, std::int64_t channels,
                            const std::vector<Format>& formats, c10::Device device,
                            EngineChoices& choices = engine_choices());

}  // namespace halfwave
