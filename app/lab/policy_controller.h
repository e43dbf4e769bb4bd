#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"

#include <QObject>
#include <QString>

#include <vector>

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

/// The precision table, the schedule editor's phases and the policy chooser of the toolbar. What a person
/// changes goes into the document: as the constant policy, or as the phase that is selected. While a run is
/// on it goes to the trainer alone, which records it, and the table shows the policy in force.
class PolicyController : public QObject {
  Q_OBJECT
 public:
  PolicyController(Document& document, TrainingBridge& bridge, const Views& views, QComboBox& chooser,
                   QObject* parent = nullptr);

  /// A run begins: from here on the table shows the policy in force.
  void begin_run(const Experiment& experiment);
  /// The run has changed its policy: the table follows.
  void show_running(const PolicyEvent& event);
  /// The run has come to that epoch: where it goes on in a later phase, nothing else tells.
  void show_epoch(int epoch);
  /// The table shows the document's policy, for the next run.
  void end_run();
  void show_document();
  /// Frames the cell where a run lost its finite values, in the phase of that moment.
  void show_fault(const NonFinite& fault);
  void clear_fault();

  /// Puts a policy from a file into the table, as if a person had set its cells; what does not fit is said in
  /// the message bar and changes nothing.
  void load_policy_file(const QString& path);
  void save_policy_file(const QString& path);

 Q_SIGNALS:
  /// For the dock's title.
  void title_changed(const QString& title);

 private:
  void take(const Policy& policy);
  void choose(int index);
  void select_phase(int phase);
  void ask_save();
  void ask_load();
  void show_schedule();
  void show_choice();
  QString title() const;
  void complain(const QString& sentence);

  Document& document_;
  TrainingBridge& bridge_;
  widgets::PrecisionTable& table_;
  widgets::TrainingForm& training_;
  MessageBar& messages_;
  QComboBox& chooser_;
  int phase_ = 0;              ///< of the document's schedule, shown in the table
  Experiment running_;         ///< what the run was started with
  int running_phase_ = 0;      ///< of its schedule
  bool after_run_ = false;     ///< the table is about the next run
  Policy in_force_;            ///< in the run
  std::vector<Policy> asked_;  ///< a person's edits that the trainer has not taken up yet
};

}  // namespace halfwave::lab
