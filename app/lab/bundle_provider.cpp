#include "app/lab/bundle_provider.h"

#include "core/data/dataset.h"
#include "core/training/events.h"
#include "widgets/dataset_browser.h"

#include <algorithm>
#include <utility>

namespace halfwave::lab {
namespace {

/// The first channel of one sample of a contiguous (samples, channels, axis…) tensor.
Field field_of(const at::Tensor& tensor, int sample) {
  Field field;
  std::int64_t points = 1;
  for (std::int64_t axis = 2; axis < tensor.dim(); ++axis) {
    field.shape.push_back(static_cast<int>(tensor.size(axis)));
    points *= tensor.size(axis);
  }
  const float* begin = tensor.const_data_ptr<float>() + sample * tensor.size(1) * points;
  field.values.assign(begin, begin + points);
  return field;
}

class BundleProvider : public widgets::SampleProvider {
 public:
  explicit BundleProvider(std::shared_ptr<const DataBundle> data) : data_(std::move(data)) {}

  int sets() const override { return 1 + static_cast<int>(data_->tests.size()); }
  std::string set_name(int set) const override {
    return set == 0 ? "training" : "test " + data_->tests.at(static_cast<std::size_t>(set - 1)).label;
  }
  int samples(int set) const override { return static_cast<int>(of(set).samples()); }
  Field input(int set, int sample) const override { return field_of(of(set).x, sample); }
  Field output(int set, int sample) const override { return field_of(of(set).y, sample); }
  std::string input_name() const override { return data_->train.input_name; }
  std::string input_unit() const override { return data_->train.input_unit; }
  std::string output_name() const override { return data_->train.output_name; }
  std::string output_unit() const override { return data_->train.output_unit; }

  std::vector<std::pair<std::string, std::string>> summary(int set) const override {
    const Dataset& dataset = of(set);
    std::string grid;
    for (const std::int64_t points : dataset.grid()) {
      grid += (grid.empty() ? "" : " × ") + std::to_string(points);
    }
    std::vector<std::pair<std::string, std::string>> lines = {
        {"source", dataset.name},
        {"samples", std::to_string(dataset.samples())},
        {"grid", grid},
        {"channels",
         std::to_string(dataset.x.size(1)) + " in, " + std::to_string(dataset.y.size(1)) + " out"}};
    for (const std::string& line : dataset.provenance) lines.emplace_back("", line);
    return lines;
  }

 private:
  const Dataset& of(int set) const {
    return set == 0 ? data_->train : data_->tests.at(static_cast<std::size_t>(set - 1)).data;
  }

  std::shared_ptr<const DataBundle> data_;
};

}  // namespace

std::shared_ptr<const widgets::SampleProvider> make_provider(std::shared_ptr<const DataBundle> data) {
  return std::make_shared<BundleProvider>(std::move(data));
}

SnapshotEvent sample_snapshot(const widgets::SampleProvider& provider, int set, int sample) {
  SnapshotEvent snapshot;
  snapshot.sample = sample;
  snapshot.test_set = provider.set_name(set);
  snapshot.input = provider.input(set, sample);
  snapshot.truth = provider.output(set, sample);
  return snapshot;
}

Channels channels_of(const DataBundle& data) {
  return {static_cast<int>(data.train.x.size(1)), static_cast<int>(data.train.y.size(1))};
}

}  // namespace halfwave::lab
