#pragma once

#include "app/lab/parts.h"
#include "core/experiment/experiment.h"
#include "core/training/events.h"

#include <QObject>
#include <QString>

#include <memory>
#include <thread>

namespace halfwave::lab {

/// Shows a recorded run: its experiment, its curves, its last fields and their spectra. The folder is read in
/// a thread of its own.
class RunOpener : public QObject {
  Q_OBJECT
 public:
  explicit RunOpener(Parts parts, QObject* parent = nullptr);
  ~RunOpener() override;

  /// Ignored while another folder is being read.
  void open(const QString& folder);

 Q_SIGNALS:
  void opened(const QString& folder, const halfwave::Experiment& experiment, halfwave::RunState state);
  void failed(const QString& sentence);

 private:
  struct Content;
  void show();
  void show_fields();

  Parts parts_;
  QString folder_;
  std::unique_ptr<Content> content_;  // written by the thread, read after it has ended
  std::thread thread_;
  bool waits_for_data_ = false;
};

}  // namespace halfwave::lab
