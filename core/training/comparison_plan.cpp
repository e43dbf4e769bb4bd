// Which runs a comparison consists of.

#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/precision/policy_file.h"
#include "core/training/comparison.h"
#include "core/training/run_setup.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <set>

namespace halfwave {
namespace {

/// What names the folder of a run, and the run.
std::string run_name(const std::string& variant, std::uint64_t seed) {
  std::string text;
  for (const char c : variant) {
    const bool plain = std::isgraph(static_cast<unsigned char>(c)) != 0 && c != '/' && c != '\\' && c != ',';
    const bool beyond_ascii = static_cast<unsigned char>(c) >= 0x80;
    if (plain || beyond_ascii)
      text += c;
    else if (!text.empty() && text.back() != '-')
      text += '-';
  }
  constexpr std::size_t longest = 70;
  if (text.size() > longest) {
    std::size_t end = longest;  // not within a character
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    text.resize(end);
  }
  return text + "-seed" + std::to_string(seed);
}

/// The samples that a run sees, before normalizers.
DatasetSpec samples_of(const DatasetSpec& spec) {
  DatasetSpec samples = spec;
  samples.input_normalizer = samples.output_normalizer = "none";
  return samples;
}

void check_names(const ComparisonSpec& spec) {
  if (spec.variants.empty()) throw RequestError("a comparison needs at least one variant");
  if (spec.seeds.empty()) throw RequestError("a comparison needs at least one seed, for instance 0");
  std::set<std::string> names;
  for (const Variant& variant : spec.variants) {
    if (variant.name.find_first_not_of(" .") == std::string::npos)
      throw RequestError("every variant needs a name with a letter or a digit");
    if (!names.insert(run_name(variant.name, 0)).second)
      throw RequestError("two variants are named \"" + variant.name +
                         "\" or nearly so; each needs a name of its own");
  }
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : spec.seeds)
    if (!seeds.insert(seed).second)
      throw RequestError("the seed " + std::to_string(seed) + " is named twice; each is run once");
}

Experiment experiment_of(const ComparisonSpec& spec, const Variant& variant, std::uint64_t seed) {
  Experiment experiment = spec.base;
  experiment.seed = seed;
  const std::string begin = "variant \"" + variant.name + "\": ";
  try {
    for (const std::string& assignment : variant.assignments) set_field(experiment, assignment);
  } catch (const RequestError& error) {
    throw RequestError(begin + error.what());
  }
  if (experiment.seed != seed)
    throw RequestError(begin + "it sets seed, but seeds are the comparison's; list them in \"seeds\"");
  if (!(samples_of(experiment.dataset) == samples_of(spec.base.dataset)))
    throw RequestError(
        begin +
        "it changes the data, but all variants are compared on the same samples; of the fields "
        "of dataset only the normalizers may differ");
  if (experiment.device != spec.base.device)
    throw RequestError(begin + "it sets device; set it in the experiment, so that all compute on the same");
  experiment.name = run_name(variant.name, seed);
  try {
    validate(experiment);
  } catch (const FieldError& error) {
    // What is wrong in the base is wrong without any variant.
    if (variant.assignments.empty()) throw;
    throw RequestError(begin + error.what());
  }
  return experiment;
}

/// The assignments that make a policy the only one of a run.
std::vector<std::string> constant_policy(const std::string& preset,
                                         const std::vector<PolicyOverride>& overrides) {
  nlohmann::json cells = nlohmann::json::array();
  for (const PolicyOverride& o : overrides)
    cells.push_back({{"layer", o.layer}, {"stage", o.stage}, {"value", o.value}});
  return {"precision.policy=" + preset, "precision.overrides=" + cells.dump(), "precision.schedule=[]",
          "precision.edits=[]"};
}

}  // namespace

std::vector<Variant> policy_variants(const Experiment& base, const std::vector<std::string>& policies) {
  const std::vector<std::string>& presets = policy_preset_names();
  std::vector<Variant> variants;
  for (const std::string& policy : policies) {
    std::error_code error;
    if (policy == "schedule") {
      variants.push_back({policy, {"precision.schedule=paper", "precision.edits=[]"}});
    } else if (std::find(presets.begin(), presets.end(), policy) != presets.end()) {
      variants.push_back({policy, constant_policy(policy, {})});
    } else if (std::filesystem::exists(policy, error)) {
      const PolicyDescription table =
          describe_policy(load_policy(policy, base.op.layers), half_format(base.precision));
      variants.push_back(
          {std::filesystem::path(policy).stem().string(), constant_policy(table.preset, table.overrides)});
    } else {
      std::string known;
      for (const std::string& preset : presets) known += preset + ", ";
      throw RequestError("\"" + policy + "\" is no policy; it may be " + known +
                         "schedule, or the file of a policy table");
    }
  }
  return variants;
}

std::vector<ComparedRun> plan_comparison(const ComparisonSpec& spec) {
  check_names(spec);
  // So that a mistake in the base is told as one of the experiment.
  validate(spec.base);
  std::vector<ComparedRun> runs;
  for (const std::uint64_t seed : spec.seeds)
    for (std::size_t i = 0; i < spec.variants.size(); ++i) {
      ComparedRun run;
      run.variant = i;
      run.seed = seed;
      run.experiment = experiment_of(spec, spec.variants[i], seed);
      runs.push_back(std::move(run));
    }
  return runs;
}

}  // namespace halfwave
