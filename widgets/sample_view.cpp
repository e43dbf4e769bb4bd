#include "widgets/sample_view.h"

#include "widgets/colour_bar.h"
#include "widgets/field_lines.h"
#include "widgets/field_slice.h"
#include "widgets/sample_channel.h"
#include "widgets/sample_statistics.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QSlider>
#include <QSpinBox>
#include <QStackedWidget>

#include <cmath>

namespace halfwave::widgets {
namespace {

QString with_unit(const QString& text, const std::string& unit) {
  return unit.empty() ? text : text + QChar(' ') + QString::fromStdString(unit);
}

// `3 … 12, mean 7.4`, and how many values are not finite.
QString statistics(const Field& field, const std::string& unit) {
  double sum = 0.0;
  std::size_t finite = 0;
  for (const float value : field.values)
    if (std::isfinite(value)) {
      sum += value;
      ++finite;
    }
  if (finite == 0) return SampleView::tr("no finite value");
  const ColourRange range = range_of(field.values);
  QString text = SampleView::tr("%1 … %2, mean %3")
                     .arg(format_value(range.low), format_value(range.high),
                          with_unit(format_value(sum / static_cast<double>(finite)), unit));
  if (finite < field.values.size())
    text +=
        SampleView::tr("; %n value(s) not finite", nullptr, static_cast<int>(field.values.size() - finite));
  return text;
}

}  // namespace

SampleView::SampleView(QWidget* parent) : QWidget(parent) {
  controls_ = new QWidget(this);
  set_ = new QComboBox(controls_);
  set_->setAccessibleName(tr("Set"));
  set_->setToolTip(tr("Training set or one of the test sets"));
  slider_ = new QSlider(Qt::Horizontal, controls_);
  slider_->setAccessibleName(tr("Sample"));
  slider_->setMinimumWidth(48);
  slider_->setToolTip(tr("Sample of the set; Page Up and Page Down go to the one before and after"));
  index_ = new QSpinBox(controls_);
  index_->setToolTip(tr("Index of the sample, from 0"));
  index_->setAccessibleName(tr("Index of the sample"));
  count_ = new QLabel(controls_);
  count_->setProperty("role", "hint");
  auto* row = new QHBoxLayout(controls_);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(spacing);
  row->addWidget(set_);
  row->addWidget(slider_, 1);
  row->addWidget(index_);
  row->addWidget(count_);

  placeholder_ =
      new QLabel(tr("No samples yet. Generate a dataset or open a file to look at it here."), this);
  placeholder_->setAlignment(Qt::AlignCenter);
  placeholder_->setWordWrap(true);
  placeholder_->setProperty("role", "hint");
  view_ = new FieldView(this);
  view_->setMinimumSize(240, 180);
  lines_ = new FieldLines(this);
  input_channel_ = new SampleChannel(tr("Input"), tr("Input channel"), this);
  output_channel_ = new SampleChannel(tr("Output"), tr("Output channel"), this);
  output_channel_->setToolTip(
      tr("Channel of the output that is drawn; , and . go to the one before and after"));
  stack_ = new QStackedWidget(this);
  stack_->addWidget(placeholder_);
  stack_->addWidget(view_);
  stack_->addWidget(lines_);
  slice_row_ = new QWidget(this);
  auto* slice_layout = new QHBoxLayout(slice_row_);
  slice_layout->setContentsMargins(0, 0, 0, 0);
  slice_ = new QSlider(Qt::Horizontal, slice_row_);
  slice_->setAccessibleName(tr("Slice"));
  slice_text_ = new QLabel(slice_row_);
  slice_layout->addWidget(new QLabel(tr("Slice"), slice_row_));
  slice_layout->addWidget(slice_, 1);
  slice_layout->addWidget(slice_text_);
  read_out_ = new QLabel(this);
  read_out_->setMinimumWidth(1);
  read_out_->setTextFormat(Qt::PlainText);
  read_out_->setObjectName(QStringLiteral("read_out"));
  auto* facts = new QWidget(this);
  summary_ = new QFormLayout(facts);
  summary_->setContentsMargins(0, 0, 0, 0);
  summary_->setHorizontalSpacing(spacing_large);
  summary_->setVerticalSpacing(spacing_small);

  statistics_ = new SampleStatistics(tr("Training set, channel by channel"), this);

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  layout->addWidget(controls_);
  layout->addWidget(input_channel_);
  layout->addWidget(output_channel_);
  layout->addWidget(stack_, 1);
  layout->addWidget(slice_row_);
  layout->addWidget(read_out_);
  layout->addWidget(facts);
  layout->addWidget(statistics_);

  connect(set_, &QComboBox::currentIndexChanged, this, &SampleView::choose_set);
  connect(slider_, &QSlider::valueChanged, index_, &QSpinBox::setValue);
  connect(index_, &QSpinBox::valueChanged, slider_, &QSlider::setValue);
  connect(index_, &QSpinBox::valueChanged, this, &SampleView::show_current);
  for (const SampleChannel* channel : {input_channel_, output_channel_})
    connect(channel, &SampleChannel::chosen, this, &SampleView::show_current);
  connect(slice_, &QSlider::valueChanged, this, &SampleView::draw);
  connect(view_, &FieldView::hovered, this, &SampleView::show_read_out);
  connect(lines_, &FieldLines::hovered, this, [this](int index) {
    if (index < 0) return show_read_out(std::nullopt);
    const auto count = static_cast<double>(output_.values.size());
    show_read_out(FieldPoint{.row = 0, .column = index, .x = (index + 0.5) / count, .y = 0.0});
  });
  set_provider(nullptr);
}

void SampleView::set_provider(std::shared_ptr<const SampleProvider> provider) {
  provider_ = std::move(provider);
  {
    const QSignalBlocker quiet(set_);
    set_->clear();
    for (int k = 0; provider_ && k < provider_->sets(); ++k)
      set_->addItem(QString::fromStdString(provider_->set_name(k)));
  }
  controls_->setVisible(set_->count() > 0);
  const bool any = set_->count() > 0;
  input_channel_->set_names(any ? provider_->input_channels() : std::vector<ChannelName>());
  output_channel_->set_names(any ? provider_->output_channels() : std::vector<ChannelName>());
  statistics_->set_channels(any ? provider_->statistics() : std::vector<ChannelStatistics>());
  choose_set();
}

void SampleView::show_sample(int set, int sample) {
  if (!provider_ || set < 0 || set >= set_->count() || sample < 0 || sample >= provider_->samples(set))
    return;
  set_->setCurrentIndex(set);
  index_->setValue(sample);
}

void SampleView::choose_set() {
  const int count = set_->currentIndex() >= 0 ? provider_->samples(set_->currentIndex()) : 0;
  {
    const QSignalBlocker quiet_slider(slider_), quiet_index(index_);
    slider_->setRange(0, std::max(count - 1, 0));
    index_->setRange(0, std::max(count - 1, 0));
    slider_->setPageStep(std::max(count / 10, 1));
  }
  count_->setText(tr("of %1").arg(count));
  show_current();
}

void SampleView::show_current() {
  const int set = set_->currentIndex();
  const int sample = index_->value();
  input_ = {};
  output_ = {};
  if (set >= 0 && sample < provider_->samples(set)) {
    input_ = provider_->input(set, sample, input_channel_->channel());
    output_ = provider_->output(set, sample, output_channel_->channel());
  }
  const int slices = is_drawable(output_) ? slices_of(output_) : 1;
  if (slice_->maximum() != slices - 1) {
    const QSignalBlocker quiet(slice_);
    slice_->setRange(0, slices - 1);
    slice_->setValue(slices / 2);
  }
  draw();
  show_summary();
  if (set >= 0) Q_EMIT sample_shown(set, sample);
}

void SampleView::draw() {
  const bool drawable = is_drawable(input_) && is_drawable(output_);
  slice_row_->setVisible(drawable && slices_of(output_) > 1);
  if (!drawable) {
    placeholder_->setText(provider_
                              ? tr("This sample cannot be drawn: its input has %1 points, its output %2.")
                                    .arg(shape_text(input_.shape), shape_text(output_.shape))
                              : tr("No samples yet. Generate a dataset or open a file to look at it here."));
    view_->set_tiles({});
    stack_->setCurrentWidget(placeholder_);
    return show_read_out(std::nullopt);
  }
  const QString input_name = input_channel_->title();
  const QString output_name = output_channel_->title();
  if (output_.shape.size() == 1) {
    lines_->set_labels(with_unit(input_name, provider_->input_unit()),
                       with_unit(output_name, provider_->output_unit()));
    lines_->set_fields(input_, output_, {}, {});
    stack_->setCurrentWidget(lines_);
  } else {
    const int slice = slice_->value();
    slice_text_->setText(tr("%1 of %2").arg(slice + 1).arg(slices_of(output_)));
    view_->set_tiles({{tr("Input: %1").arg(input_name), QString::fromStdString(provider_->input_unit()),
                       slice_of(input_, slice), ColourMap::viridis, range_of(input_.values)},
                      {tr("Output: %1").arg(output_name), QString::fromStdString(provider_->output_unit()),
                       slice_of(output_, slice), ColourMap::viridis, range_of(output_.values)}});
    stack_->setCurrentWidget(view_);
  }
  show_read_out(output_.shape.size() == 1 ? std::nullopt : view_->marker());
}

void SampleView::keyPressEvent(QKeyEvent* event) {
  switch (event->key()) {
    case Qt::Key_PageUp:
      index_->setValue(index_->value() - 1);
      return;
    case Qt::Key_PageDown:
      index_->setValue(index_->value() + 1);
      return;
    case Qt::Key_Comma:
      output_channel_->choose(output_channel_->channel() - 1);
      return;
    case Qt::Key_Period:
      output_channel_->choose(output_channel_->channel() + 1);
      return;
    default:
      QWidget::keyPressEvent(event);
  }
}

void SampleView::show_summary() {
  while (summary_->rowCount() > 0) summary_->removeRow(0);
  if (!provider_ || set_->currentIndex() < 0) return;
  const auto add = [this](const QString& name, const QString& value) {
    auto* label = new QLabel(name);
    label->setProperty("role", "hint");
    auto* text = new QLabel(value);
    text->setTextFormat(Qt::PlainText);
    text->setWordWrap(true);
    text->setTextInteractionFlags(Qt::TextSelectableByMouse);
    summary_->addRow(label, text);
  };
  for (const auto& [name, value] : provider_->summary(set_->currentIndex()))
    add(QString::fromStdString(name), QString::fromStdString(value));
  if (is_drawable(input_)) add(tr("this input"), statistics(input_, provider_->input_unit()));
  if (is_drawable(output_)) add(tr("this output"), statistics(output_, provider_->output_unit()));
}

void SampleView::show_read_out(const std::optional<FieldPoint>& point) {
  const bool drawn = stack_->currentWidget() != placeholder_;
  read_out_->setVisible(drawn);
  if (!point || !drawn) {
    read_out_->setText(tr("Point at a field to read its values"));
    return;
  }
  const auto value = [&](const Field& whole) {
    const Field field = slice_of(whole, slice_->value());
    const auto index =
        static_cast<std::size_t>(point->row) * static_cast<std::size_t>(field.shape.back()) + point->column;
    return index < field.values.size() ? format_value(field.values[index]) : QStringLiteral("–");
  };
  QStringList parts;
  parts << (output_.shape.size() > 1 ? tr("x %1, y %2").arg(point->x, 0, 'f', 3).arg(point->y, 0, 'f', 3)
                                     : tr("x %1").arg(point->x, 0, 'f', 3));
  parts << tr("input %1").arg(with_unit(value(input_), provider_->input_unit()))
        << tr("output %1").arg(with_unit(value(output_), provider_->output_unit()));
  read_out_->setText(parts.join(QStringLiteral("   ")));
}

}  // namespace halfwave::widgets
