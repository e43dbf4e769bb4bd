#include "widgets/wheel_guard.h"

#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QComboBox>
#include <QEvent>

namespace halfwave::widgets {
namespace {

class WheelGuard : public QObject {
 public:
  using QObject::QObject;

 protected:
  bool eventFilter(QObject* object, QEvent* event) override {
    if (event->type() != QEvent::Wheel || static_cast<QWidget*>(object)->hasFocus()) return false;
    event->ignore();  // so that it goes on to the form
    return true;
  }
};

}  // namespace

void guard_wheel(QWidget& form) {
  auto* guard = new WheelGuard(&form);
  for (QWidget* widget : form.findChildren<QWidget*>()) {
    if (!qobject_cast<QAbstractSpinBox*>(widget) && !qobject_cast<QComboBox*>(widget) &&
        !qobject_cast<QAbstractSlider*>(widget))
      continue;
    // By default the wheel itself gives focus to some of these.
    if (widget->focusPolicy() == Qt::WheelFocus) widget->setFocusPolicy(Qt::StrongFocus);
    widget->installEventFilter(guard);
  }
}

}  // namespace halfwave::widgets
