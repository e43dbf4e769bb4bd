#include "widgets/format_reference.h"

#include "widgets/format_text.h"
#include "widgets/policy_colours.h"
#include "widgets/theme.h"

#include <QApplication>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QTableWidget>
#include <QVBoxLayout>

#include <algorithm>

namespace halfwave::widgets {
namespace {

enum Column { name_column, bits, stored, largest, normal, subnormal, roundoff, overflow, here, range };
constexpr int row_height = 34;
constexpr int range_width = 250;
// The picture's ends, as binary exponents; fp64 reaches far beyond both.
constexpr double lowest = -160, highest = 136;

/// The binary exponents of a format on a line: normal numbers in full colour, subnormal ones in its ground.
class RangeDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const auto format = static_cast<Format>(index.data(Qt::UserRole).toInt());
    const FormatFacts& f = facts(format);
    const auto& colours = theme_colours();
    const QRectF area = QRectF(option.rect).adjusted(spacing, 0, -spacing, 0);
    const auto x = [&](double exponent) {
      return area.left() +
             (std::clamp(exponent, lowest, highest) - lowest) / (highest - lowest) * area.width();
    };
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setPen(QPen(colours.plot_grid, 1));
    for (const int tick : {-128, -64, 0, 64, 128})
      painter->drawLine(QPointF(x(tick), option.rect.top()), QPointF(x(tick), option.rect.bottom()));
    const double middle = area.center().y();
    const double low = f.min_exponent - f.mantissa_bits;
    painter->setPen(Qt::NoPen);
    painter->setBrush(format_colour(format));
    painter->drawRect(QRectF(QPointF(x(low), middle - 5), QPointF(x(f.min_exponent), middle + 5)));
    painter->setBrush(format_key_colour(format));
    painter->drawRect(
        QRectF(QPointF(x(f.min_exponent), middle - 5), QPointF(x(f.max_exponent + 1), middle + 5)));
    painter->setBrush(colours.text);
    const auto arrow = [&](double tip, double base) {
      painter->drawPolygon(
          QPolygonF({QPointF(tip, middle), QPointF(base, middle - 5), QPointF(base, middle + 5)}));
    };
    if (low < lowest) arrow(area.left() - 5, area.left() + 2);
    if (f.max_exponent > highest) arrow(area.right() + 5, area.right() - 2);
    painter->restore();
  }
};

}  // namespace

FormatReference::FormatReference(QWidget* parent) : QDialog(parent) {
  setObjectName(QStringLiteral("format_reference"));
  setWindowTitle(tr("Formats"));
  table_ = new QTableWidget(static_cast<int>(all_formats.size()), range + 1, this);
  table_->setAccessibleName(tr("Facts of all formats"));
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionMode(QAbstractItemView::NoSelection);
  table_->setFocusPolicy(Qt::NoFocus);
  table_->setShowGrid(false);
  table_->setAlternatingRowColors(true);
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(row_height);
  table_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  table_->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  table_->setItemDelegateForColumn(range, new RangeDelegate(table_));
  auto* note = new QLabel(
      tr("Rounding is to the nearest value, ties to even. tf32 rounds the operands of products and is stored "
         "as fp32. Unit roundoff is half the distance from 1 to the next value: the largest relative error "
         "of one rounding. In the picture, subnormal numbers are pale; lines stand at 2⁻¹²⁸, 2⁻⁶⁴, 1, 2⁶⁴ "
         "and 2¹²⁸."),
      this);
  note->setWordWrap(true);
  note->setProperty("role", "hint");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->setSizeConstraint(QLayout::SetFixedSize);
  layout->addWidget(table_);
  layout->addWidget(note);
  layout->addWidget(buttons);
  fill();
  connect(&theme_notifier(), &ThemeNotifier::changed, this, &FormatReference::fill);
}

void FormatReference::set_device(const std::optional<DeviceInfo>& device) {
  device_ = device;
  fill();
}

void FormatReference::fill() {
  table_->setHorizontalHeaderLabels(
      {tr("format"), tr("sign + exponent\n+ significand (bits)"), tr("stored in"), tr("largest"),
       tr("smallest\nnormal"), tr("smallest\nsubnormal"), tr("unit\nroundoff"), tr("what is too large"),
       device_ ? tr("on %1").arg(QString::fromStdString(device_->name)) : QString(),
       tr("what it can represent")});
  for (int row = 0; row < table_->rowCount(); ++row) {
    const Format format = all_formats[static_cast<std::size_t>(row)];
    const FormatText facts_text = format_text(format);
    const auto put = [&](Column column, const QString& shown) {
      auto* item = new QTableWidgetItem(shown);
      item->setTextAlignment(column == name_column || column == overflow ? Qt::AlignLeft | Qt::AlignVCenter
                                                                         : Qt::AlignCenter);
      table_->setItem(row, column, item);
      return item;
    };
    auto* title = put(name_column, facts_text.name);
    title->setIcon(colour_swatch(format_colour(format), format_key_colour(format)));
    QFont bold = font();
    bold.setBold(true);
    title->setFont(bold);
    put(bits, facts_text.bits);
    put(stored, facts_text.stored);
    put(largest, facts_text.largest);
    put(normal, facts_text.smallest_normal);
    put(subnormal, facts_text.smallest);
    put(roundoff, facts_text.roundoff);
    put(overflow, facts_text.overflow);
    if (device_) put(here, device_->supports(format) == Support::native ? tr("native") : tr("≈ emulated"));
    put(range, {})->setData(Qt::UserRole, static_cast<int>(format));
  }
  table_->setColumnHidden(here, !device_);
  table_->resizeColumnsToContents();
  table_->setColumnWidth(range, range_width);
  int width = 2 * table_->frameWidth();
  for (int column = 0; column <= range; ++column)
    if (!table_->isColumnHidden(column)) width += table_->columnWidth(column);
  table_->setFixedSize(width, table_->horizontalHeader()->sizeHint().height() +
                                  row_height * table_->rowCount() + 2 * table_->frameWidth());
}

}  // namespace halfwave::widgets
