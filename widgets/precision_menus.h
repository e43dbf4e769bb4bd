#pragma once

#include "widgets/policy_edit.h"
#include "widgets/precision_model.h"

#include <functional>

class QMenu;

namespace halfwave::widgets {

/// What a person can choose in a menu of the precision table, and who is told.
struct PrecisionChoices {
  std::function<void(const CellChoice&, Format)> format;
  std::function<void(const CellChoice&, Stabilizer)> stabilizer;
  std::function<void(const CellChoice&)> level;  ///< another level is to be typed
  std::function<void(const CellChoice&, Accumulation)> accumulation;
  std::function<void(const CellChoice&, bool fp32)> gradients;
};

/// The seven formats with their facts; what these cells have in common is checked, and what none of them can
/// take is disabled, with the reason as tooltip.
void add_formats(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                 const PrecisionChoices& choices);
/// The stabilizers with their usual levels, and another level.
void add_stabilizers(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                     const PrecisionChoices& choices);
void add_accumulation(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                      const PrecisionChoices& choices);
void add_gradients(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
                   const PrecisionChoices& choices);

/// The menu of a cell, a row (column −1) or a column (row −1), with a heading that names it.
void fill_menu(QMenu& menu, const PolicyModel& model, const CellChoice& cells,
               const PrecisionChoices& choices);

}  // namespace halfwave::widgets
