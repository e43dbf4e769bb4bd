#include "app/lab/undo_controller.h"

#include "app/lab/actions.h"
#include "app/lab/document.h"
#include "app/lab/document_binding.h"
#include "app/lab/run_controller.h"

#include <QAction>
#include <QApplication>
#include <QKeyEvent>
#include <QWidget>

namespace halfwave::lab {

UndoController::UndoController(const Actions& actions, Document& document, DocumentBinding& binding,
                               RunController& runs, QObject* parent)
    : QObject(parent), actions_(actions), document_(document), binding_(binding), runs_(runs) {
  connect(actions.undo, &QAction::triggered, this, &UndoController::undo);
  connect(actions.redo, &QAction::triggered, this, &UndoController::redo);
  connect(&document.history(), &QUndoStack::indexChanged, this, &UndoController::refresh);
  connect(&document, &Document::changed, this, &UndoController::refresh);
  connect(&binding, &DocumentBinding::problem_changed, this, &UndoController::refresh);
  connect(&runs, &RunController::state_changed, this, &UndoController::refresh);
  connect(qApp, &QApplication::focusChanged, &document, [&document] { document.end_step(); });
  qApp->installEventFilter(this);
  refresh();
}

UndoController::~UndoController() {
  if (qApp) qApp->removeEventFilter(this);
}

void UndoController::undo() {
  if (binding_.has_unread_text()) {
    const QString before = binding_.problem();
    binding_.show_document();
    document_.end_step();
    // A file that is not there is marked as well, though it is in the document.
    if (binding_.problem() != before) return;
  }
  document_.undo();
}

void UndoController::redo() {
  document_.redo();
}

void UndoController::refresh() {
  const bool free = !runs_.busy();
  const QUndoStack& history = document_.history();
  const bool unread = binding_.has_unread_text();
  actions_.undo->setEnabled(free && (history.canUndo() || unread));
  actions_.redo->setEnabled(free && history.canRedo());
  const auto plain = [](QString text) { return text.replace('&', "&&"); };
  const QString undone = unread ? tr("typing") : plain(history.undoText());
  const QString redone = plain(history.redoText());
  actions_.undo->setText(undone.isEmpty() ? tr("&Undo") : tr("&Undo %1").arg(undone));
  actions_.redo->setText(redone.isEmpty() ? tr("&Redo") : tr("&Redo %1").arg(redone));
}

bool UndoController::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() != QEvent::ShortcutOverride && event->type() != QEvent::KeyPress) return false;
  const auto* key = static_cast<QKeyEvent*>(event);
  const auto* editor = qobject_cast<QWidget*>(watched);
  const bool is_ours = key->matches(QKeySequence::Undo) || key->matches(QKeySequence::Redo) ||
                       (key->key() == Qt::Key_Y && key->modifiers() == Qt::ControlModifier);
  if (!is_ours || !editor || !binding_.owns(*editor)) return false;
  if (event->type() == QEvent::ShortcutOverride) {
    refresh();
    event->ignore();  // for the menu's action
  }
  return true;
}

}  // namespace halfwave::lab
