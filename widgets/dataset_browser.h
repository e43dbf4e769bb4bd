#pragma once

#include "core/experiment/experiment.h"
#include "core/training/events.h"
#include "widgets/sample_channel.h"
#include "widgets/sample_statistics.h"

#include <QWidget>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace halfwave::widgets {

/// The samples that a DatasetBrowser shows. Called from the window's thread only; each call must be cheap
/// (one sample is copied). Sets are numbered from 0: the training set, then the test sets.
class SampleProvider {
 public:
  virtual ~SampleProvider() = default;
  virtual int sets() const = 0;
  virtual std::string set_name(int set) const = 0;  ///< `training`, `test 64`
  virtual int samples(int set) const = 0;
  virtual Field input(int set, int sample, int channel) const = 0;
  virtual Field output(int set, int sample, int channel) const = 0;
  virtual std::vector<ChannelName> input_channels() const = 0;  ///< the same in all sets
  virtual std::vector<ChannelName> output_channels() const = 0;
  virtual std::string input_name() const = 0;
  virtual std::string input_unit() const = 0;
  virtual std::string output_name() const = 0;
  virtual std::string output_unit() const = 0;
  /// Lines for the summary: name and value, for instance (`grid`, `64 × 64`), (`source`, `darcy, seed 0`).
  virtual std::vector<std::pair<std::string, std::string>> summary(int set) const = 0;
  /// Of the channels of the training set, which normalizers are made of: input, then output.
  virtual std::vector<ChannelStatistics> statistics() const = 0;
};

/// Chooses where data comes from (a generator, or a file) and shows its samples. It loads nothing itself: it
/// asks with `request_load` and is told by the slots what becomes of it. Everything typed is checked at once
/// (`problems()` of core/experiment); while something is wrong nothing can be asked for. Files of samples
/// that are dropped on it are opened, the one whose name says `train` being trained on.
class DatasetBrowser : public QWidget {
  Q_OBJECT
 public:
  explicit DatasetBrowser(QWidget* parent = nullptr);
  ~DatasetBrowser() override;

  /// The rest of the experiment (modes against the grid, normalizers) and the dataset part of the form. Emits
  /// nothing.
  void set_experiment(const Experiment& experiment);
  /// What is set in the form now.
  DatasetSpec spec() const;
  /// True while nothing in the form is wrong.
  bool valid() const;
  bool loading() const;

 public Q_SLOTS:
  /// Work has begun or goes on: fraction in [0, 1] and what is being done. Shows the bar and Cancel.
  void set_progress(double fraction, const QString& what);
  /// Work is done: shows the samples. Null takes them away.
  void set_provider(std::shared_ptr<const halfwave::widgets::SampleProvider> provider);
  /// Work has ended without data: the sentence is shown in the panel; what was shown before stays.
  void set_failed(const QString& sentence);
  /// Goes to a sample of a set, if there is one.
  void show_sample(int set, int sample);

 Q_SIGNALS:
  void request_load(const halfwave::DatasetSpec& spec);
  void request_cancel();
  /// A valid change in the form; the data is not loaded yet.
  void spec_changed(const halfwave::DatasetSpec& spec);
  void sample_shown(int set, int sample);

 protected:
  void resizeEvent(QResizeEvent* event) override;
  void dragEnterEvent(QDragEnterEvent* event) override;
  void dropEvent(QDropEvent* event) override;

 private:
  void check();
  void set_loading(bool on);

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace halfwave::widgets
