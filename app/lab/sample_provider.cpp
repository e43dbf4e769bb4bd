#include "app/lab/sample_provider.h"

#include "core/experiment/generated_source.h"
#include "widgets/colour_bar.h"

#include <QCoreApplication>
#include <QString>
#include <QStringList>

namespace halfwave::lab {
namespace {

std::string translated(const char* text) {
  return QCoreApplication::translate("BundleProvider", text).toStdString();
}

std::string range_text(const datasets::ValueSummary& values) {
  QString text = QStringLiteral("%1: %2 … %3, mean %4")
                     .arg(QString::fromStdString(values.name), widgets::format_value(values.min),
                          widgets::format_value(values.max), widgets::format_value(values.mean));
  if (!values.unit.empty()) text += ' ' + QString::fromStdString(values.unit);
  if (values.channels > 1)
    text += QCoreApplication::translate("BundleProvider", ", %1 channels").arg(values.channels);
  return text.toStdString();
}

// Generated frames are at the times time·f/frames, f = 1 … frames; empty for anything else.
std::vector<std::string> frame_times(const DatasetSpec& asked) {
  const GeneratedSource* source = find_generated_source(asked.source);
  if (!source || source->frames_are_an_axis || source->most_frames < 2 || asked.frames < 2) return {};
  const double time = with_usual_values(asked).time;
  std::vector<std::string> times;
  for (int f = 1; f <= asked.frames; ++f)
    times.push_back("t = " + QString::number(time * f / asked.frames, 'g', 4).toStdString());
  return times;
}

// One name may list the fields in its channels, as in `vorticity, divergence`.
std::vector<widgets::ChannelName> named_channels(const datasets::ValueSummary& values,
                                                 const std::vector<std::string>& times) {
  const auto count = static_cast<std::size_t>(values.channels);
  if (count < 2) return {{values.name, {}}};
  const QStringList fields = QString::fromStdString(values.name).split(QStringLiteral(", "));
  std::vector<widgets::ChannelName> names(count);
  for (std::size_t k = 0; k < count; ++k) {
    if (times.size() == count) {
      names[k] = {values.name + ", " + times[k], times[k]};
    } else if (static_cast<std::size_t>(fields.size()) == count) {
      const std::string field = fields[static_cast<qsizetype>(k)].toStdString();
      names[k] = {field, field};
    } else {
      names[k].title = QCoreApplication::translate("BundleProvider", "%1, channel %2 of %3")
                           .arg(QString::fromStdString(values.name))
                           .arg(k + 1)
                           .arg(count)
                           .toStdString();
    }
  }
  return names;
}

void add_rows(std::vector<widgets::ChannelStatistics>& rows, const datasets::ValueSummary& values,
              const std::vector<widgets::ChannelName>& names) {
  for (std::size_t k = 0; k < values.each.size(); ++k) {
    const datasets::ChannelSummary& each = values.each[k];
    rows.push_back({names[k].title, values.unit, each.min, each.max, each.mean, each.std});
  }
}

}  // namespace

BundleProvider::BundleProvider(datasets::SampleSource source, const DatasetSpec& spec)
    : source_(std::move(source)),
      input_channels_(named_channels(source_.summary(0).input, {})),
      output_channels_(named_channels(source_.summary(0).output, frame_times(spec))) {}

std::vector<widgets::ChannelStatistics> BundleProvider::statistics() const {
  std::vector<widgets::ChannelStatistics> rows;
  add_rows(rows, source_.summary(0).input, input_channels_);
  add_rows(rows, source_.summary(0).output, output_channels_);
  return rows;
}

std::vector<std::pair<std::string, std::string>> BundleProvider::summary(int set) const {
  const datasets::DatasetInfo& info = source_.summary(set);
  std::string grid;
  for (const std::int64_t points : info.grid) grid += (grid.empty() ? "" : " × ") + std::to_string(points);
  std::vector<std::pair<std::string, std::string>> lines = {
      {translated("samples"), std::to_string(info.samples)},
      {translated("grid"), grid},
      {translated("input"), range_text(info.input)},
      {translated("output"), range_text(info.output)}};
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
  event.input = input(set, sample, 0);
  event.truth = output(set, sample, 0);
  return event;
}

}  // namespace halfwave::lab
