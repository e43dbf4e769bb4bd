#pragma once

#include <QObject>

class QKeyEvent;
class QWidget;

namespace halfwave::lab {

struct Actions;
class Document;
class DocumentBinding;
class RunController;

/// Undo and Redo of the window. In the experiment's forms these keys always mean the experiment's history:
/// the history of a line edit of its own would know nothing of other fields, and would fight with this one.
/// What cannot be read, and so is no step, is taken away first. While a run is on the experiment is only
/// looked at.
class UndoController : public QObject {
  Q_OBJECT
 public:
  UndoController(const Actions& actions, Document& document, DocumentBinding& binding, RunController& runs,
                 QObject* parent = nullptr);
  ~UndoController() override;

  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void undo();
  void redo();
  void refresh();

  const Actions& actions_;
  Document& document_;
  DocumentBinding& binding_;
  RunController& runs_;
};

}  // namespace halfwave::lab
