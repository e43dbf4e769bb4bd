#pragma once

#include <memory>

namespace halfwave {
struct DataBundle;
struct SnapshotEvent;
}  // namespace halfwave

namespace halfwave::widgets {
class SampleProvider;
}

namespace halfwave::lab {

/// The samples of loaded data as the dataset panel wants them. Keeps the data alive.
std::shared_ptr<const widgets::SampleProvider> make_provider(std::shared_ptr<const DataBundle> data);

struct Channels {
  int in = 1;
  int out = 1;
};
Channels channels_of(const DataBundle& data);

/// A sample without a prediction, to be looked at before there is an operator.
SnapshotEvent sample_snapshot(const widgets::SampleProvider& provider, int set, int sample);

}  // namespace halfwave::lab
