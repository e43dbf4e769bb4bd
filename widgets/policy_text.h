#pragma once

#include "core/precision/policy.h"
#include "core/precision/schedule.h"

#include <QString>

namespace halfwave::widgets {

/// `forward transform`, for a person.
QString stage_label(Stage stage);

/// `hard clip ±1`, `clip 2σ`, `scale 1/64`; `level` 0 = the usual one.
QString stabilizer_label(Stabilizer stabilizer, double level = 0.0);
/// What a stabilizer does to a field, in one sentence.
QString stabilizer_help(Stabilizer stabilizer);

/// `mixed`, or `mixed, edited` when cells differ from the preset.
QString phase_label(const std::string& preset, bool edited);
QString phase_label(const SchedulePhase& phase);

/// What turns one table into another.
struct PolicyChange {
  QString brief;  ///< a few words, for a mark: `block.2 contraction → fp16`, `3 cells`, `mixed`
  QString full;   ///< one line a cell: `block.2 contraction: fp32 → fp16`
  int cells = 0;
};
PolicyChange describe_change(const Policy& before, const Policy& after);

}  // namespace halfwave::widgets
