#include "widgets/schedule_editor.h"

#include "widgets/policy_text.h"
#include "widgets/schedule_math.h"
#include "widgets/schedule_row.h"
#include "widgets/schedule_strip.h"
#include "widgets/theme.h"
#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace halfwave::widgets {

struct ScheduleEditor::Impl {
  enum Choice { none, paper, own };

  ScheduleEditor* self = nullptr;
  QComboBox* choice = nullptr;
  ScheduleStrip* strip = nullptr;
  QWidget* list = nullptr;
  QGridLayout* grid = nullptr;
  QWidget* tools = nullptr;
  QToolButton *add = nullptr, *up = nullptr, *down = nullptr;
  QLabel* sum = nullptr;
  QPushButton* mend = nullptr;
  std::vector<std::unique_ptr<ScheduleRow>> rows;
  std::vector<SchedulePhase> phases;
  std::vector<SchedulePhase> own_phases;  ///< the last that were neither none nor the paper's
  SchedulePhase constant;
  int epochs = 1;
  int selected = 0;
  std::size_t last_typed = 0;  ///< its share stays when the others are made to add up
  bool read_only = false;

  std::size_t chosen() const { return static_cast<std::size_t>(selected); }

  /// What a person has made of the phases.
  void take(std::vector<SchedulePhase> next) {
    if (next == phases) return;
    phases = std::move(next);
    refresh();
    Q_EMIT self->edited();
  }

  void select(int phase, bool tell) {
    phase = std::clamp(phase, 0, std::max(0, static_cast<int>(phases.size()) - 1));
    const bool other = phase != selected;
    selected = phase;
    refresh();
    if (tell && other) Q_EMIT self->phase_selected(selected);
  }

  void choose(int item) {
    switch (choice->itemData(item).toInt()) {
      case none:
        take({});
        break;
      case paper:
        selected = 0;
        take(paper_schedule());
        break;
      default:
        if (!own_phases.empty())
          take(own_phases);
        else if (phases.empty())
          take({constant});
    }
    refresh();
    Q_EMIT self->phase_selected(selected);
  }

  void make_rows() {
    rows.clear();
    for (std::size_t i = 0; i < phases.size(); ++i) {
      const int index = static_cast<int>(i);
      auto row = std::make_unique<ScheduleRow>(*grid, index + 1, index, list);
      connect(row.get(), &ScheduleRow::chosen, self, [this, index] { select(index, true); });
      connect(row.get(), &ScheduleRow::preset_chosen, self, [this, i](const QString& preset) {
        auto next = phases;
        next[i].preset = preset.toStdString();
        next[i].overrides.clear();
        take(std::move(next));
      });
      connect(row.get(), &ScheduleRow::share_typed, self, [this, i](double fraction) {
        last_typed = i;
        auto next = phases;
        next[i].fraction = fraction;
        if (next == phases) Q_EMIT self->edited();
        take(std::move(next));
      });
      connect(row.get(), &ScheduleRow::unreadable, self, &ScheduleEditor::edited);
      // After the click that asks for it has been dealt with.
      connect(
          row.get(), &ScheduleRow::removed, self,
          [this, i] {
            auto next = phases;
            remove_phase(next, i);
            take(std::move(next));
            Q_EMIT self->phase_selected(selected);
          },
          Qt::QueuedConnection);
      rows.push_back(std::move(row));
    }
    guard_wheel(*list);
  }

  void swap_with(int other) {
    auto next = phases;
    std::swap(next[chosen()], next[static_cast<std::size_t>(other)]);
    selected = other;
    take(std::move(next));
    Q_EMIT self->phase_selected(selected);
  }

  void refresh_choice() {
    const QSignalBlocker quiet(choice);
    const bool is_paper = phases == paper_schedule();
    const auto count = static_cast<int>(phases.size());
    const bool is_own = count > 0 && !is_paper;
    if (is_own) own_phases = phases;
    choice->setItemText(own, is_own ? count == 1 ? ScheduleEditor::tr("of its own, 1 phase")
                                                 : ScheduleEditor::tr("of its own, %1 phases").arg(count)
                                    : ScheduleEditor::tr("of its own…"));
    choice->setCurrentIndex(phases.empty() ? none : is_paper ? paper : own);
  }

  void refresh() {
    const int count = static_cast<int>(phases.size());
    selected = std::clamp(selected, 0, std::max(0, count - 1));
    if (rows.size() != phases.size()) make_rows();
    refresh_choice();
    const auto bounds = phase_bounds(phases, epochs);
    for (std::size_t i = 0; i < phases.size(); ++i) {
      rows[i]->show(phases[i], epochs_text(bounds[i], bounds[i + 1]), static_cast<int>(i) == selected);
      rows[i]->set_read_only(read_only);
    }
    strip->set_phases(phases, epochs);
    strip->set_selected(selected);
    const bool any = count > 0;
    for (QWidget* widget : std::initializer_list<QWidget*>{strip, list, tools}) widget->setVisible(any);
    choice->setEnabled(!read_only);
    add->setEnabled(!read_only);
    up->setEnabled(!read_only && selected > 0);
    down->setEnabled(!read_only && selected + 1 < count);
    const bool wrong = !adds_up(phases);
    sum->setText(any ? ScheduleEditor::tr("sum %1 %").arg(sum_of_fractions(phases) * 100, 0, 'g', 4)
                     : QString());
    sum->setProperty("role", wrong ? "problem" : "hint");
    sum->setStyleSheet(QString());  // asks for the role's colour again
    mend->setVisible(wrong);
    mend->setEnabled(!read_only);
  }

  void make_tools();
  void make_list();
};

void ScheduleEditor::Impl::make_list() {
  list = new QWidget(self);
  grid = new QGridLayout(list);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(spacing_small);
  grid->setVerticalSpacing(spacing_small);
  grid->setColumnStretch(1, 1);
  const auto head = [this](const QString& text, int column, int span) {
    auto* label = new QLabel(text, list);
    label->setProperty("role", "hint");
    grid->addWidget(label, 0, column, 1, span);
  };
  head(ScheduleEditor::tr("policy"), 1, 1);
  head(ScheduleEditor::tr("share"), 2, 2);
  head(ScheduleEditor::tr("epochs"), 4, 2);
}

void ScheduleEditor::Impl::make_tools() {
  tools = new QWidget(self);
  const auto button = [this](const char* name, const QString& text, const QString& tip) {
    auto* made = new QToolButton(tools);
    made->setObjectName(QLatin1String(name));
    made->setText(text);
    made->setToolTip(tip);
    made->setAccessibleName(tip);
    made->setFocusPolicy(Qt::StrongFocus);
    return made;
  };
  add = button("add_phase", ScheduleEditor::tr("Add"),
               ScheduleEditor::tr("Add a phase after the selected one, which gives it half of its share."));
  up = button("phase_up", QStringLiteral("↑"), ScheduleEditor::tr("Move the selected phase forward."));
  down = button("phase_down", QStringLiteral("↓"), ScheduleEditor::tr("Move the selected phase back."));
  sum = new QLabel(tools);
  sum->setObjectName(QStringLiteral("schedule_sum"));
  mend = new QPushButton(ScheduleEditor::tr("Make them add up"), tools);
  mend->setObjectName(QStringLiteral("make_add_up"));
  mend->setToolTip(ScheduleEditor::tr("The share typed last stays; the next phase takes the difference."));
  auto* line = new QHBoxLayout;
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(spacing_small);
  for (QWidget* widget : std::initializer_list<QWidget*>{add, up, down}) line->addWidget(widget);
  line->addStretch(1);
  line->addWidget(sum);
  auto* layout = new QVBoxLayout(tools);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing_small);
  layout->addLayout(line);
  layout->addWidget(mend);
  connect(add, &QToolButton::clicked, self, [this] {
    auto next = phases;
    add_phase_after(next, chosen(), "full");
    ++selected;
    take(std::move(next));
    Q_EMIT self->phase_selected(selected);
  });
  connect(up, &QToolButton::clicked, self, [this] { swap_with(selected - 1); });
  connect(down, &QToolButton::clicked, self, [this] { swap_with(selected + 1); });
  connect(mend, &QPushButton::clicked, self, [this] {
    auto next = phases;
    make_add_up(next, last_typed);
    take(std::move(next));
  });
}

ScheduleEditor::ScheduleEditor(QWidget* parent) : QWidget(parent), impl_(std::make_unique<Impl>()) {
  impl_->self = this;
  auto* label = new QLabel(tr("Schedule"), this);
  impl_->choice = new QComboBox(this);
  impl_->choice->setObjectName(QStringLiteral("schedule_choice"));
  impl_->choice->setAccessibleName(tr("Schedule"));
  impl_->choice->setMinimumContentsLength(8);
  impl_->choice->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  const auto offer = [this](const QString& text, Impl::Choice choice, const QString& tip) {
    impl_->choice->addItem(text, choice);
    impl_->choice->setItemData(impl_->choice->count() - 1, tip, Qt::ToolTipRole);
  };
  offer(tr("none: one policy"), Impl::none, tr("The policy of the precision table throughout."));
  offer(tr("paper (25/50/25)"), Impl::paper,
        tr("25 % mixed with tanh, 50 % with an fp32 forward transform and no stabilizer, 25 % full."));
  offer(tr("of its own…"), Impl::own, tr("Any list of phases, begun with the policy of the table."));
  label->setBuddy(impl_->choice);
  impl_->strip = new ScheduleStrip(this);
  impl_->make_list();
  impl_->make_tools();
  connect(impl_->choice, &QComboBox::activated, this, [this](int item) { impl_->choose(item); });
  connect(impl_->strip, &ScheduleStrip::phase_selected, this,
          [this](int phase) { impl_->select(phase, true); });
  connect(impl_->strip, &ScheduleStrip::phases_moved, this,
          [this](const std::vector<SchedulePhase>& phases) { impl_->take(phases); });
  connect(&theme_notifier(), &ThemeNotifier::changed, this, [this] { impl_->refresh(); });

  auto* line = new QHBoxLayout;
  line->setSpacing(spacing);
  line->addWidget(label);
  line->addWidget(impl_->choice, 1);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing_small);
  layout->addLayout(line);
  layout->addWidget(impl_->strip);
  layout->addWidget(impl_->list);
  layout->addWidget(impl_->tools);
  setFocusProxy(impl_->choice);
  guard_wheel(*this);
  impl_->refresh();
}

ScheduleEditor::~ScheduleEditor() = default;

void ScheduleEditor::set_schedule(const std::vector<SchedulePhase>& phases) {
  impl_->phases = phases;
  impl_->refresh();
}

const std::vector<SchedulePhase>& ScheduleEditor::schedule() const {
  return impl_->phases;
}

void ScheduleEditor::set_epochs(int epochs) {
  impl_->epochs = std::max(1, epochs);
  impl_->refresh();
}

void ScheduleEditor::set_constant(const std::string& preset, const std::vector<PolicyOverride>& overrides) {
  impl_->constant = {1.0, preset, overrides};
}

int ScheduleEditor::selected() const {
  return impl_->selected;
}

void ScheduleEditor::select(int phase) {
  impl_->select(phase, false);
}

bool ScheduleEditor::is_valid() const {
  return std::all_of(impl_->rows.begin(), impl_->rows.end(), [](const auto& row) { return row->is_valid(); });
}

void ScheduleEditor::set_read_only(bool read_only) {
  impl_->read_only = read_only;
  impl_->strip->set_read_only(read_only);
  impl_->refresh();
}

}  // namespace halfwave::widgets
