#include "app/lab/sample_provider.h"

#include <QCoreApplication>
#include <QString>

namespace halfwave::lab {
namespace {

std::string translated(const char* text) {
  return QCoreApplication::translate("BundleProvider", text).toStdString();
}

std::string range_text(const datasets::ValueSummary& values) {
  QString text = QStringLiteral("%1 … %2, mean %3")
                     .arg(values.min, 0, 'g', 4)
                     .arg(values.max, 0, 'g', 4)
                     .arg(values.mean, 0, 'g', 4);
  if (!values.unit.empty()) text += ' ' + QString::fromStdString(values.unit);
  if (values.channels > 1)
    text += QCoreApplication::translate("BundleProvider", ", %1 channels").arg(values.channels);
  return text.toStdString();
}

}  // namespace

std::vector<std::pair<std::string, std::string>> BundleProvider::summary(int set) const {
  const datasets::DatasetInfo& info = source_.summary(set);
  std::string grid;
  for (const std::int64_t points : info.grid) grid += (grid.empty() ? "" : " × ") + std::to_string(points);
  std::vector<std::pair<std::string, std::string>> lines = {
      {translated("samples"), std::to_string(info.samples)},
      {translated("grid"), grid},
      {info.input.name, range_text(info.input)},
      {info.output.name, range_text(info.output)}};
  std::string label = translated("source");
  for (const std::string& line : info.provenance) lines.emplace_back(std::exchange(label, ""), line);
  return lines;
}

SnapshotEvent BundleProvider::snapshot(int set, int sample) const {
  SnapshotEvent event;
  event.sample = sample;
  // Only of a test set; its name is its label then.
  constexpr std::string_view prefix = "test ";
  const std::string name = set_name(set);
  if (name.starts_with(prefix)) event.test_set = name.substr(prefix.size());
  event.input = input(set, sample);
  event.truth = output(set, sample);
  return event;
}

}  // namespace halfwave::lab
