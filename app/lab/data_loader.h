#pragma once

#include "core/experiment/experiment.h"
#include "datasets/sample_source.h"

#include <QObject>
#include <QString>

#include <memory>
#include <vector>

namespace halfwave::lab {

/// Reads or generates the data of a spec in a thread. One job counts at a time: a new one cancels the last,
/// of which nothing is heard any more.
class DataLoader : public QObject {
  Q_OBJECT
 public:
  explicit DataLoader(QObject* parent = nullptr);
  ~DataLoader() override;  ///< cancels and joins

  void load(const DatasetSpec& spec);
  void cancel();
  bool busy() const { return current_ != nullptr; }
  /// What is being loaded, or was loaded last.
  const DatasetSpec& spec() const { return spec_; }
  /// The data of the last job that ended well, its statistics made; without sets before.
  const datasets::SampleSource& source() const { return source_; }
  std::shared_ptr<const DataBundle> data() const { return source_.data(); }
  bool has_data() const { return source_.set_count() > 0; }
  /// True if `data()` is what this spec asks for.
  bool has(const DatasetSpec& spec) const { return has_data() && loaded_spec_ == spec; }

 Q_SIGNALS:
  void started();
  /// `fraction` in [0, 1]; at most 15 times a second.
  void progress(double fraction, const QString& what);
  void loaded();
  /// `path` is the field at fault, or empty.
  void failed(const QString& path, const QString& sentence);
  void cancelled();

 private:
  struct Job;
  void finished(const Job* job);
  void told(const Job* job);

  std::vector<std::unique_ptr<Job>> jobs_;  // cancelled ones stay until their thread returns
  Job* current_ = nullptr;
  DatasetSpec spec_;
  DatasetSpec loaded_spec_;
  datasets::SampleSource source_;
};

}  // namespace halfwave::lab
