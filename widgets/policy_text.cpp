#include "widgets/policy_text.h"

#include "core/precision/format.h"

#include <QCoreApplication>
#include <QStringList>

#include <algorithm>
#include <vector>

namespace halfwave::widgets {
namespace {

constexpr int lines_at_most = 12;

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString tr(const char* source) {
  return QCoreApplication::translate("PolicyText", source);
}

/// One thing of a layer that is not as it was.
struct Difference {
  std::size_t row;
  QString layer, what, from, to;
};

std::vector<Difference> differences(const Policy& before, const Policy& after) {
  std::vector<Difference> found;
  const std::size_t rows = std::min(before.layers.size(), after.layers.size());
  const auto names = layer_names(static_cast<int>(rows) - 2);
  for (std::size_t row = 0; row < rows; ++row) {
    const LayerPolicy &was = before.layers[row], &is = after.layers[row];
    const auto note = [&](const QString& what, const QString& from, const QString& to) {
      if (from != to) found.push_back({row, QString::fromStdString(names[row]), what, from, to});
    };
    for (const auto stage : all_stages)
      if (has_stage(row, rows, stage))
        note(stage_label(stage), text(name(was[stage])), text(name(is[stage])));
    note(tr("stabilizer"), stabilizer_label(was.stabilizer, was.level()),
         stabilizer_label(is.stabilizer, is.level()));
    note(tr("accumulation"), text(name(was.accumulation)), text(name(is.accumulation)));
    const auto gradients = [](bool fp32) { return fp32 ? QStringLiteral("fp32") : tr("stage"); };
    note(tr("gradients"), gradients(was.fp32_gradients), gradients(is.fp32_gradients));
  }
  return found;
}

template <typename Same>
bool all_alike(const std::vector<Difference>& found, Same same) {
  return std::all_of(found.begin(), found.end(), [&](const Difference& d) { return same(d, found.front()); });
}

QString brief_of(const std::vector<Difference>& found, const QString& preset) {
  const Difference& first = found.front();
  const QString arrow = QStringLiteral(" → ");
  const bool same_value = all_alike(found, [](const auto& a, const auto& b) { return a.to == b.to; });
  const bool same_row = all_alike(found, [](const auto& a, const auto& b) { return a.row == b.row; });
  const bool same_what = all_alike(found, [](const auto& a, const auto& b) { return a.what == b.what; });
  if (found.size() == 1) return first.layer + u' ' + first.what + arrow + first.to;
  if (!preset.isEmpty()) return preset;
  if (same_what && same_value) return first.what + arrow + first.to;
  if (same_row && same_value) return first.layer + arrow + first.to;
  const QString count = tr("%1 cells").arg(found.size());
  return same_row ? first.layer + QStringLiteral(", ") + count : count;
}

}  // namespace

QString stage_label(Stage stage) {
  return text(name(stage)).replace(u'_', u' ');
}

QString stabilizer_label(Stabilizer stabilizer, double level) {
  const QString shown = QString::number(level > 0.0 ? level : default_level(stabilizer), 'g', 6);
  switch (stabilizer) {
    case Stabilizer::hard_clip:
      return tr("hard clip ±%1").arg(shown);
    case Stabilizer::sigma_clip:
      return tr("clip %1σ").arg(shown);
    case Stabilizer::fixed_scale:
      return tr("scale 1/%1").arg(shown);
    case Stabilizer::none:
    case Stabilizer::tanh:
      break;
  }
  return text(name(stabilizer));
}

QString stabilizer_help(Stabilizer stabilizer) {
  switch (stabilizer) {
    case Stabilizer::none:
      return tr("The field goes into the forward transform as it is.");
    case Stabilizer::tanh:
      return tr("Every value x becomes tanh(x), which lies within ±1.");
    case Stabilizer::hard_clip:
      return tr("Values beyond ±level become ±level.");
    case Stabilizer::sigma_clip:
      return tr("Values more than so many standard deviations from their sample's mean are brought back.");
    case Stabilizer::fixed_scale:
      return tr("Divided by the level before the transform, multiplied by it after the inverse transform.");
  }
  return {};
}

QString phase_label(const std::string& preset, bool edited) {
  const QString base = QString::fromStdString(preset);
  return edited ? tr("%1, edited").arg(base) : base;
}

QString phase_label(const SchedulePhase& phase) {
  return phase_label(phase.preset, !phase.overrides.empty());
}

PolicyChange describe_change(const Policy& before, const Policy& after) {
  const auto found = differences(before, after);
  PolicyChange change;
  change.cells = static_cast<int>(found.size());
  const auto& presets = policy_preset_names();
  const bool is_preset = std::find(presets.begin(), presets.end(), after.name) != presets.end();
  const QString preset = is_preset ? QString::fromStdString(after.name) : QString();
  if (found.empty()) {
    change.brief = change.full = preset.isEmpty() ? tr("no change") : preset;
    return change;
  }
  change.brief = brief_of(found, preset);
  QStringList lines;
  for (const auto& d : found) {
    if (lines.size() == lines_at_most && found.size() > lines_at_most + 1) {
      lines << tr("and %1 more").arg(found.size() - lines_at_most);
      break;
    }
    lines << QStringLiteral("%1 %2: %3 → %4").arg(d.layer, d.what, d.from, d.to);
  }
  change.full = lines.join(u'\n');
  return change;
}

}  // namespace halfwave::widgets
