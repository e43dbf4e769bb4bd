#pragma once

#include "core/precision/policy.h"

namespace halfwave::widgets {

/// Some cells of the table: a row and a column, −1 standing for all of them.
struct CellChoice {
  int row = -1;
  int column = -1;
  bool has(int r, int c) const { return (row < 0 || r == row) && (column < 0 || c == column); }
  bool has_row(int r) const { return row < 0 || r == row; }
};

/// How many cells of two tables with the same rows are not alike, a layer's stabilizer, accumulation and
/// gradients counting as a cell each; the name does not count.
int differing_cells(const Policy& a, const Policy& b);

/// fp64 is everywhere or nowhere: the cells that have it fall back to fp32.
void leave_fp64(Policy& policy);

/// The tables that one choice makes of `policy`. A format goes to those of the chosen stages that exist and
/// can have it.
Policy with_format(Policy policy, const CellChoice& cells, Format format);
/// `level` 0 = the stabilizer's usual one.
Policy with_stabilizer(Policy policy, const CellChoice& cells, Stabilizer stabilizer, double level = 0.0);
/// Another level for the chosen layers whose stabilizer has one.
Policy with_level(Policy policy, const CellChoice& cells, double level);
Policy with_accumulation(Policy policy, const CellChoice& cells, Accumulation accumulation);
Policy with_fp32_gradients(Policy policy, const CellChoice& cells, bool fp32);

/// The preset that `policy` is, or else the one with the fewest cells that differ; `preferred` wins a tie.
std::string nearest_preset(const Policy& policy, const std::string& preferred, Format half);

}  // namespace halfwave::widgets
