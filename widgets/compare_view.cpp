#include "widgets/compare_view.h"

#include "widgets/compare_curves.h"
#include "widgets/compare_fields.h"
#include "widgets/compare_table.h"
#include "widgets/theme.h"
#include "widgets/variant_form.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QSplitter>
#include <QStackedWidget>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <optional>

namespace halfwave::widgets {
namespace {

constexpr std::size_t most_pending = 4;  // snapshots of a run that wait for the others'
constexpr int width_for_two_plots = 1500;
constexpr int height_for_more = 560;

}  // namespace

struct CompareView::Parts {
  QStackedWidget* pages = nullptr;
  QSplitter* rows = nullptr;
  QSplitter* below = nullptr;
  QComboBox* test_set = nullptr;
  QWidget* test_set_row = nullptr;
  QToolButton* again = nullptr;
  QLabel* failures = nullptr;  ///< why runs have failed, in full
  bool roomy = true;
  bool in_phase = false;
  bool changed = false;
  std::vector<std::deque<std::shared_ptr<const SnapshotEvent>>> pending;

  std::string chosen_set() const { return test_set->currentText().toStdString(); }
};

CompareView::CompareView(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {
  build();
}

CompareView::~CompareView() = default;

void CompareView::build() {
  Parts& p = *parts_;
  p.pages = new QStackedWidget(this);
  form_ = new VariantForm(p.pages);
  auto* results = new QWidget(p.pages);
  fields_ = new CompareFields(results);
  curves_ = new CompareCurves(results);
  errors_ = new CompareCurves(results);
  errors_->set_quantity(CompareQuantity::l2);
  errors_->hide();
  // Plots that nobody has laid out yet still have a size that can be drawn.
  for (CompareCurves* plot : {curves_, errors_}) plot->resize(plot->sizeHint());
  table_ = new CompareTable(results);

  p.test_set_row = new QWidget(results);
  auto* set_layout = new QHBoxLayout(p.test_set_row);
  set_layout->setContentsMargins(0, 0, 0, 0);
  auto* set_label = new QLabel(tr("Test set"), p.test_set_row);
  p.test_set = new QComboBox(p.test_set_row);
  p.test_set->setAccessibleName(tr("Test set"));
  set_label->setBuddy(p.test_set);
  set_layout->addWidget(set_label);
  set_layout->addWidget(p.test_set);
  p.test_set_row->hide();
  fields_->add_tool(p.test_set_row);
  auto* copy = new QToolButton(results);
  copy->setObjectName(QStringLiteral("copy_comparison"));
  copy->setText(tr("Copy table"));
  copy->setToolTip(tr("Copies the table as Markdown (Ctrl+C in the table), or as CSV by the arrow"));
  copy->setPopupMode(QToolButton::MenuButtonPopup);
  auto* menu = new QMenu(copy);
  menu->addAction(tr("As Markdown"), table_, &CompareTable::copy_markdown);
  menu->addAction(tr("As CSV"), table_, &CompareTable::copy_csv);
  copy->setMenu(menu);
  fields_->add_tool(copy);
  p.again = new QToolButton(results);
  p.again->setObjectName(QStringLiteral("new_comparison"));
  p.again->setText(tr("New comparison"));
  p.again->setToolTip(tr("Choose other variants"));
  fields_->add_tool(p.again);

  p.below = new QSplitter(Qt::Horizontal, results);
  p.below->setChildrenCollapsible(false);
  p.below->setHandleWidth(spacing);
  p.below->addWidget(curves_);
  p.below->addWidget(errors_);
  auto* figures = new QWidget(p.below);
  auto* figures_layout = new QVBoxLayout(figures);
  figures_layout->setContentsMargins(0, 0, 0, 0);
  figures_layout->setSpacing(spacing);
  p.failures = new QLabel(figures);
  p.failures->setObjectName(QStringLiteral("compare_failures"));
  p.failures->setWordWrap(true);
  p.failures->setTextInteractionFlags(Qt::TextSelectableByMouse);
  p.failures->setProperty("role", "problem");
  figures_layout->addWidget(table_, 1);
  figures_layout->addWidget(p.failures);
  p.below->addWidget(figures);
  p.rows = new QSplitter(Qt::Vertical, results);
  p.rows->setChildrenCollapsible(false);
  p.rows->setHandleWidth(spacing_small);
  p.rows->addWidget(fields_);
  p.rows->addWidget(p.below);
  auto* layout = new QVBoxLayout(results);
  layout->setContentsMargins(spacing, spacing, spacing, spacing);
  layout->addWidget(p.rows);

  p.pages->addWidget(form_);
  p.pages->addWidget(results);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(p.pages);

  for (CompareCurves* plot : {curves_, errors_})
    connect(plot, &CompareCurves::run_picked, table_,
            [this](std::size_t run) { table_->selectRow(static_cast<int>(run)); });
  connect(copy, &QToolButton::clicked, table_, &CompareTable::copy_markdown);
  connect(p.again, &QToolButton::clicked, this, [this] {
    show_form();
    Q_EMIT new_requested();
  });
  connect(p.test_set, &QComboBox::currentTextChanged, this, [this] {
    parts_->changed = true;
    refresh();
  });
}

void CompareView::show_form() {
  parts_->pages->setCurrentIndex(0);
}

bool CompareView::shows_form() const {
  return parts_->pages->currentIndex() == 0;
}

void CompareView::begin(std::vector<CompareRun> runs, bool in_phase, const QString& unit) {
  Parts& p = *parts_;
  runs_ = std::move(runs);
  p.in_phase = in_phase;
  p.pending.assign(runs_.size(), {});
  {
    const QSignalBlocker quiet(p.test_set);
    p.test_set->clear();
  }
  p.test_set_row->hide();
  curves_->begin(runs_);
  errors_->begin(runs_);
  fields_->set_unit(unit);
  p.pages->setCurrentIndex(1);
  p.changed = true;
  refresh();
  share_height();
}

void CompareView::set_busy(bool busy) {
  parts_->again->setEnabled(!busy);
  form_->set_busy(busy);
}

void CompareView::add(std::size_t run, const StateEvent& event) {
  CompareRun& one = runs_.at(run);
  const QString known = one.message;
  one.add(event);
  if (one.message.isEmpty()) one.message = known;
  if (event.state == RunState::failed) {
    curves_->mark_failure(run);
    errors_->mark_failure(run);
  }
  if (one.has_ended()) choose_pictures();
  parts_->changed = true;
}

void CompareView::add(std::size_t run, const StepEvent& event) {
  runs_.at(run).add(event);
  curves_->add_step(run, event);
  errors_->add_step(run, event);
  parts_->changed = true;
}

void CompareView::add(std::size_t run, const EpochEvent& event) {
  Parts& p = *parts_;
  runs_.at(run).add(event);
  curves_->add_epoch(run, event);
  errors_->add_epoch(run, event);
  for (const auto& [label, metrics] : event.metrics) {
    const QString set = QString::fromStdString(label);
    if (p.test_set->findText(set) < 0) p.test_set->addItem(set);
  }
  p.test_set_row->setVisible(p.test_set->count() > 1);
  p.changed = true;
}

void CompareView::add(std::size_t run, const PolicyEvent& event, bool emulated) {
  runs_.at(run).add(event);
  runs_[run].emulated = emulated;
  parts_->changed = true;
}

void CompareView::add(std::size_t run, const SnapshotEvent& event) {
  Parts& p = *parts_;
  if (p.test_set->count() == 0 && !event.test_set.empty())
    p.test_set->addItem(QString::fromStdString(event.test_set));
  auto& pending = p.pending.at(run);
  pending.push_back(std::make_shared<const SnapshotEvent>(event));
  if (pending.size() > most_pending) pending.pop_front();
  choose_pictures();
  p.changed = true;
}

void CompareView::add(std::size_t run, const MemoryEvent& event) {
  runs_.at(run).add(event);
  parts_->changed = true;
}

void CompareView::add(std::size_t run, const RangeEvent& event) {
  runs_.at(run).add(event);
  parts_->changed = true;
}

void CompareView::choose_pictures() {
  Parts& p = *parts_;
  std::optional<std::int64_t> common;
  const auto newest = [&](std::size_t run) {
    if (!p.pending[run].empty()) return p.pending[run].back()->step;
    return runs_[run].snapshot ? runs_[run].snapshot->step : std::int64_t{-1};
  };
  // A run that has finished stays in phase until the others have come to its last picture.
  const auto goes_alone = [&](std::size_t run) {
    if (!runs_[run].has_ended()) return false;
    if (runs_[run].state != RunState::finished) return true;
    for (std::size_t other = 0; other < runs_.size(); ++other)
      if (!runs_[other].has_ended() && newest(other) < newest(run)) return false;
    return true;
  };
  if (p.in_phase) {
    // The newest step of which every run that goes on has a picture.
    const auto has = [&](std::size_t run, std::int64_t step) {
      return std::any_of(p.pending[run].begin(), p.pending[run].end(),
                         [step](const auto& snapshot) { return snapshot->step == step; });
    };
    for (std::size_t k = 0; k < runs_.size(); ++k)
      for (const auto& snapshot : p.pending[k]) {
        bool everywhere = true;
        for (std::size_t other = 0; other < runs_.size(); ++other)
          everywhere = everywhere && (goes_alone(other) || has(other, snapshot->step));
        if (everywhere && !goes_alone(k) && (!common || snapshot->step > *common)) common = snapshot->step;
      }
  }
  for (std::size_t k = 0; k < runs_.size(); ++k) {
    auto& pending = p.pending[k];
    if (!p.in_phase || goes_alone(k)) {
      if (!pending.empty()) runs_[k].snapshot = pending.back();
    } else if (common) {
      const auto found = std::find_if(pending.begin(), pending.end(),
                                      [&](const auto& snapshot) { return snapshot->step == *common; });
      if (found == pending.end()) continue;
      runs_[k].snapshot = *found;
      pending.erase(pending.begin(), found);
    }
  }
}

void CompareView::refresh() {
  Parts& p = *parts_;
  if (!std::exchange(p.changed, false)) return;
  const std::string test_set = p.chosen_set();
  curves_->set_test_set(test_set);
  errors_->set_test_set(test_set);
  fields_->show_runs(runs_, test_set);
  table_->show_runs(runs_, test_set);
  QStringList failures;
  for (const CompareRun& run : runs_)
    if (run.state == RunState::failed) failures << tr("%1: %2").arg(run.name, run.message);
  p.failures->setText(failures.join('\n'));
  p.failures->setVisible(p.roomy && !failures.isEmpty());
}

void CompareView::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  share_height();
}

void CompareView::share_height() {
  Parts& p = *parts_;
  const bool two_plots = width() >= width_for_two_plots;
  const bool tall_enough = height() >= height_for_more;
  errors_->setVisible(two_plots);
  p.roomy = tall_enough;
  p.failures->setVisible(p.roomy && !p.failures->text().isEmpty());
  const int tall = p.rows->height();
  // The table has the same key.
  for (CompareCurves* plot : {curves_, errors_}) plot->set_compact(!tall_enough);
  // Where there is little room the pictures get most of it.
  const int lower = tall_enough ? tall * 42 / 100 : std::max(150, tall * 38 / 100);
  p.rows->setSizes({tall - lower, lower});
  const int wide = p.below->width();
  if (two_plots)
    p.below->setSizes({wide * 27 / 100, wide * 27 / 100, wide * 46 / 100});
  else
    p.below->setSizes({wide * (tall_enough ? 34 : 27) / 100, 0, wide * (tall_enough ? 66 : 73) / 100});
}

}  // namespace halfwave::widgets
