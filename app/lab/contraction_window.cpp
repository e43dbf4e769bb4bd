#include "app/lab/contraction_window.h"

#include "app/lab/document.h"
#include "widgets/contraction_view.h"

#include <QCoreApplication>
#include <QDialog>
#include <QVBoxLayout>

namespace halfwave::lab {
namespace {

constexpr auto dialog_name = "contraction_plan_window";

QDialog* make_window(QWidget& window, Document& document) {
  auto* dialog = new QDialog(&window);
  dialog->setObjectName(dialog_name);
  dialog->setWindowTitle(QCoreApplication::translate("ContractionWindow", "Contraction plan"));
  auto* view = new widgets::ContractionView(dialog);
  auto* layout = new QVBoxLayout(dialog);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(view);
  dialog->resize(1240, 460);
  const auto follow = [view, &document] {
    view->set_layer(document.experiment().op, document.experiment().training.batch_size);
  };
  QObject::connect(&document, &Document::changed, view, follow);
  QObject::connect(&document, &Document::replaced, view, follow);
  follow();
  return dialog;
}

}  // namespace

void show_contraction_plan(QWidget& window, Document& document) {
  auto* dialog = window.findChild<QDialog*>(dialog_name);
  if (!dialog) dialog = make_window(window, document);
  dialog->show();
  dialog->raise();
  dialog->activateWindow();
}

}  // namespace halfwave::lab
