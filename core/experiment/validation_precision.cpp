#include "core/error.h"
#include "core/experiment/nearest_name.h"
#include "core/experiment/validation_parts.h"
#include "core/precision/policy_checks.h"

#include <algorithm>
#include <cmath>

namespace halfwave {
namespace {

/// Checks a preset with its overrides; returns whether it computes in fp64.
bool check_policy(const Experiment& e, const std::string& preset, const std::string& preset_path,
                  const std::vector<PolicyOverride>& overrides, const std::string& overrides_path,
                  Problems& out) {
  const auto& known = policy_preset_names();
  if (std::find(known.begin(), known.end(), preset) == known.end()) {
    if (!wrong_at(out, preset_path))
      out.push_back({preset_path, "there is no policy \"" + preset.substr(0, 60) + "\"; the nearest is " +
                                      nearest_name(preset, known)});
    return false;
  }
  if (wrong_at(out, "operator.layers") || wrong_at(out, "precision.half")) return false;
  Policy policy = make_policy(preset, e.op.layers, *format_from_name(e.precision.half));
  for (std::size_t i = 0; i < overrides.size(); ++i) {
    try {
      apply_overrides(policy, {overrides[i]});
    } catch (const RequestError& error) {
      out.push_back({at_index(overrides_path, i), error.what()});
    }
  }
  if (const std::string problem = fp64_problem(policy); !problem.empty())
    out.push_back({overrides_path, problem});
  return is_fp64(policy);
}

/// What would make the fractions add up to 1.
std::string sum_problem(const std::vector<SchedulePhase>& phases, double sum) {
  const auto rounded = [](double value) { return text_of(std::round(value * 1e4) / 1e4); };
  std::string text = "the fractions add up to " + rounded(sum) + "; they must add up to 1";
  const double last = 1.0 - (sum - phases.back().fraction);
  if (last > 5e-5) text += ", for instance with " + rounded(last) + " for the last phase";
  return text;
}

/// Returns in how many phases it computes in fp64.
std::size_t check_schedule(const Experiment& e, Problems& out) {
  const std::vector<SchedulePhase>& phases = e.precision.schedule;
  double sum = 0.0;
  std::size_t in_fp64 = 0;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const SchedulePhase& phase = phases[i];
    const std::string path = at_index("precision.schedule", i);
    if (!(phase.fraction > 0.0 && phase.fraction <= 1.0))
      out.push_back({path + ".fraction", text_of(phase.fraction) +
                                             " is not a share of the epochs, which is more "
                                             "than 0 and at most 1"});
    sum += phase.fraction;
    if (check_policy(e, phase.preset, path + ".policy", phase.overrides, path + ".overrides", out)) ++in_fp64;
  }
  // Shares such as 1/3 are written with a few digits, so a small remainder is meant as none.
  if (!wrong_at(out, "precision.schedule") && !(std::abs(sum - 1.0) <= 2e-3))
    out.push_back({"precision.schedule", sum_problem(phases, sum)});
  if (in_fp64 > 0 && in_fp64 < phases.size())
    out.push_back({"precision.schedule", "fp64 is in " + std::to_string(in_fp64) + " of " +
                                             plural(phases.size(), "phase") +
                                             "; it must be in all of them or in none"});
  return in_fp64;
}

void check_edits(const Experiment& e, bool run_in_fp64, Problems& out) {
  const std::vector<PolicyEdit>& edits = e.precision.edits;
  for (std::size_t i = 0; i < edits.size(); ++i) {
    const PolicyEdit& edit = edits[i];
    const std::string path = at_index("precision.edits", i);
    if (edit.step < 0)
      out.push_back({path + ".step", std::to_string(edit.step) + " is less than 0, the first step"});
    else if (i > 0 && edit.step < edits[i - 1].step)
      out.push_back({path + ".step", std::to_string(edit.step) + " comes after step " +
                                         std::to_string(edits[i - 1].step) +
                                         "; edits are listed in the order of their steps"});
    const std::size_t before = out.size();
    const bool in_fp64 =
        check_policy(e, edit.preset, path + ".policy", edit.overrides, path + ".overrides", out);
    if (out.size() == before && in_fp64 != run_in_fp64)
      out.push_back({path, in_fp64 ? "changes to fp64 while the run goes on; fp64 must be in all policies of "
                                     "a run or in none"
                                   : "leaves fp64 while the run goes on; fp64 must be in all policies of a "
                                     "run or in none"});
  }
}

}  // namespace

void check_precision(const Experiment& e, Problems& out) {
  const PrecisionSpec& p = e.precision;
  bool in_fp64 = check_policy(e, p.policy, "precision.policy", p.overrides, "precision.overrides", out);
  if (!p.schedule.empty()) in_fp64 = check_schedule(e, out) > 0;
  check_edits(e, in_fp64, out);
}

}  // namespace halfwave
