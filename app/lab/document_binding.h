#pragma once

#include <QObject>
#include <QString>

class QWidget;

namespace halfwave::lab {

class Document;
struct Views;

/// Keeps the forms and the document in step: edits go into the document, another document into the forms, and
/// what is wrong to the fields it is about.
class DocumentBinding : public QObject {
  Q_OBJECT
 public:
  DocumentBinding(Document& document, const Views& views, QObject* parent = nullptr);

  /// The first thing that is wrong, as a sentence with its field; empty when a run can be asked for.
  QString problem() const;
  /// The dock that holds it.
  QString problem_dock() const;
  /// True when a field holds what cannot be read, and so never came into the document.
  bool has_unread_text() const;
  /// Fills the forms from the document; what cannot be read is given up.
  void show_document();
  /// Whether an editor belongs to a form of the document.
  bool owns(const QWidget& editor) const;
  /// During a run its operator and training are looked at, not edited.
  void set_read_only(bool read_only);

 Q_SIGNALS:
  void problem_changed(const QString& sentence);

 private:
  void show_problems();
  void take_operator();

  Document& document_;
  const Views& views_;
  bool taking_dataset_ = false;
};

}  // namespace halfwave::lab
