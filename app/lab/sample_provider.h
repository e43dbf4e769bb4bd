#pragma once

#include "datasets/sample_source.h"
#include "widgets/dataset_browser.h"

#include <memory>

namespace halfwave::lab {

/// Loaded data as the dataset panel wants it.
class BundleProvider : public widgets::SampleProvider {
 public:
  /// `spec` is what the data was made of; it tells the times of frames.
  BundleProvider(datasets::SampleSource source, const DatasetSpec& spec);

  int sets() const override { return source_.set_count(); }
  std::string set_name(int set) const override { return source_.set_name(set); }
  int samples(int set) const override { return source_.sample_count(set); }
  Field input(int set, int sample, int channel) const override { return source_.input(set, sample, channel); }
  Field output(int set, int sample, int channel) const override {
    return source_.output(set, sample, channel);
  }
  std::vector<widgets::ChannelName> input_channels() const override { return input_channels_; }
  std::vector<widgets::ChannelName> output_channels() const override { return output_channels_; }
  std::string input_name() const override { return source_.summary(0).input.name; }
  std::string input_unit() const override { return source_.summary(0).input.unit; }
  std::string output_name() const override { return source_.summary(0).output.name; }
  std::string output_unit() const override { return source_.summary(0).output.unit; }
  std::vector<std::pair<std::string, std::string>> summary(int set) const override;
  std::vector<widgets::ChannelStatistics> statistics() const override;

  /// A sample without a prediction, to be looked at before there is an operator.
  SnapshotEvent snapshot(int set, int sample) const;
  int in_channels() const { return static_cast<int>(source_.summary(0).input.channels); }
  int out_channels() const { return static_cast<int>(source_.summary(0).output.channels); }

 private:
  datasets::SampleSource source_;
  std::vector<widgets::ChannelName> input_channels_, output_channels_;
};

}  // namespace halfwave::lab
