#include "app/lab/modes_advisor.h"

#include "app/lab/data_loader.h"
#include "app/lab/document.h"
#include "app/lab/message_bar.h"
#include "app/lab/views.h"
#include "widgets/operator_form.h"

#include <QStringList>

#include <algorithm>

namespace halfwave::lab {
namespace {

/// On a new axis: enough to see something, and half of what a small grid carries.
constexpr std::int64_t usual_modes = 16;

QString list_text(const std::vector<int>& modes) {
  QStringList parts;
  for (const int m : modes) parts += QString::number(m);
  return '[' + parts.join(", ") + ']';
}

}  // namespace

std::vector<int> fitting_modes(const std::vector<int>& modes,
                               const std::vector<std::vector<std::int64_t>>& grids) {
  if (grids.empty()) return modes;
  std::vector<std::int64_t> coarsest = grids.front();
  for (const auto& grid : grids) {
    for (std::size_t axis = 0; axis < std::min(grid.size(), coarsest.size()); ++axis) {
      coarsest[axis] = std::min(coarsest[axis], grid[axis]);
    }
  }
  std::vector<int> fitting;
  for (std::size_t axis = 0; axis < coarsest.size(); ++axis) {
    const std::int64_t wanted =
        axis < modes.size() ? modes[axis] : std::clamp<std::int64_t>(coarsest[axis] / 2, 1, usual_modes);
    fitting.push_back(static_cast<int>(std::min(wanted, coarsest[axis])));
  }
  return fitting;
}

ModesAdvisor::ModesAdvisor(Parts parts, QObject* parent) : QObject(parent), parts_(parts) {
  connect(&parts_.loader, &DataLoader::loaded, this, &ModesAdvisor::look);
  connect(parts_.views.messages, &MessageBar::activated, this, &ModesAdvisor::apply);
}

void ModesAdvisor::look() {
  std::vector<std::vector<std::int64_t>> grids;
  const datasets::SampleSource& source = parts_.loader.source();
  for (int set = 0; set < source.set_count(); ++set) grids.push_back(source.summary(set).grid);
  const auto& modes = parts_.document.experiment().op.modes;
  offer_ = fitting_modes(modes, grids);
  if (offer_ == modes) {
    offer_.clear();
    return;
  }
  said_ = tr("operator.modes: %1 do not fit the grid of this data, which carries %2.")
              .arg(list_text(modes), list_text(offer_));
  parts_.views.messages->show_message(MessageBar::Kind::warning, said_, tr("Use %1").arg(list_text(offer_)));
}

void ModesAdvisor::apply() {
  if (offer_.empty() || parts_.views.messages->text() != said_) return;
  parts_.document.edit([this](Experiment& e) { e.op.modes = offer_; });
  parts_.views.op->set_spec(parts_.document.experiment().op);
  parts_.views.messages->dismiss();
  offer_.clear();
}

}  // namespace halfwave::lab
