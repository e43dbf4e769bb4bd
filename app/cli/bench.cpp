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
  std::string device = "cpu";
  int threads = 0;
  int repeat = 10;
  bool json = false;
  bool roofline = false;
  BenchChanges changes;
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

double share(const std::vector<PartTime>& parts, const std::vector<double>& ms) {
  return roofline_seconds(parts) * 1000.0 / times_of(ms).median;
}

Json to_json(const std::vector<PartTime>& parts) {
  Json rows = Json::array();
  for (const PartTime& part : parts) {
    const Work& work = part.cost.work;
    rows.push_back({{"part", name(part.cost.part)},
                    {"direction", part.cost.backward ? "backward" : "forward"},
                    {"format", name(part.cost.format)},
                    {"flops", work.flops()},
                    {"bytes", work.bytes},
                    {"compute_ms", part.compute_seconds * 1000.0},
                    {"memory_ms", part.memory_seconds * 1000.0}});
  }
  return rows;
}

Json to_json(const BenchRoofline& roofline) {
  Json products = Json::object();
  for (const auto& [format, rate] : roofline.rates.products)
    products[std::string(name(format))] = {{"wide", rate.wide}, {"narrow", rate.narrow}};
  return {{"flops_per_second", std::move(products)},
          {"copy_bytes_per_second", roofline.rates.copy_bytes},
          {"step_ms", roofline_seconds(roofline.step) * 1000.0},
          {"inference_ms", roofline_seconds(roofline.inference) * 1000.0},
          {"step", to_json(roofline.step)},
          {"inference", to_json(roofline.inference)}};
}

Json shape_to_json(const BenchShape& shape) {
  return {{"grid", shape.grid},
          {"modes", shape.modes},
          {"width", shape.width},
          {"batch", shape.batch},
          {"layers", shape.layers}};
}

Json to_json(const BenchRequest& request, const BenchResult& result) {
  Json peak{{"total", result.memory.peak_total}};
  for (const auto category : counted_categories)
    peak[std::string(name(category))] = result.memory.peak_of(category);
  Json json{
      {"shape", request.shape.name},
      {"problem", shape_to_json(request.shape)},
      {"policy", request.policy},
      {"engine", result.engine},
      {"device", request.device},
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
      {"card_peak_bytes", result.card_peak},
      {"resident_bytes",
       {{"idle", result.idle_resident}, {"peak_above_idle", result.peak_resident - result.idle_resident}}}};
  if (result.roofline) {
    json["roofline_share"] = share(result.roofline->step, result.step_ms);
    json["inference_roofline_share"] = share(result.roofline->inference, result.inference_ms);
    json["roofline"] = to_json(*result.roofline);
  }
  return json;
}

template <typename Number>
std::string by_axis(const std::vector<Number>& numbers) {
  std::string text;
  for (const Number n : numbers) text += (text.empty() ? "" : "×") + std::to_string(n);
  return text;
}

void print_parts(std::ostream& out, const std::string& title, const std::vector<PartTime>& parts,
                 const std::vector<double>& ms) {
  const auto cell = [&](const std::string& text) -> std::ostream& {
    return out << std::right << std::setw(12) << text;
  };
  out << '\n' << std::left << std::setw(30) << title;
  for (const char* head : {"GFLOP", "MB", "compute ms", "memory ms", "least ms"}) cell(head);
  out << '\n';
  for (const PartTime& part : parts) {
    const std::string label = std::string(name(part.cost.part)) + (part.cost.backward ? ", backward" : "") +
                              " (" + std::string(name(part.cost.format)) + ")";
    out << std::left << std::setw(30) << label;
    cell(number(part.cost.work.flops() / 1e9));
    cell(number(part.cost.work.bytes / 1e6));
    cell(number(part.compute_seconds * 1000.0));
    cell(number(part.memory_seconds * 1000.0));
    cell(number(part.seconds() * 1000.0)) << '\n';
  }
  const double least = roofline_seconds(parts) * 1000.0;
  out << std::left << std::setw(30) << "all" << std::right << std::setw(60) << number(least) << '\n'
      << "measured " << number(times_of(ms).median) << " ms: " << number(share(parts, ms) * 100.0)
      << " % of the roofline\n";
}

void print(std::ostream& out, const BenchRoofline& roofline, const BenchResult& result) {
  out << "\nThis machine, GFLOP/s in large products and in products with 64 columns:";
  for (const auto& [format, rate] : roofline.rates.products)
    out << ' ' << name(format) << ' ' << number(rate.wide / 1e9) << ", " << number(rate.narrow / 1e9) << ';';
  out << " copies " << number(roofline.rates.copy_bytes / 1e9) << " GB/s\n";
  print_parts(out, "step", roofline.step, result.step_ms);
  print_parts(out, "inference", roofline.inference, result.inference_ms);
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
  row("shape") << shape.name << ": " << by_axis(shape.grid) << ", modes " << by_axis(shape.modes)
               << ", width " << shape.width << ", batch " << shape.batch << ", " << shape.layers
               << (shape.layers == 1 ? " block" : " blocks") << '\n';
  row("computes") << request.policy << ", engine " << result.engine << ", " << result.threads
                  << (result.threads == 1 ? " thread" : " threads") << ", " << request.repeat
                  << (request.repeat == 1 ? " repeat" : " repeats") << '\n';
  times("step", result.step_ms);
  times("inference", result.inference_ms);
  row("peak") << size(result.memory.peak_total) << " by the meter, "
              << size(result.peak_resident - result.idle_resident) << " resident above idle\n";
  row("holds") << "weights " << size(result.weights) << ", gradients " << size(result.gradients)
               << ", optimizer " << size(result.optimizer) << ", saved activations "
               << size(result.saved_activations) << '\n';
  if (result.roofline) print(out, *result.roofline, result);
}

int bench(const Request& given) {
  BenchRequest request;
  request.shape = changed_shape(bench_shape(given.shape), given.changes);
  request.policy = given.policy;
  request.engine = given.engine;
  request.device = given.device;
  request.threads = given.threads;
  request.repeat = given.repeat;
  request.roofline = given.roofline;
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
  CLI::App* command = app.add_subcommand("bench", "Measure time and memory of training steps and inference");
  command
      ->add_option(
          "--shape", request->shape,
          "S (64×64, modes 16, width 32, batch 8), M (128×128, modes 32, width 64, batch 4) or L (modes 64)")
      ->type_name("S|M|L")
      ->capture_default_str();
  command->add_option("--policy", request->policy, "Preset or policy file")
      ->type_name("PRESET")
      ->capture_default_str();
  command->add_option("--device", request->device, "cpu, cuda or cuda:N")
      ->type_name("DEVICE")
      ->capture_default_str();
  command->add_option("--engine", request->engine, "fft, dft or auto")
      ->type_name("ENGINE")
      ->capture_default_str();
  command->add_option("--threads", request->threads, "Threads to compute with; 0 for one a core")
      ->type_name("N");
  command->add_option("--repeat", request->repeat, "Steps and inferences that are timed")
      ->type_name("N")
      ->capture_default_str();
  command->add_option("--grid", request->changes.grid, "Points along each axis in place of the shape's")
      ->type_name("N")
      ->delimiter(',');
  command->add_option("--modes", request->changes.modes, "Modes along each axis in place of the shape's")
      ->type_name("N")
      ->delimiter(',');
  command->add_option("--width", request->changes.width, "Width in place of the shape's")->type_name("N");
  command->add_option("--batch", request->changes.batch, "Batch in place of the shape's")->type_name("N");
  command->add_option("--layers", request->changes.layers, "Blocks in place of the shape's")->type_name("N");
  command->add_flag("--roofline", request->roofline,
                    "Measure this machine's rates and tell which share of them is reached");
  command->add_flag("--json", request->json, "Print the result as one JSON object");
  command->footer("The shapes have four blocks; a step is forward, backward and Adam on relative L2.");
  command->callback([request, &exit_code] { exit_code = bench(*request); });
}

}  // namespace halfwave::cli
