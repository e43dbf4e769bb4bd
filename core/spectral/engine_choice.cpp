#include "core/spectral/engine_choice.h"

#include "core/device/machine.h"
#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/files/cache_folder.h"
#include "core/files/json_text.h"
#include "core/precision/round_tensor.h"
#include "core/spectral/engine.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <chrono>
#include <limits>

namespace halfwave {
namespace {

namespace fs = std::filesystem;

constexpr int passes = 3;
// Fields beyond this size are no better to measure with.
constexpr std::int64_t most_values = std::int64_t{8} << 20;

std::string joined(const std::vector<std::int64_t>& numbers) {
  std::string text;
  for (const auto n : numbers) {
    if (!text.empty()) text += 'x';
    text += std::to_string(n);
  }
  return text;
}

std::string key_of(const EngineProblem& problem) {
  std::string key = joined(problem.layout.grid);
  key += " modes " + joined(problem.layout.modes);
  key += " channels " + std::to_string(problem.channels);
  key += ' ';
  key += name(problem.format);
  key += " on " + problem.device.str();
  key += ", " + std::to_string(at::get_num_threads());
  key += " threads, " + processor_info().model;
  return key;
}

std::optional<fs::path> file_in_cache() {
  const auto folder = user_cache_folder();
  return folder ? std::optional(*folder / "engines.json") : std::nullopt;
}

// Values without a pattern, the same every time.
at::Tensor some_values(const std::vector<std::int64_t>& shape, const at::TensorOptions& options) {
  std::int64_t count = 1;
  for (const auto n : shape) count *= n;
  return at::arange(count, options).mul_(0.7).sin_().view(shape);
}

struct Inputs {
  at::Tensor field, modes;
};

double pass_seconds(SpectralEngine& engine, const EngineProblem& problem, const Inputs& in,
                    Arithmetic arithmetic) {
  const auto begin = std::chrono::steady_clock::now();
  at::Tensor last;
  engine.transform(in.field, problem.layout, arithmetic);
  engine.inverse(in.modes, problem.layout, arithmetic);
  engine.inverse_adjoint(in.field, problem.layout, arithmetic);
  last = engine.transform_adjoint(in.modes, problem.layout, arithmetic);
  // On a device that runs ahead, reading a value waits for it.
  if (!last.is_cpu()) last.flatten()[0].item<double>();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

EngineTimes measure_engines(const EngineProblem& problem) {
  const c10::AutoGradMode no_gradient(false);
  const MemoryScope scope(MemoryCategory::other);
  const auto values = problem.layout.point_count() * problem.channels;
  const std::int64_t batch = std::clamp<std::int64_t>(most_values / std::max<std::int64_t>(values, 1), 1, 4);
  std::vector<std::int64_t> field{batch}, modes{batch, 2};
  field.insert(field.end(), problem.layout.grid.begin(), problem.layout.grid.end());
  modes.insert(modes.end(), problem.layout.modes.begin(), problem.layout.modes.end());
  field.push_back(problem.channels);
  modes.push_back(problem.channels);
  const auto options = at::TensorOptions(tensor_type(problem.format)).device(problem.device);
  const Inputs in{some_values(field, options), some_values(modes, options)};
  const Arithmetic arithmetic = Arithmetic::of(problem.format, problem.device);
  const auto fft = make_engine("fft"), dft = make_engine("dft");
  pass_seconds(*fft, problem, in, arithmetic);
  pass_seconds(*dft, problem, in, arithmetic);
  EngineTimes best{std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  for (int pass = 0; pass < passes; ++pass) {
    best.fft = std::min(best.fft, pass_seconds(*fft, problem, in, arithmetic));
    best.dft = std::min(best.dft, pass_seconds(*dft, problem, in, arithmetic));
  }
  return best;
}

EngineChoices::EngineChoices(std::optional<fs::path> file, Measure measure)
    : file_(std::move(file)), measure_(std::move(measure)) {}

std::string EngineChoices::faster(const EngineProblem& problem) {
  const std::lock_guard lock(mutex_);
  if (!loaded_) load();
  loaded_ = true;
  const std::string key = key_of(problem);
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  const EngineTimes times = measure_(problem);
  const std::string engine = times.fft < times.dft ? "fft" : "dft";
  known_[key] = engine;
  save();
  return engine;
}

// Only entries that could have been written here are taken.
void EngineChoices::load() {
  std::error_code error;
  if (!file_ || !fs::is_regular_file(*file_, error)) return;
  try {
    const nlohmann::json json = parse_json(read_file(*file_), file_->string());
    if (!json.is_object()) return;
    for (const auto& [key, value] : json.items())
      if (value == "fft" || value == "dft") known_[key] = value.get<std::string>();
  } catch (const Error&) {
    known_.clear();
  }
}

void EngineChoices::save() const {
  if (!file_) return;
  std::error_code error;
  fs::create_directories(file_->parent_path(), error);
  try {
    replace_file(*file_, nlohmann::json(known_).dump(2) + "\n", false);
  } catch (const Error&) {
    // It is measured again next time.
  }
}

EngineChoices& engine_choices() {
  static EngineChoices choices(file_in_cache());
  return choices;
}

std::vector<Format> transform_formats(const std::vector<Policy>& policies) {
  std::vector<Format> formats;
  for (const Policy& policy : policies)
    for (std::size_t layer = 0; layer < policy.layers.size(); ++layer)
      for (const Stage stage : {Stage::forward_transform, Stage::inverse_transform})
        if (has_stage(layer, policy.layers.size(), stage)) formats.push_back(policy.layers[layer][stage]);
  return formats;
}

std::string resolved_engine(const std::string& engine, const std::vector<std::int64_t>& grid,
                            const std::vector<int>& modes, std::int64_t channels,
                            const std::vector<Format>& formats, c10::Device device, EngineChoices& choices) {
  if (engine != "auto") return engine;
  Format widest = Format::fp32;
  for (const Format format : formats) {
    if (storage_bytes(format) < 4) return "dft";
    if (format == Format::fp64) widest = format;
  }
  return choices.faster({make_layout(grid, modes), channels, widest, device});
}

}  // namespace halfwave
