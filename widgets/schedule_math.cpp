#include "widgets/schedule_math.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr double tolerance = 2e-3;
constexpr double least_share = 1e-3;

/// Digits beyond these are noise of the arithmetic, not what a person meant.
double tidy(double share) {
  return std::round(share * 1e9) / 1e9;
}

}  // namespace

std::vector<int> phase_bounds(const std::vector<SchedulePhase>& phases, int epochs) {
  std::vector<int> bounds(phases.size() + 1, epochs);
  bounds.front() = 0;
  // Phases follow one another, so the first epoch of each is found by halving.
  for (std::size_t i = 1; i < phases.size(); ++i) {
    int low = bounds[i - 1], high = epochs;
    while (low < high) {
      const int middle = low + (high - low) / 2;
      if (phase_at(phases, middle, epochs) >= i)
        high = middle;
      else
        low = middle + 1;
    }
    bounds[i] = low;
  }
  return bounds;
}

QString epochs_text(int from, int to) {
  if (to <= from) return QCoreApplication::translate("Schedule", "none");
  if (to == from + 1) return QString::number(to);
  return QStringLiteral("%1–%2").arg(from + 1).arg(to);
}

double sum_of_fractions(const std::vector<SchedulePhase>& phases) {
  double sum = 0;
  for (const auto& phase : phases) sum += phase.fraction;
  return sum;
}

bool adds_up(const std::vector<SchedulePhase>& phases) {
  return phases.empty() || std::abs(sum_of_fractions(phases) - 1.0) <= tolerance;
}

void make_add_up(std::vector<SchedulePhase>& phases, std::size_t kept) {
  if (phases.empty()) return;
  if (phases.size() == 1) {
    phases.front().fraction = 1.0;
    return;
  }
  kept = std::min(kept, phases.size() - 1);
  const double missing = 1.0 - sum_of_fractions(phases);
  auto& neighbour = phases[kept + 1 < phases.size() ? kept + 1 : kept - 1];
  if (neighbour.fraction + missing >= least_share) {
    neighbour.fraction = tidy(neighbour.fraction + missing);
    return;
  }
  const double room = 1.0 - least_share * static_cast<double>(phases.size() - 1);
  auto& mine = phases[kept].fraction;
  mine = std::clamp(mine, least_share, room);
  double others = 0;
  for (std::size_t i = 0; i < phases.size(); ++i)
    if (i != kept) others += std::max(phases[i].fraction, least_share);
  for (std::size_t i = 0; i < phases.size(); ++i)
    if (i != kept)
      phases[i].fraction = tidy(std::max(phases[i].fraction, least_share) / others * (1.0 - mine));
}

void move_boundary(std::vector<SchedulePhase>& phases, std::size_t index, double position, double least) {
  if (index + 1 >= phases.size()) return;
  double begin = 0;
  for (std::size_t i = 0; i < index; ++i) begin += phases[i].fraction;
  const double both = phases[index].fraction + phases[index + 1].fraction;
  if (both < 2 * least) return;
  const double mine = tidy(std::clamp(position - begin, least, both - least));
  phases[index].fraction = mine;
  phases[index + 1].fraction = tidy(both - mine);
}

void add_phase_after(std::vector<SchedulePhase>& phases, std::size_t index, const std::string& preset) {
  if (phases.empty()) {
    phases.push_back({1.0, preset, {}});
    return;
  }
  index = std::min(index, phases.size() - 1);
  const double half = tidy(phases[index].fraction / 2);
  phases[index].fraction = tidy(phases[index].fraction - half);
  phases.insert(phases.begin() + static_cast<std::ptrdiff_t>(index) + 1, {half, preset, {}});
}

void remove_phase(std::vector<SchedulePhase>& phases, std::size_t index) {
  if (index >= phases.size()) return;
  const double share = phases[index].fraction;
  phases.erase(phases.begin() + static_cast<std::ptrdiff_t>(index));
  if (phases.empty()) return;
  auto& heir = phases[index > 0 ? index - 1 : 0];
  heir.fraction = tidy(heir.fraction + share);
}

}  // namespace halfwave::widgets
