#pragma once

#include <QObject>

#include <memory>

namespace halfwave::lab {

class BundleProvider;
class DataLoader;
class StatusStrip;
class TrainingBridge;
struct Views;

/// The dataset panel and the loader: asks for data, shows how far it is, and its samples when it is there.
class DataController : public QObject {
  Q_OBJECT
 public:
  DataController(DataLoader& loader, TrainingBridge& bridge, const Views& views, StatusStrip& strip,
                 QObject* parent = nullptr);

  /// The sample of the first test set that is looked at.
  int test_sample() const { return test_sample_; }

 private:
  void show_data();
  void show_sample(int set, int sample);

  DataLoader& loader_;
  TrainingBridge& bridge_;
  const Views& views_;
  StatusStrip& strip_;
  std::shared_ptr<const BundleProvider> provider_;
  int test_sample_ = 0;
};

}  // namespace halfwave::lab
