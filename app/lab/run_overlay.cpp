#include "app/lab/run_overlay.h"

#include "widgets/compare_curves.h"

#include <QStackedWidget>

#include <algorithm>
#include <utility>

namespace halfwave::lab {
namespace {

constexpr qsizetype long_beginning = 6;

QString name_of(const widgets::RunRow& row) {
  return widgets::run_name(row);
}

/// How long the beginning is that all names share, up to the end of a word; 0 unless it is worth leaving out.
qsizetype shared_beginning(const std::vector<widgets::RunRow>& runs) {
  if (runs.size() < 2) return 0;
  QString shared = name_of(runs.front());
  for (const widgets::RunRow& row : runs) {
    const QString name = name_of(row);
    const auto [end, ignored] = std::mismatch(shared.begin(), shared.end(), name.begin(), name.end());
    shared.truncate(end - shared.begin());
  }
  while (!shared.isEmpty() && shared.back().isLetterOrNumber()) shared.chop(1);
  return shared.size() > long_beginning ? shared.size() : 0;
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
  const qsizetype left_out = shared_beginning(runs);
  for (const widgets::RunRow& row : runs) {
    widgets::CompareRun run;
    run.name = left_out > 0 ? u'…' + name_of(row).mid(left_out) : name_of(row);
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
