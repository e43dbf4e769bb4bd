#include "app/lab/step_text.h"

#include "app/lab/policy_text.h"
#include "core/experiment/difference.h"
#include "core/experiment/schema.h"
#include "widgets/policy_text.h"
#include "widgets/schema_text.h"

#include <QCoreApplication>
#include <QFileInfo>

#include <algorithm>

namespace halfwave::lab {
namespace {

struct StepText {
  Q_DECLARE_TR_FUNCTIONS(StepText)
};

constexpr int longest_value = 20;

/// In the middle of a menu's line; an abbreviation keeps its capitals.
QString inside_a_line(QString label) {
  if (label.size() > 1 && label[1].isLower()) label[0] = label[0].toLower();
  return label;
}

QString value_text(const FieldInfo& info, const Experiment& experiment) {
  QString text = widgets::text_from_json(info, field_value(experiment, info.path));
  if (info.kind == FieldKind::file) text = QFileInfo(text).fileName();
  if (text.isEmpty()) return StepText::tr("nothing");
  if (text.size() > longest_value) text = text.left(longest_value - 1) + u'…';
  return text;
}

bool has_short_values(FieldKind kind) {
  return kind != FieldKind::overrides && kind != FieldKind::schedule && kind != FieldKind::edits &&
         kind != FieldKind::file_list;
}

QString field_text(const std::string& path, const Experiment& before, const Experiment& after) {
  const FieldInfo* info = find_field(path);
  if (!info) return QString::fromStdString(path);
  const QString label = inside_a_line(QString::fromStdString(info->label));
  if (!has_short_values(info->kind) || path == "dataset.map") return label;
  if (info->kind == FieldKind::boolean)
    return StepText::tr("%1 %2").arg(
        label, field_value(after, path) == "true" ? StepText::tr("on") : StepText::tr("off"));
  return StepText::tr("%1 %2 → %3").arg(label, value_text(*info, before), value_text(*info, after));
}

}  // namespace

QString step_text(const Experiment& before, const Experiment& after) {
  const auto paths = differing_fields(before, after);
  if (paths.empty()) return {};
  const bool is_policy = std::all_of(paths.begin(), paths.end(), [](const std::string& path) {
    return path == "precision.policy" || path == "precision.overrides";
  });
  if (is_policy && before.precision.policy == after.precision.policy && before.op.layers == after.op.layers) {
    const auto change = widgets::describe_change(first_policy(before), first_policy(after));
    if (!change.brief.isEmpty()) return change.brief;
  }
  const QString first = field_text(paths.front(), before, after);
  if (paths.size() == 1 || is_policy) return first;
  return StepText::tr("%1 and %2 more").arg(first).arg(paths.size() - 1);
}

}  // namespace halfwave::lab
