#pragma once

#include "widgets/run_table_text.h"

#include <vector>

class QStackedWidget;

namespace halfwave::widgets {
class CompareCurves;
}

namespace halfwave::lab {

/// Lays the curves of selected runs over one another, in their colours, in place of the curves of the run
/// that is shown. New epochs are added without a change of what a person looks at.
class RunOverlay {
 public:
  RunOverlay(QStackedWidget& faces, widgets::CompareCurves& curves) : faces_(faces), curves_(curves) {}

  /// Without runs, the curves of the run that is shown come back.
  void show(const std::vector<widgets::RunRow>& runs);

  const widgets::RunRow& shown(std::size_t run) const { return shown_.at(run); }

 private:
  bool continues(const std::vector<widgets::RunRow>& runs) const;
  void add_epochs(std::size_t run, std::size_t from);

  QStackedWidget& faces_;
  widgets::CompareCurves& curves_;
  std::vector<widgets::RunRow> shown_;
};

}  // namespace halfwave::lab
