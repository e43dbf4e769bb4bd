#pragma once

#include <QString>

namespace halfwave::widgets {

/// What a person says of a run. Kept beside the runs, never in them.
struct RunNote {
  QString name;   ///< in place of the folder's name; empty = that
  QString group;  ///< empty = that of its comparison, if it has one
  bool pinned = false;
  int colour = -1;  ///< number in the cycle of run_pen; below 0 = none yet
  bool operator==(const RunNote&) const = default;
};

}  // namespace halfwave::widgets
