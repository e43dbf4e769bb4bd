#pragma once

#include "core/precision/schedule.h"

#include <QString>

#include <vector>

namespace halfwave::widgets {

/// Where phases begin and end in whole epochs, as the trainer has it (`phase_at`): phase i is the epochs from
/// bounds[i] (from 0) up to, not with, bounds[i + 1].
std::vector<int> phase_bounds(const std::vector<SchedulePhase>& phases, int epochs);

/// `1–5`, `3`, or `none`, counted from 1.
QString epochs_text(int from, int to);

double sum_of_fractions(const std::vector<SchedulePhase>& phases);
/// Whether the fractions add up to 1, as closely as the experiment's check asks.
bool adds_up(const std::vector<SchedulePhase>& phases);
/// Makes the fractions add up to 1: `kept` stays as it is, its neighbour takes the difference, or all the
/// others share it in proportion where the neighbour is too small.
void make_add_up(std::vector<SchedulePhase>& phases, std::size_t kept);

/// Puts the end of phase `index` at the share `position` of the epochs; both sides keep at least `least`.
void move_boundary(std::vector<SchedulePhase>& phases, std::size_t index, double position, double least);

/// A phase after `index`, which gives it half of its share.
void add_phase_after(std::vector<SchedulePhase>& phases, std::size_t index, const std::string& preset);
/// Takes a phase out; a neighbour gets its share.
void remove_phase(std::vector<SchedulePhase>& phases, std::size_t index);

}  // namespace halfwave::widgets
