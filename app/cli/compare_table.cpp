#include "app/cli/compare_table.h"

#include "app/cli/console.h"
#include "core/training/environment.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

namespace halfwave::cli {
namespace {

using Figure = VariantSummary::Figure;
using Row = std::vector<std::string>;

/// `+3.1 %` of a reference; empty where there is none.
std::string difference(double value, double reference) {
  if (!(reference > 0.0) || !std::isfinite(value)) return "";
  char text[40];
  std::snprintf(text, sizeof text, " (%+.1f %%)", 100.0 * (value / reference - 1.0));
  return text;
}

std::string error_cell(const Figure& figure, int runs, const Figure* reference) {
  if (!std::isfinite(figure.mean)) return "not finite";
  std::string text = number(figure.mean);
  if (runs > 1) text += " ± " + number(figure.deviation);
  return reference ? text + difference(figure.mean, reference->mean) : text;
}

std::string step_cell(const VariantSummary& summary, bool emulated) {
  if (summary.step_seconds.mean <= 0.0) return "–";
  return number(1e3 * summary.step_seconds.mean) + " ms" + (emulated ? " (emulated)" : "");
}

std::string peak_cell(const VariantSummary& summary, const VariantSummary& first) {
  if (summary.peak_bytes <= 0) return "–";
  const auto of = [](const VariantSummary& s) { return static_cast<double>(s.peak_bytes); };
  return bytes(of(summary)) + (&summary == &first ? "" : difference(of(summary), of(first)));
}

/// Columns on a terminal: bytes that begin a character.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string laid_out(const std::vector<Row>& rows, TableStyle style) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  const bool markdown = style == TableStyle::markdown;
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line = markdown ? "|" : "";
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      if (markdown) line += " ";
      line += rows[r][i];
      if (markdown || i + 1 < rows[r].size()) line += std::string(widths[i] - width(rows[r][i]), ' ');
      line += markdown ? " |" : "   ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
    if (!markdown || r > 0) continue;
    text += "|";
    for (std::size_t i = 0; i < widths.size(); ++i) text += " --- |";
    text += "\n";
  }
  return text;
}

/// Whether any run of a variant computes in a format that the device emulates.
bool is_emulated(const std::vector<ComparedRun>& runs, std::size_t variant) {
  const auto run =
      std::find_if(runs.begin(), runs.end(), [&](const auto& r) { return r.variant == variant; });
  return run != runs.end() && computes_emulated(run->experiment);
}

}  // namespace

std::string comparison_table(const ComparisonSpec& spec, const std::vector<ComparedRun>& runs,
                             TableStyle style) {
  const std::vector<VariantSummary> summaries = summarize(spec, runs);
  std::set<std::string> labels;
  bool any_failed = false;
  for (const VariantSummary& summary : summaries) {
    for (const auto& [label, figures] : summary.metrics) labels.insert(label);
    any_failed = any_failed || summary.failed > 0;
  }
  std::vector<Row> rows(1, {"variant"});
  for (const std::string& label : labels) {
    rows[0].push_back("L2 at " + label);
    rows[0].push_back("H1 at " + label);
  }
  rows[0].insert(rows[0].end(), {"step (median)", "peak memory"});
  if (any_failed) rows[0].emplace_back("failed");

  const VariantSummary& first = summaries.front();
  for (std::size_t i = 0; i < summaries.size(); ++i) {
    const VariantSummary& summary = summaries[i];
    Row row = {summary.variant};
    for (const std::string& label : labels) {
      const auto found = summary.metrics.find(label);
      if (found == summary.metrics.end()) {
        row.insert(row.end(), {"–", "–"});
        continue;
      }
      const auto reference = i == 0 ? first.metrics.end() : first.metrics.find(label);
      const bool has = reference != first.metrics.end();
      const int good = summary.runs - summary.failed;
      row.push_back(error_cell(found->second.first, good, has ? &reference->second.first : nullptr));
      row.push_back(error_cell(found->second.second, good, has ? &reference->second.second : nullptr));
    }
    row.push_back(step_cell(summary, is_emulated(runs, i)));
    row.push_back(peak_cell(summary, first));
    if (any_failed)
      row.push_back(
          summary.failed > 0 ? std::to_string(summary.failed) + " of " + std::to_string(summary.runs) : "");
    rows.push_back(std::move(row));
  }
  std::string text = laid_out(rows, style);
  for (const VariantSummary& summary : summaries)
    if (summary.failed > 0) text += "\n" + summary.variant + ": " + summary.message + "\n";
  return text;
}

}  // namespace halfwave::cli
