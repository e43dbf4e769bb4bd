#include "app/cli/bench_run.h"
#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/result_output.h"
#include "app/cli/startup.h"
#include "core/error.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <iostream>

namespace halfwave::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Request {
  std::string shape = "M";
  std::string policy = "full";
  std::string engine = "dft";
  int threads = 0;
  int repeat = 10;
  bool json = false;
};

struct Times {
  double median = 0.0, min = 0.0, p90 = 0.0;
};

// `sorted` by linear interpolation between the nearest ranks.
double quantile(const std::vector<double>& sorted, double q) {
  const double rank = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(rank);
  const auto above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (rank - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Times times_of(std::vector<double> ms) {
  std::sort(ms.begin(), ms.end());
  return {quantile(ms, 0.5), ms.front(), quantile(ms, 0.9)};
}

Json to_json(const Times& times) {
  const auto rounded = [](double ms) { return std::round(ms * 1000.0) / 1000.0; };
  return {{"median", rounded(times.median)}, {"min", rounded(times.min)}, {"p90", rounded(times.p90)}};
}

Json to_json(const BenchRequest& request, const BenchResult& result) {
  Json peak{{"total", result.memory.peak_total}};
  for (const auto category : counted_categories)
    peak[std::string(name(category))] = result.memory.peak_of(category);
  return {
      {"shape", request.shape.name},
      {"policy", request.policy},
      {"engine", request.engine},
      {"device", "cpu"},
      {"threads", result.threads},
      {"repeat", request.repeat},
      {"step_ms", to_json(times_of(result.step_ms))},
      {"inference_ms", to_json(times_of(result.inference_ms))},
      {"peak_bytes", std::move(peak)},
      {"bytes",
       {{"weights", result.weights},
        {"gradients", result.gradients},
        {"optimizer", result.optimizer},
        {"saved_activations", result.saved_activations}}},
      {"resident_bytes",
       {{"idle", result.idle_resident}, {"peak_above_idle", result.peak_resident - result.idle_resident}}}};
}

void print(std::ostream& out, const BenchRequest& request, const BenchResult& result) {
  const auto row = [&](const std::string& label) -> std::ostream& {
    return out << std::left << std::setw(11) << label;
  };
  const auto times = [&](const std::string& label, const std::vector<double>& ms) {
    const Times t = times_of(ms);
    row(label) << number(t.median) << " ms (least " << number(t.min) << ", 90 % within " << number(t.p90)
               << ")\n";
  };
  const auto size = [](std::int64_t count) { return bytes(static_cast<double>(count)); };
  const BenchShape& shape = request.shape;
  row("shape") << shape.name << ": " << shape.points << "×" << shape.points << ", modes " << shape.modes
               << "×" << shape.modes << ", width " << shape.width << ", "
               << "batch " << shape.batch << '\n';
  row("computes") << request.policy << ", engine " << request.engine << ", " << result.threads
                  << (result.threads == 1 ? " thread" : " threads") << ", " << request.repeat
                  << (request.repeat == 1 ? " repeat" : " repeats") << '\n';
  times("step", result.step_ms);
  times("inference", result.inference_ms);
  row("peak") << size(result.memory.peak_total) << " by the meter, "
              << size(result.peak_resident - result.idle_resident) << " resident above idle\n";
  row("holds") << "weights " << size(result.weights) << ", gradients " << size(result.gradients)
               << ", optimizer " << size(result.optimizer) << ", saved activations "
               << size(result.saved_activations) << '\n';
}

int bench(const Request& given) {
  BenchRequest request;
  request.shape = bench_shape(given.shape);
  request.policy = given.policy;
  request.engine = given.engine;
  request.threads = given.threads;
  request.repeat = given.repeat;
  if (given.threads < 0 || given.threads > 1024)
    throw RequestError(
        "--threads: " + std::to_string(given.threads) +
        " is not a number of threads; 1 to 1024, or 0 for as many as there are cores, would be right");
  if (given.repeat < 1 || given.repeat > 100'000)
    throw RequestError("--repeat: " + std::to_string(given.repeat) +
                       " is not a number of steps that can be timed; 1 to 100000 would be right");
  prepare_library();
  const BenchResult result = run_bench(request);
  if (given.json)
    print_json(std::cout, to_json(request, result));
  else
    print(std::cout, request, result);
  return 0;
}

}  // namespace

void add_bench(CLI::App& app, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command =
      app.add_subcommand("bench", "Measure time and memory of training steps and inference on the CPU");
  command
      ->add_option(
          "--shape", request->shape,
          "S (64×64, modes 16, width 32, batch 8), M (128×128, modes 32, width 64, batch 4) or L (modes 64)")
      ->type_name("S|M|L")
      ->capture_default_str();
  command->add_option("--policy", request->policy, "Preset or policy file")
      ->type_name("PRESET")
      ->capture_default_str();
  command->add_option("--engine", request->engine, "fft or dft")->type_name("ENGINE")->capture_default_str();
  command->add_option("--threads", request->threads, "Threads to compute with; 0 for one a core")
      ->type_name("N");
  command->add_option("--repeat", request->repeat, "Steps and inferences that are timed")
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", request->json, "Print the result as one JSON object");
  command->footer("The operator has four blocks; a step is forward, backward and Adam on relative L2.");
  command->callback([request, &exit_code] { exit_code = bench(*request); });
}

}  // namespace halfwave::cli
