#include "app/cli/result_output.h"

#include "app/cli/console.h"
#include "core/training/json_numbers.h"

#include <iomanip>
#include <ostream>

namespace halfwave::cli {

using Json = nlohmann::ordered_json;

Json result_to_json(const RunResult& result, const std::filesystem::path& run) {
  Json object{{"run", run.string()},
              {"state", name(result.state)},
              {"epochs", result.epochs},
              {"seconds", result.seconds},
              {"metrics", Json::object()}};
  for (const auto& [label, metrics] : result.metrics)
    object["metrics"][label] = {{"l2", number_to_json(metrics.l2)}, {"h1", number_to_json(metrics.h1)}};
  if (result.step_seconds > 0.0) object["step_seconds"] = result.step_seconds;
  Json peak{{"total", result.memory.peak_total}};
  for (auto category : counted_categories)
    peak[std::string(name(category))] = result.memory.peak_of(category);
  object["peak_bytes"] = std::move(peak);
  if (!result.message.empty()) object["message"] = result.message;
  if (const auto& where = result.non_finite)
    object["non_finite"] = {{"layer", where->layer},
                            {"stage", where->stage},
                            {"backward", where->backward},
                            {"epoch", where->epoch},
                            {"step", where->step}};
  return object;
}

void print_result(std::ostream& out, const RunResult& result, const std::filesystem::path& run) {
  const auto row = [&](const std::string& label) -> std::ostream& {
    return out << std::left << std::setw(10) << label;
  };
  row("run") << run.string() << '\n';
  row("state") << name(result.state) << " after " << result.epochs
               << (result.epochs == 1 ? " epoch, " : " epochs, ") << duration(result.seconds) << '\n';
  for (const auto& [label, metrics] : result.metrics)
    row(label) << "relative L2 " << number(metrics.l2) << "   H1 " << number(metrics.h1) << '\n';
  row("peak") << bytes(static_cast<double>(result.memory.peak_total));
  const char* separator = " (";
  for (auto category : counted_categories) {
    std::string words(name(category));
    std::replace(words.begin(), words.end(), '_', ' ');
    out << separator << words << ' ' << bytes(static_cast<double>(result.memory.peak_of(category)));
    separator = ", ";
  }
  out << ")\n";
}

void print_json(std::ostream& out, const Json& object) {
  out << object.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
}

}  // namespace halfwave::cli
