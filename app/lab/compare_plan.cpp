#include "app/lab/compare_plan.h"

#include "app/lab/policy_text.h"
#include "core/device/stage_support.h"
#include "core/error.h"
#include "core/experiment/experiment_io.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QStringList>

#include <algorithm>

namespace halfwave::lab {
namespace {

using widgets::VariantChoice;

void check_count(std::size_t count) {
  if (count < fewest_variants)
    throw RequestError(std::string(count == 0 ? "No variant is" : "Only one variant is") +
                       " chosen; tick two to four to compare them.");
  if (count > most_variants)
    throw RequestError(std::to_string(count) +
                       " variants are chosen; untick some, at most four are compared.");
}

std::string overrides_text(const std::vector<PolicyOverride>& overrides) {
  QJsonArray list;
  for (const PolicyOverride& o : overrides)
    list.append(QJsonObject{{"layer", QString::fromStdString(o.layer)},
                            {"stage", QString::fromStdString(o.stage)},
                            {"value", QString::fromStdString(o.value)}});
  return "precision.overrides=" + QJsonDocument(list).toJson(QJsonDocument::Compact).toStdString();
}

Variant variant_of(const Experiment& experiment, const VariantChoice& choice) {
  Variant variant;
  switch (choice.kind) {
    case VariantChoice::Kind::table:
      break;
    case VariantChoice::Kind::schedule:
      variant = policy_variants(experiment, {"schedule"}).front();
      break;
    case VariantChoice::Kind::preset:
    case VariantChoice::Kind::file:
      variant = policy_variants(experiment, {choice.policy.toStdString()}).front();
      break;
  }
  variant.name = choice.name.toStdString();
  if (!choice.engine.isEmpty())
    variant.assignments.push_back("operator.engine=" + choice.engine.toStdString());
  if (!choice.stabilizer.isEmpty()) {
    Experiment so_far = experiment;
    for (const std::string& assignment : variant.assignments) set_field(so_far, assignment);
    if (!so_far.precision.schedule.empty())
      throw RequestError(
          "Variant \"" + variant.name +
          "\" follows a schedule, whose phases say which stabilizer is used; choose a constant policy "
          "to set another.");
    so_far.precision.overrides.push_back({"block.*", "stabilizer", choice.stabilizer.toStdString()});
    variant.assignments.push_back(overrides_text(so_far.precision.overrides));
  }
  return variant;
}

}  // namespace

ComparisonSpec comparison_of(const Experiment& experiment, const std::vector<VariantChoice>& choices) {
  check_count(choices.size());
  ComparisonSpec spec;
  spec.name = experiment.name;
  spec.base = experiment;
  spec.seeds = {experiment.seed};
  for (const VariantChoice& choice : choices) {
    Variant variant = variant_of(experiment, choice);
    for (const Variant& other : spec.variants)
      if (other.name == variant.name)
        throw RequestError("The variant \"" + variant.name +
                           "\" is chosen twice; each must differ from the others.");
    spec.variants.push_back(std::move(variant));
  }
  return spec;
}

ComparisonSpec comparison_of(const Experiment& experiment, const std::string& shipped,
                             const std::vector<std::size_t>& chosen) {
  check_count(chosen.size());
  const ComparisonSpec whole = load_comparison(shipped);
  ComparisonSpec spec;
  spec.name = experiment.name + "-" + whole.name;
  spec.base = experiment;
  spec.base.precision = whole.base.precision;
  spec.seeds = {experiment.seed};
  for (const std::size_t k : chosen) spec.variants.push_back(whole.variants.at(k));
  return spec;
}

bool is_native(const Policy& policy, const std::string& engine, const DeviceInfo& device) {
  for (std::size_t layer = 0; layer < policy.layers.size(); ++layer)
    for (const Stage stage : all_stages)
      if (has_stage(layer, policy.layers.size(), stage) &&
          stage_support(policy.layers[layer], stage, engine, device) == Support::emulated)
        return false;
  return true;
}

QString common_text(const Experiment& experiment) {
  const auto translated = [](const char* text) { return QCoreApplication::translate("Compare", text); };
  const QString data = experiment.dataset.source == "file"
                           ? translated("data of a file")
                           : translated("%1 at %2 points an axis")
                                 .arg(QString::fromStdString(experiment.dataset.source))
                                 .arg(experiment.dataset.resolution);
  return QStringList{translated("All begin with the same weights and see the same batches: %1")
                         .arg(QString::fromStdString(experiment.name)),
                     data,
                     translated("%1 epochs").arg(experiment.training.epochs),
                     translated("batch %1").arg(experiment.training.batch_size),
                     translated("seed %1").arg(experiment.seed),
                     QString::fromStdString(experiment.device)}
      .join(QStringLiteral(" · "));
}

}  // namespace halfwave::lab
