#include "widgets/sample_channel.h"

#include "widgets/theme.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>

#include <algorithm>

namespace halfwave::widgets {

SampleChannel::SampleChannel(const QString& title, const QString& accessible_name, QWidget* parent)
    : QWidget(parent) {
  auto* label = new QLabel(title, this);
  slider_ = new QSlider(Qt::Horizontal, this);
  slider_->setAccessibleName(accessible_name);
  slider_->setMinimumWidth(48);
  text_ = new QLabel(this);
  text_->setTextFormat(Qt::PlainText);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  layout->addWidget(label);
  layout->addWidget(slider_, 1);
  layout->addWidget(text_);
  connect(slider_, &QSlider::valueChanged, this, [this](int channel) {
    show_text();
    Q_EMIT chosen(channel);
  });
  set_names({});
}

void SampleChannel::set_names(std::vector<ChannelName> names) {
  const int before = channel();
  names_ = std::move(names);
  const int count = static_cast<int>(names_.size());
  const QSignalBlocker quiet(slider_);
  slider_->setRange(0, std::max(count - 1, 0));
  slider_->setPageStep(std::max(count / 10, 1));
  // As wide as the widest text, so that the slider keeps its length.
  int width = 0;
  for (int k = 0; k < count; ++k) {
    slider_->setValue(k);
    width = std::max(width, text_->fontMetrics().horizontalAdvance(text()));
  }
  text_->setMinimumWidth(width);
  slider_->setValue(before);
  show_text();
  setVisible(count > 1);
}

int SampleChannel::channel() const {
  return slider_->value();
}

void SampleChannel::choose(int channel) {
  if (channel >= 0 && static_cast<std::size_t>(channel) < names_.size()) slider_->setValue(channel);
}

QString SampleChannel::title() const {
  return names_.empty() ? QString()
                        : QString::fromStdString(names_[static_cast<std::size_t>(channel())].title);
}

QString SampleChannel::text() const {
  if (names_.empty()) return {};
  const std::string& mark = names_[static_cast<std::size_t>(channel())].mark;
  if (mark.empty()) return tr("channel %1 of %2").arg(channel() + 1).arg(names_.size());
  return tr("%1 (%2 of %3)").arg(QString::fromStdString(mark)).arg(channel() + 1).arg(names_.size());
}

void SampleChannel::show_text() {
  text_->setText(text());
}

}  // namespace halfwave::widgets
