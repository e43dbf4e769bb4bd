#include "app/lab/message_bar.h"

#include "app/lab/icons.h"

#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>

namespace halfwave::lab {
namespace {

const char* kind_name(MessageBar::Kind kind) {
  switch (kind) {
    case MessageBar::Kind::information:
      return "information";
    case MessageBar::Kind::warning:
      return "warning";
    case MessageBar::Kind::error:
      return "error";
  }
  return "information";
}

}  // namespace

MessageBar::MessageBar(QWidget* parent) : QFrame(parent) {
  setObjectName("message_bar");
  setFrameShape(QFrame::NoFrame);
  icon_ = new QLabel(this);
  label_ = new QLabel(this);
  label_->setObjectName("message_text");
  label_->setWordWrap(true);
  label_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  button_ = new QPushButton(this);
  button_->setObjectName("message_button");
  no_ = new QPushButton(this);
  no_->setObjectName("message_no");
  close_ = new QToolButton(this);
  close_->setObjectName("message_close");
  close_->setAutoRaise(true);
  close_->setText("✕");
  close_->setToolTip(tr("Close this message"));
  close_->setAccessibleName(close_->toolTip());

  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(12, 6, 8, 6);
  layout->setSpacing(10);
  layout->addWidget(icon_, 0, Qt::AlignVCenter);
  layout->addWidget(label_, 1);
  layout->addWidget(button_, 0, Qt::AlignVCenter);
  layout->addWidget(no_, 0, Qt::AlignVCenter);
  layout->addWidget(close_, 0, Qt::AlignVCenter);

  connect(close_, &QToolButton::clicked, this, [this] {
    dismiss();
    Q_EMIT closed();
  });
  connect(no_, &QPushButton::clicked, this, &MessageBar::refused);
  connect(button_, &QPushButton::clicked, this, &MessageBar::activated);
  hide();
}

void MessageBar::show_message(Kind kind, const QString& text) {
  show_message(kind, text, {});
}

void MessageBar::show_message(Kind kind, const QString& text, const QString& button, const QString& no) {
  kind_ = kind;
  label_->setText(text);
  setAccessibleDescription(text);
  button_->setText(button);
  button_->setVisible(!button.isEmpty());
  no_->setText(no);
  no_->setVisible(!no.isEmpty());
  // The style sheet colours the bar by this property.
  setProperty("kind", kind_name(kind));
  style()->unpolish(this);
  style()->polish(this);
  show_icon();
  show();
}

void MessageBar::show_icon() {
  icon_->setPixmap(themed_icon(kind_name(kind_)).pixmap(18, 18));
}

void MessageBar::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && icon_) show_icon();
}

void MessageBar::dismiss() {
  hide();
  label_->clear();
  Q_EMIT dismissed();
}

QString MessageBar::text() const {
  return label_->text();
}

}  // namespace halfwave::lab
