#pragma once

#include <QObject>
#include <QString>

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
  /// During a run its operator and training are looked at, not edited.
  void set_read_only(bool read_only);

 Q_SIGNALS:
  void problem_changed(const QString& sentence);

 private:
  void show_document();
  void show_problems();
  void take_operator();

  Document& document_;
  const Views& views_;
  bool taking_dataset_ = false;
};

}  // namespace halfwave::lab
