#include "widgets/precision_head.h"

#include "widgets/flow_layout.h"
#include "widgets/policy_text.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>

#include <algorithm>
#include <utility>

namespace halfwave::widgets {
namespace {

constexpr int least_preset_width = 96;

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

/// `one` where every layer has it, `other` where none has, `mixed` between.
template <typename Has>
QString common(const Policy& policy, Has has, const QString& one, const QString& other,
               const QString& between) {
  std::size_t count = 0;
  for (const auto& layer : policy.layers) count += has(layer) ? 1U : 0U;
  return count == policy.layers.size() ? one : count == 0 ? other : between;
}

}  // namespace

PrecisionHead::PrecisionHead(const PolicyModel& model, PrecisionChoices choices, QWidget* parent)
    : QWidget(parent), model_(model) {
  auto* label = new QLabel(tr("&Policy"), this);
  presets_ = new QComboBox(this);
  presets_->setAccessibleName(tr("Policy preset"));
  for (const auto& name : policy_preset_names()) {
    presets_->addItem(QString::fromStdString(name), QString::fromStdString(name));
    presets_->setItemData(presets_->count() - 1, text(policy_preset_help(name)), Qt::ToolTipRole);
  }
  presets_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  presets_->setMinimumWidth(least_preset_width);
  label->setBuddy(presets_);
  connect(presets_, &QComboBox::activated, this, [this](int index) {
    const QString preset = presets_->itemData(index).toString();
    if (!preset.isEmpty()) Q_EMIT preset_chosen(preset);
  });

  all_ = new QPushButton(tr("All cells"), this);
  all_->setToolTip(tr("Set every stage of every layer; fp64 is only for all of them together."));
  auto* all_menu = new QMenu(all_);
  all_menu->setToolTipsVisible(true);
  all_->setMenu(all_menu);
  connect(all_menu, &QMenu::aboutToShow, this, [this, all_menu, choices] {
    all_menu->clear();
    add_formats(*all_menu, model_, {}, choices);
  });

  using Fill = void (*)(QMenu&, const PolicyModel&, const CellChoice&, const PrecisionChoices&);
  const auto add_menu = [this, choices](QToolButton* button, const QString& title, Fill fill) {
    auto* menu = new QMenu(button);
    menu->setToolTipsVisible(true);
    button->setMenu(menu);
    button->setPopupMode(QToolButton::InstantPopup);
    connect(menu, &QMenu::aboutToShow, this, [this, menu, title, fill, choices] {
      menu->clear();
      menu->addSection(title);
      fill(*menu, model_, {}, choices);
    });
  };
  accumulation_ = make_button("accumulation_button", tr("Accumulation of all layers"));
  add_menu(accumulation_, tr("Accumulation, every layer"), &add_accumulation);
  gradients_ = make_button("gradients_button", tr("Gradients of all layers"));
  add_menu(gradients_, tr("Gradients, every layer"), &add_gradients);

  auto* formats = make_button("formats_button", tr("Facts of all formats"));
  formats->setText(tr("Formats…"));
  formats->setToolTip(tr("All formats and their facts: bits, range, unit roundoff, overflow."));
  connect(formats, &QToolButton::clicked, this, &PrecisionHead::formats_asked);
  auto* file = make_button("policy_file_button", tr("Policy file"));
  file->setText(tr("File"));
  file->setToolTip(tr("Save this policy as a file, or load one."));
  file->setPopupMode(QToolButton::InstantPopup);
  auto* file_menu = new QMenu(file);
  file_menu->addAction(tr("Save policy…"), this, &PrecisionHead::save_asked);
  load_ = file_menu->addAction(tr("Load policy…"), this, &PrecisionHead::load_asked);
  file->setMenu(file_menu);

  restyle();
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &PrecisionHead::restyle);
  auto* policy = new QWidget(this);
  auto* line = new QHBoxLayout(policy);
  line->setContentsMargins(0, 0, 0, 0);
  line->setSpacing(spacing);
  line->addWidget(label);
  line->addWidget(presets_);
  // In as many lines as the width asks for, so that the table may be narrow.
  auto* layout = new FlowLayout(this, spacing);
  int height = 0;
  for (QWidget* widget :
       std::initializer_list<QWidget*>{policy, all_, accumulation_, gradients_, formats, file}) {
    layout->addWidget(widget);
    height = std::max(height, widget->sizeHint().height());
  }
  for (QWidget* widget :
       std::initializer_list<QWidget*>{presets_, all_, accumulation_, gradients_, formats, file})
    widget->setFixedHeight(height);
}

void PrecisionHead::restyle() {
  const auto& colours = theme_colours();
  setStyleSheet(QStringLiteral("QToolButton { border: 1px solid %1; border-radius: 4px; padding: 3px 6px; }"
                               "QToolButton[popupMode=\"2\"] { padding-right: 15px; }"
                               "QToolButton::menu-indicator { subcontrol-origin: padding;"
                               " subcontrol-position: center right; right: 3px; }"
                               "QToolButton:hover, QToolButton:focus { border-color: %2; }")
                    .arg(colours.border.name(), colours.accent.name()));
}

QToolButton* PrecisionHead::make_button(const char* name, const QString& accessible) {
  auto* button = new QToolButton(this);
  button->setObjectName(QLatin1String(name));
  button->setAccessibleName(accessible);
  button->setToolButtonStyle(Qt::ToolButtonTextOnly);
  button->setFocusPolicy(Qt::StrongFocus);
  button->setAutoRaise(true);
  return button;
}

void PrecisionHead::show_policy(const std::string& base, int differing) {
  const QSignalBlocker quiet(presets_);
  const int shipped = static_cast<int>(policy_preset_names().size());
  while (presets_->count() > shipped) presets_->removeItem(shipped);
  const QString base_name = QString::fromStdString(base);
  if (differing > 0) presets_->addItem(phase_label(base, true));
  presets_->setCurrentIndex(differing > 0 ? shipped : presets_->findData(base_name));
  presets_->setToolTip(differing > 0 ? tr("Cells that differ from %1: %2.").arg(base_name).arg(differing)
                                     : text(policy_preset_help(base)));

  const auto& policy = model_.policy();
  const QString some = tr("some");
  accumulation_->setText(QStringLiteral("Σ ") +
                         common(
                             policy,
                             [](const LayerPolicy& l) { return l.accumulation == Accumulation::strict; },
                             text(name(Accumulation::strict)), text(name(Accumulation::fp32)), some));
  accumulation_->setToolTip(
      tr("Accumulation of all layers: fp32 as on tensor cores, or strict, which rounds "
         "every partial sum."));
  gradients_->setText(QStringLiteral("∇ ") + common(
                                                 policy,
                                                 [](const LayerPolicy& l) { return l.fp32_gradients; },
                                                 QStringLiteral("fp32"), tr("stage"), some));
  gradients_->setToolTip(tr("Gradients of all layers: in each stage's format, or all in fp32."));
}

void PrecisionHead::set_read_only(bool read_only) {
  for (QWidget* widget : std::initializer_list<QWidget*>{presets_, all_, accumulation_, gradients_})
    widget->setEnabled(!read_only);
  load_->setEnabled(!read_only);
}

}  // namespace halfwave::widgets
