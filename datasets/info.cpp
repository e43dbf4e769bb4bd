#include "datasets/info.h"

#include "core/data/dataset.h"
#include "datasets/file_source.h"

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>

#include <cstdio>

namespace halfwave::datasets {
namespace {

ValueSummary summarize(const at::Tensor& values, const std::string& name, const std::string& unit) {
  ValueSummary summary;
  summary.name = name;
  summary.unit = unit;
  summary.channels = values.size(1);
  const auto [low, high] = at::aminmax(values);
  summary.min = low.item<double>();
  summary.max = high.item<double>();
  const double channels = static_cast<double>(summary.channels);
  const double count = static_cast<double>(values.numel()) / channels;
  std::vector<double> squares;
  for (std::int64_t channel = 0; channel < summary.channels; ++channel) {
    const at::Tensor each = values.select(1, channel);
    const auto [lowest, highest] = at::aminmax(each);
    const double mean = each.sum(at::kDouble).item<double>() / count;
    double sum = 0.0;
    // In fp64 by sample, so that no copy of the whole set in fp64 is made.
    for (std::int64_t sample = 0; sample < values.size(0); ++sample)
      sum += (each.select(0, sample).to(at::kDouble) - mean).square().sum().item<double>();
    squares.push_back(sum);
    summary.mean += mean / channels;
    summary.each.push_back({lowest.item<double>(), highest.item<double>(), mean, std::sqrt(sum / count)});
  }
  // Squares around the mean of all are those around a channel's mean and those of that mean itself.
  double sum = 0.0;
  for (std::size_t k = 0; k < squares.size(); ++k) {
    const double apart = summary.each[k].mean - summary.mean;
    sum += squares[k] + count * apart * apart;
  }
  summary.std = std::sqrt(sum / (count * channels));
  return summary;
}

std::string grid_text(const std::vector<std::int64_t>& grid) {
  std::string text;
  for (std::int64_t size : grid) text += (text.empty() ? "" : "×") + std::to_string(size);
  return text;
}

std::string line_of(const char* role, const ValueSummary& values) {
  char numbers[160];
  std::snprintf(numbers, sizeof numbers, "min %.6g, max %.6g, mean %.6g, std %.6g", values.min, values.max,
                values.mean, values.std);
  std::string line = std::string(role) + values.name;
  if (!values.unit.empty()) line += " [" + values.unit + "]";
  line += ", " + std::to_string(values.channels) + (values.channels == 1 ? " channel: " : " channels: ");
  return line + numbers + "\n";
}

nlohmann::ordered_json json_of(const ValueSummary& values) {
  return {{"name", values.name}, {"unit", values.unit}, {"channels", values.channels},
          {"min", values.min},   {"max", values.max},   {"mean", values.mean},
          {"std", values.std}};
}

}  // namespace

DatasetInfo summarize(const Dataset& dataset) {
  DatasetInfo info;
  info.name = dataset.name;
  info.samples = dataset.samples();
  info.grid = dataset.grid();
  info.input = summarize(dataset.x, dataset.input_name, dataset.input_unit);
  info.output = summarize(dataset.y, dataset.output_name, dataset.output_unit);
  info.provenance = dataset.provenance;
  return info;
}

DatasetInfo info_of_file(const std::filesystem::path& file, int dimension) {
  return summarize(read_file(file, dimension));
}

std::string to_text(const DatasetInfo& info) {
  std::string text = info.name + "\n";
  text += "  samples  " + std::to_string(info.samples) + "\n";
  text += "  grid     " + grid_text(info.grid) + "\n";
  text += line_of("  input    ", info.input);
  text += line_of("  output   ", info.output);
  for (const auto& line : info.provenance) text += "  " + line + "\n";
  return text;
}

std::string to_json(const DatasetInfo& info) {
  const nlohmann::ordered_json json = {{"name", info.name},
                                       {"samples", info.samples},
                                       {"grid", info.grid},
                                       {"input", json_of(info.input)},
                                       {"output", json_of(info.output)},
                                       {"provenance", info.provenance}};
  // Names come from files and may be no valid UTF-8.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace halfwave::datasets
