#include "app/lab/run_overlay.h"

#include "widgets/compare_curves.h"

#include <QStackedWidget>

#include <algorithm>
#include <utility>

namespace halfwave::lab {
namespace {

QString name_of(const widgets::RunRow& row) {
  return widgets::run_name(row);
}

}  // namespace

bool RunOverlay::continues(const std::vector<widgets::RunRow>& runs) const {
  return runs.size() == shown_.size() &&
         std::equal(runs.begin(), runs.end(), shown_.begin(), [](const auto& now, const auto& before) {
           return now.run->folder == before.run->folder && now.note.colour == before.note.colour &&
                  name_of(now) == name_of(before) && now.run->epochs.size() >= before.run->epochs.size();
         });
}

void RunOverlay::show(const std::vector<widgets::RunRow>& runs) {
  if (continues(runs)) {
    const std::vector<widgets::RunRow> before = std::exchange(shown_, runs);
    for (std::size_t k = 0; k < runs.size(); ++k) add_epochs(k, before[k].run->epochs.size());
    return;
  }
  shown_ = runs;
  std::vector<widgets::CompareRun> described;
  std::vector<int> colours;
  for (const widgets::RunRow& row : runs) {
    widgets::CompareRun run;
    run.name = name_of(row);
    run.settings = widgets::run_row_tip(row);
    described.push_back(std::move(run));
    colours.push_back(std::max(row.note.colour, 0));
  }
  curves_.begin(described, colours);
  for (std::size_t k = 0; k < runs.size(); ++k) add_epochs(k, 0);
  faces_.setCurrentIndex(runs.empty() ? 0 : 1);
}

void RunOverlay::add_epochs(std::size_t run, std::size_t from) {
  const RunSummary& summary = *shown_[run].run;
  for (std::size_t i = from; i < summary.epochs.size(); ++i) {
    EpochEvent event = summary.epochs[i];
    // Each run's errors are those of its own test set, whatever that is called.
    const auto found = event.metrics.find(summary.test_set);
    std::map<std::string, Metrics> metrics;
    if (found != event.metrics.end()) metrics[""] = found->second;
    event.metrics = std::move(metrics);
    curves_.add_epoch(run, event);
  }
}

}  // namespace halfwave::lab
