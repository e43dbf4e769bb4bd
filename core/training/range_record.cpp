#include "core/training/range_record.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace halfwave {
namespace {

using Json = nlohmann::ordered_json;

constexpr double least_distance = 0.5;      // seconds
constexpr double share_of_run = 1 / 500.0;  // of the time so far

Json histogram_to_json(const RangeHistogram& h) {
  Json json{{"counted", h.counted},     {"zeros", h.zeros},       {"subnormal", h.subnormal},
            {"saturated", h.saturated}, {"infinite", h.infinite}, {"nan", h.nan}};
  if (h.empty()) return json;
  json["first"] = h.smallest();
  Json counts = Json::array();
  for (int exponent = h.smallest(); exponent <= h.largest(); ++exponent) counts.push_back(h.at(exponent));
  json["counts"] = std::move(counts);
  return json;
}

void read_histogram(const nlohmann::json& json, RangeHistogram& h) {
  h.counted = json.at("counted");
  h.zeros = json.at("zeros");
  h.subnormal = json.at("subnormal");
  h.saturated = json.at("saturated");
  h.infinite = json.at("infinite");
  h.nan = json.at("nan");
  if (!json.contains("counts")) return;
  int exponent = json.at("first");
  for (const auto& count : json.at("counts"))
    h.bins.at(static_cast<std::size_t>(exponent++ - RangeHistogram::lowest_exponent)) = count;
}

StageRange read_stage(const nlohmann::json& json, const std::vector<std::string>& names) {
  StageRange range;
  const auto layer = std::find(names.begin(), names.end(), json.at("layer").get<std::string>());
  const auto stage = stage_from_name(json.at("stage").get<std::string>());
  const auto format = format_from_name(json.at("format").get<std::string>());
  if (layer == names.end() || !stage || !format) throw std::out_of_range("names");
  range.layer = static_cast<std::size_t>(layer - names.begin());
  range.stage = *stage;
  range.format = *format;
  range.backward = json.at("backward");
  read_histogram(json, range.histogram);
  return range;
}

}  // namespace

std::string range_to_json(const RangeEvent& event, std::size_t layers) {
  const auto names = layer_names(static_cast<int>(layers) - 2);
  Json stages = Json::array();
  for (const StageRange& range : event.stages) {
    Json json{{"layer", names.at(range.layer)},
              {"stage", name(range.stage)},
              {"backward", range.backward},
              {"format", name(range.format)}};
    json.update(histogram_to_json(range.histogram));
    stages.push_back(std::move(json));
  }
  return Json{{"event", "range"},
              {"epoch", event.epoch},
              {"step", event.step},
              {"fault", event.fault},
              {"stages", std::move(stages)}}
      .dump();
}

std::optional<RangeEvent> range_from_json(std::string_view line, std::size_t layers) try {
  const auto json = nlohmann::json::parse(line);
  if (layers < 2 || json.at("event") != "range") return std::nullopt;
  const auto names = layer_names(static_cast<int>(layers) - 2);
  RangeEvent event;
  event.epoch = json.at("epoch");
  event.step = json.at("step");
  event.fault = json.at("fault");
  for (const auto& stage : json.at("stages")) event.stages.push_back(read_stage(stage, names));
  return event;
} catch (const nlohmann::json::exception&) {
  return std::nullopt;
} catch (const std::out_of_range&) {
  return std::nullopt;
}

std::optional<RangeEvent> last_range(const std::filesystem::path& file, std::size_t layers) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) return std::nullopt;
  const std::string text = read_file(file);
  // What comes after the last end of a line is not whole yet.
  for (std::size_t end = text.rfind('\n'); end != std::string::npos && end > 0;) {
    const std::size_t before = text.rfind('\n', end - 1);
    const std::size_t begin = before == std::string::npos ? 0 : before + 1;
    if (auto event = range_from_json(std::string_view(text).substr(begin, end - begin), layers)) return event;
    end = before;
  }
  return std::nullopt;
}

void RangeRecord::add(const RangeEvent& event, double seconds) {
  if (file_.empty()) return;
  if (!begin_) next_ = *(begin_ = seconds);
  if (!event.fault && seconds < next_) return;
  if (!out_) out_ = AppendFile(file_);
  out_->append(range_to_json(event, layers_) + "\n");
  next_ = seconds + std::max(least_distance, (seconds - *begin_) * share_of_run);
}

}  // namespace halfwave
