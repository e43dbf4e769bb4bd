#pragma once

#include <QScrollArea>
#include <QScrollBar>

namespace halfwave::widgets {

/// Scrolls a form up and down, and never gets narrower than the form, so that nothing is cut off.
class FormScroll : public QScrollArea {
 public:
  FormScroll(QWidget* page, QWidget* parent) : QScrollArea(parent) {
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    setWidget(page);
  }

  QSize minimumSizeHint() const override { return {width_of(widget()->minimumSizeHint()), 120}; }
  QSize sizeHint() const override { return {width_of(widget()->sizeHint()), widget()->sizeHint().height()}; }

 private:
  int width_of(QSize page) const { return page.width() + verticalScrollBar()->sizeHint().width(); }
};

}  // namespace halfwave::widgets
