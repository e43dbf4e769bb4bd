#include "datasets/sample_source.h"

#include "core/data/dataset.h"
#include "core/data/field_of.h"
#include "core/error.h"
#include "datasets/file_source.h"

#include <mutex>
#include <optional>

namespace halfwave::datasets {

struct SampleSource::Impl {
  std::shared_ptr<const DataBundle> data = std::make_shared<const DataBundle>();
  std::vector<std::string> names;
  std::vector<const Dataset*> sets;
  std::mutex mutex;  ///< of the summaries
  std::vector<std::optional<DatasetInfo>> summaries;

  void add(std::string name, const Dataset& set) {
    names.push_back(std::move(name));
    sets.push_back(&set);
    summaries.emplace_back();
  }

  std::size_t index(int set) const {
    if (set < 0 || static_cast<std::size_t>(set) >= sets.size())
      throw RequestError("Set " + std::to_string(set) + " does not exist; there are " +
                         std::to_string(sets.size()) + ", counted from 0.");
    return static_cast<std::size_t>(set);
  }
};

SampleSource::SampleSource() : impl_(std::make_shared<Impl>()) {}

SampleSource::SampleSource(std::shared_ptr<const DataBundle> data) : SampleSource() {
  if (!data) return;
  impl_->data = std::move(data);
  if (impl_->data->train.x.defined()) impl_->add("training", impl_->data->train);
  for (const TestSet& test : impl_->data->tests) impl_->add("test " + test.label, test.data);
}

SampleSource SampleSource::open(const std::filesystem::path& file, int dimension) {
  auto data = std::make_shared<DataBundle>();
  data->train = read_file(file, dimension);
  SampleSource source(std::move(data));
  source.impl_->names[0] = file.filename().string();
  return source;
}

int SampleSource::set_count() const {
  return static_cast<int>(impl_->sets.size());
}

std::string SampleSource::set_name(int set) const {
  return impl_->names[impl_->index(set)];
}

int SampleSource::sample_count(int set) const {
  return static_cast<int>(impl_->sets[impl_->index(set)]->samples());
}

const DatasetInfo& SampleSource::summary(int set) const {
  const std::size_t index = impl_->index(set);
  const std::lock_guard lock(impl_->mutex);
  auto& summary = impl_->summaries[index];
  if (!summary) summary = summarize(*impl_->sets[index]);
  return *summary;
}

Field SampleSource::input(int set, int sample, int channel) const {
  return field_of(impl_->sets[impl_->index(set)]->x, sample, channel);
}

Field SampleSource::output(int set, int sample, int channel) const {
  return field_of(impl_->sets[impl_->index(set)]->y, sample, channel);
}

std::shared_ptr<const DataBundle> SampleSource::data() const {
  return impl_->data;
}

}  // namespace halfwave::datasets
