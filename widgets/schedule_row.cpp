#include "widgets/schedule_row.h"

#include "core/precision/policy.h"
#include "widgets/policy_colours.h"
#include "widgets/policy_text.h"
#include "widgets/theme.h"
#include "widgets/wheel_guard.h"

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QToolButton>

#include <cmath>
#include <optional>

namespace halfwave::widgets {
namespace {

constexpr int share_width = 42;

/// `25`, `33,3` and `25 %` are shares; what is no number is none.
std::optional<double> fraction_from(QString text) {
  text = text.remove(u'%').replace(u',', u'.').trimmed();
  bool ok = false;
  const double value = QLocale::c().toDouble(text, &ok);
  if (!ok || !std::isfinite(value)) return std::nullopt;
  return value / 100.0;
}

QString percent_text(double fraction) {
  return QLocale::c().toString(fraction * 100.0, 'g', 4);
}

}  // namespace

ScheduleRow::ScheduleRow(QGridLayout& grid, int line, int index, QWidget* parent)
    : QObject(parent), index_(index) {
  number_ = new QToolButton(parent);
  number_->setIconSize({22, 16});
  number_->setCheckable(true);
  number_->setAutoRaise(true);
  number_->setFocusPolicy(Qt::StrongFocus);
  number_->setObjectName(QStringLiteral("phase_number_%1").arg(index));
  number_->setAccessibleName(tr("Phase %1").arg(index + 1));
  number_->setToolTip(tr("Show and edit this phase's policy in the precision table."));
  preset_ = new QComboBox(parent);
  preset_->setObjectName(QStringLiteral("phase_policy_%1").arg(index));
  preset_->setAccessibleName(tr("Policy of phase %1").arg(index + 1));
  preset_->setMinimumContentsLength(3);
  preset_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  for (const auto& name : policy_preset_names()) {
    preset_->addItem(QString::fromStdString(name), QString::fromStdString(name));
    const auto help = policy_preset_help(name);
    preset_->setItemData(preset_->count() - 1,
                         QString::fromUtf8(help.data(), static_cast<qsizetype>(help.size())),
                         Qt::ToolTipRole);
  }
  share_ = new QLineEdit(parent);
  share_->setObjectName(QStringLiteral("phase_share_%1").arg(index));
  share_->setAccessibleName(tr("Share of phase %1 in per cent").arg(index + 1));
  share_->setToolTip(tr("Share of the epochs in per cent."));
  share_->setAlignment(Qt::AlignRight);
  share_->setFixedWidth(share_width);
  percent_ = new QLabel(QStringLiteral("%"), parent);
  percent_->setProperty("role", "hint");
  epochs_ = new QLabel(parent);
  epochs_->setObjectName(QStringLiteral("phase_epochs_%1").arg(index));
  epochs_->setToolTip(tr("The epochs of this phase."));
  epochs_->setProperty("role", "hint");
  remove_ = new QToolButton(parent);
  remove_->setText(QStringLiteral("×"));
  remove_->setAutoRaise(true);
  remove_->setFocusPolicy(Qt::StrongFocus);
  remove_->setObjectName(QStringLiteral("phase_remove_%1").arg(index));
  remove_->setAccessibleName(tr("Remove phase %1").arg(index + 1));
  remove_->setToolTip(tr("Remove this phase; a neighbour gets its share."));
  int column = 0;
  for (QWidget* widget :
       std::initializer_list<QWidget*>{number_, preset_, share_, percent_, epochs_, remove_})
    grid.addWidget(widget, line, column++);
  preset_->setFocusPolicy(Qt::StrongFocus);

  connect(number_, &QToolButton::clicked, this, &ScheduleRow::chosen);
  connect(preset_, &QComboBox::activated, this, [this](int item) {
    const QString preset = preset_->itemData(item).toString();
    if (!preset.isEmpty()) Q_EMIT preset_chosen(preset);
  });
  connect(share_, &QLineEdit::textEdited, this, &ScheduleRow::read_share);
  connect(remove_, &QToolButton::clicked, this, &ScheduleRow::removed);
}

ScheduleRow::~ScheduleRow() {
  // A row may go because of a click on it, so its widgets are still needed for a moment.
  for (QWidget* widget :
       std::initializer_list<QWidget*>{number_, preset_, share_, percent_, epochs_, remove_}) {
    widget->setObjectName({});
    widget->hide();
    widget->deleteLater();
  }
}

void ScheduleRow::read_share(const QString& text) {
  const auto fraction = fraction_from(text);
  readable_ = fraction.has_value();
  mark_problem(*share_,
               readable_ ? QString() : tr("“%1” is no share; write per cent, such as 25").arg(text.left(20)));
  if (readable_)
    Q_EMIT share_typed(*fraction);
  else
    Q_EMIT unreadable();
}

void ScheduleRow::show(const SchedulePhase& phase, const QString& epochs, bool selected) {
  number_->setChecked(selected);
  number_->setIcon(colour_swatch(policy_colour(phase.preset), policy_key_colour(phase.preset),
                                 QString::number(index_ + 1)));
  const QSignalBlocker quiet(preset_);
  const int shipped = static_cast<int>(policy_preset_names().size());
  while (preset_->count() > shipped) preset_->removeItem(shipped);
  int item = preset_->findData(QString::fromStdString(phase.preset));
  if (item < 0 || !phase.overrides.empty()) {
    preset_->addItem(phase_label(phase));
    preset_->setItemData(shipped, tr("A preset with cells of its own; the precision table shows them."),
                         Qt::ToolTipRole);
    item = shipped;
  }
  preset_->setCurrentIndex(item);
  preset_->setToolTip(preset_->itemData(item, Qt::ToolTipRole).toString());
  // Another spelling of the same share may be half typed.
  const auto typed = fraction_from(share_->text());
  if (!typed || std::abs(*typed - phase.fraction) > 5e-5) {
    share_->setText(percent_text(phase.fraction));
    readable_ = true;
    mark_problem(*share_, {});
  }
  epochs_->setText(epochs);
}

void ScheduleRow::set_read_only(bool read_only) {
  for (QWidget* widget : std::initializer_list<QWidget*>{preset_, share_, remove_})
    widget->setEnabled(!read_only);
}

}  // namespace halfwave::widgets
