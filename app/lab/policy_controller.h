#pragma once

#include "core/training/events.h"

#include <QObject>

class QComboBox;

namespace halfwave::widgets {
class PrecisionTable;
class TrainingForm;
}  // namespace halfwave::widgets

namespace halfwave::lab {

class Document;
class MessageBar;
class TrainingBridge;
struct Views;

/// The precision table and the policy chooser of the toolbar. What a person changes goes into the document
/// and, while a run is on, to the trainer as well.
class PolicyController : public QObject {
  Q_OBJECT
 public:
  PolicyController(Document& document, TrainingBridge& bridge, const Views& views, QComboBox& chooser,
                   QObject* parent = nullptr);

  /// The run has changed its policy by its schedule: the table follows.
  void show_running(const PolicyEvent& event);
  /// The table shows the document's policy again, after a run.
  void show_document();
  /// Frames the cell where a run lost its finite values.
  void show_fault(const NonFinite& fault);
  void clear_fault();

 Q_SIGNALS:
  /// For the dock's title.
  void title_changed(const QString& title);

 private:
  void take(const Policy& policy);
  void choose(int index);
  void show_choice();

  Document& document_;
  TrainingBridge& bridge_;
  widgets::PrecisionTable& table_;
  widgets::TrainingForm& training_;
  MessageBar& messages_;
  QComboBox& chooser_;
};

}  // namespace halfwave::lab
