#include "widgets/precision_cells.h"

#include "widgets/theme.h"

#include <QDoubleValidator>
#include <QLineEdit>
#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {
namespace {

constexpr double least_level = 1e-6;
constexpr double greatest_level = 1e9;
constexpr qreal chip_gap = 2.5;
constexpr qreal key_width = 5;
constexpr qreal text_gap = 2;
constexpr qreal least_font_share = 0.8;

/// A band in the full colour at the chip's left, which stays apart where grounds are alike.
void draw_key(QPainter& painter, const QRectF& chip, const QColor& key) {
  QPainterPath rounded;
  rounded.addRoundedRect(chip, 4, 4);
  painter.save();
  painter.setClipPath(rounded);
  painter.fillRect(QRectF(chip.left(), chip.top(), key_width, chip.height()), key);
  painter.restore();
}

void draw_fitting(QPainter& painter, const QRectF& area, const QString& text) {
  const qreal needed = QFontMetricsF(painter.font()).horizontalAdvance(text);
  if (needed > area.width()) {
    QFont font = painter.font();
    font.setPointSizeF(font.pointSizeF() * std::max(least_font_share, area.width() / needed));
    painter.setFont(font);
  }
  painter.drawText(area, Qt::AlignCenter, text);
}

}  // namespace

int PolicyDelegate::least_width(const QFontMetrics& metrics, const QString& text) {
  return static_cast<int>(
      std::ceil(metrics.horizontalAdvance(text) * least_font_share + key_width + 2 * (chip_gap + text_gap)));
}

void PolicyDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                           const QModelIndex& index) const {
  const auto& colours = theme_colours();
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->fillRect(option.rect, colours.panel);
  const QRectF chip = QRectF(option.rect).adjusted(chip_gap, chip_gap, -chip_gap, -chip_gap);
  if (!index.flags().testFlag(Qt::ItemIsEnabled)) {
    painter->setPen(colours.border);
    painter->drawText(option.rect, Qt::AlignCenter, QStringLiteral("–"));
    painter->restore();
    return;
  }
  const auto fill = index.data(PolicyModel::colour_role).value<QColor>();
  const bool focused = option.state.testFlag(QStyle::State_HasFocus);
  const bool hovered = option.state.testFlag(QStyle::State_MouseOver);
  const bool is_enabled = option.state.testFlag(QStyle::State_Enabled);
  painter->setPen(Qt::NoPen);
  painter->setBrush(fill.isValid() ? QBrush(fill) : QBrush(Qt::NoBrush));
  painter->drawRoundedRect(chip, 4, 4);
  QRectF inside = chip;
  if (fill.isValid()) {
    draw_key(*painter, chip, index.data(PolicyModel::key_colour_role).value<QColor>());
    inside.adjust(key_width, 0, 0, 0);
  }
  const bool fault = index.data(PolicyModel::fault_role).toBool();
  const QColor edge = fault                   ? colours.bad
                      : focused               ? colours.accent
                      : hovered && is_enabled ? colours.text
                                              : colours.border;
  painter->setPen(QPen(edge, fault ? 3 : focused ? 2 : 1));
  painter->setBrush(Qt::NoBrush);
  painter->drawRoundedRect(chip, 4, 4);
  painter->setPen(colours.text);
  draw_fitting(*painter, inside.adjusted(text_gap, 0, -text_gap, 0), index.data(Qt::DisplayRole).toString());
  painter->restore();
}

QWidget* PolicyDelegate::createEditor(QWidget* parent, const QStyleOptionViewItem&,
                                      const QModelIndex&) const {
  auto* edit = new QLineEdit(parent);
  edit->setObjectName(QStringLiteral("stabilizer_level"));
  edit->setAccessibleName(tr("Level of the stabilizer"));
  edit->setToolTip(tr("A number above 0. Enter takes it, Escape leaves the level as it is."));
  edit->setAlignment(Qt::AlignCenter);
  auto* validator = new QDoubleValidator(least_level, greatest_level, 9, edit);
  validator->setLocale(QLocale::c());
  edit->setValidator(validator);
  return edit;
}

void PolicyDelegate::setModelData(QWidget* editor, QAbstractItemModel*, const QModelIndex&) const {
  bool ok = false;
  const double level = QLocale::c().toDouble(static_cast<QLineEdit*>(editor)->text(), &ok);
  if (ok && level >= least_level && level <= greatest_level) Q_EMIT level_typed(level);
}

}  // namespace halfwave::widgets
