#pragma once

#include "core/training/run_summary.h"

#include <QObject>
#include <QString>
#include <QStringList>

#include <atomic>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>
#include <vector>

namespace halfwave::lab {

/// Reads the run folders of a folder in a thread of its own. What has not changed since the last look is not
/// read again, so that a look at many runs costs little.
class RunScanner : public QObject {
  Q_OBJECT
 public:
  explicit RunScanner(QObject* parent = nullptr);
  ~RunScanner() override;

  /// Looks soon; while a look is in progress, once more after it.
  void scan(const QString& root);

 Q_SIGNALS:
  /// Runs that are new or have changed; several times a look when there are many.
  void read(const std::vector<std::shared_ptr<const halfwave::RunSummary>>& runs);
  /// The look is over: all the folders that there are.
  void scanned(const QStringList& folders);

 private:
  struct Known {
    RunStamp stamp;
    std::shared_ptr<const RunSummary> run;
  };
  void start();
  void work(const std::filesystem::path& root);

  QString root_;
  bool again_ = false;
  std::map<std::filesystem::path, Known> known_;  // the thread's while it lives
  std::atomic<bool> leave_{false};
  std::thread thread_;
};

}  // namespace halfwave::lab
