#include "core/training/run_metrics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace halfwave {
namespace {

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.17g", value);
  return text;
}

std::vector<std::string> split(std::string_view line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',')
      cells.emplace_back();
    else
      cells.back() += c;
  }
  return cells;
}

/// Sets one column of an epoch. False for a cell that is no number where one belongs.
bool assign(EpochEvent& event, const std::string& column, const std::string& cell) {
  if (column == "policy") {
    event.policy = cell;
    return true;
  }
  if (cell.empty()) return true;
  char* end = nullptr;
  const double value = std::strtod(cell.c_str(), &end);
  if (*end != '\0') return false;
  if (column == "epoch") event.epoch = static_cast<int>(value);
  if (column == "train_loss") event.train_loss = value;
  if (column == "seconds") event.seconds = value;
  if (column == "total_seconds") event.total_seconds = value;
  if (column.starts_with("l2_")) event.metrics[column.substr(3)].l2 = value;
  if (column.starts_with("h1_")) event.metrics[column.substr(3)].h1 = value;
  return true;
}

}  // namespace

std::string metrics_header(const std::vector<std::string>& labels) {
  std::string line = "epoch,train_loss";
  for (const std::string& label : labels) line += ",l2_" + label + ",h1_" + label;
  return line + ",policy,seconds,total_seconds\n";
}

std::string metrics_line(const EpochEvent& event, const std::vector<std::string>& labels) {
  std::string line = std::to_string(event.epoch);
  const auto add = [&line](const std::string& cell) {
    line += ',';
    line += cell;
  };
  add(number(event.train_loss));
  for (const std::string& label : labels) {
    const auto found = event.metrics.find(label);
    const bool evaluated = found != event.metrics.end();
    add(evaluated ? number(found->second.l2) : "");
    add(evaluated ? number(found->second.h1) : "");
  }
  std::string policy = event.policy;
  std::replace_if(
      policy.begin(), policy.end(), [](char c) { return c == ',' || c == '\n' || c == '\r'; }, ' ');
  add(policy);
  add(number(event.seconds));
  add(number(event.total_seconds));
  line += '\n';
  return line;
}

std::vector<EpochEvent> parse_metrics(std::string_view text) {
  std::vector<EpochEvent> events;
  std::vector<std::string> columns;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    const std::vector<std::string> cells = split(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    EpochEvent event;
    bool whole = cells.size() == columns.size();
    for (std::size_t i = 0; whole && i < cells.size(); ++i) whole = assign(event, columns[i], cells[i]);
    if (whole) events.push_back(std::move(event));
  }
  return events;
}

}  // namespace halfwave
