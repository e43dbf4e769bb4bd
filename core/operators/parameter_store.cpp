#include "core/operators/parameter_store.h"

#include "core/device/memory_meter.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

namespace halfwave {

ParameterStore::ParameterStore(std::uint64_t seed) : generator_(at::detail::createCPUGenerator(seed)) {}

std::size_t ParameterStore::add(std::string name, at::Tensor value, std::size_t layer, int complex_axis) {
  recategorize(value, MemoryCategory::weights);
  value.requires_grad_(true);
  parameters_.push_back({std::move(name), std::move(value), complex_axis, layer});
  return parameters_.size() - 1;
}

at::Tensor ParameterStore::uniform(at::IntArrayRef shape, double bound) {
  const MemoryScope scope(MemoryCategory::weights);
  return at::empty(shape, at::kFloat).uniform_(-bound, bound, generator_);
}

at::Tensor ParameterStore::normal(at::IntArrayRef shape, double standard_deviation) {
  const MemoryScope scope(MemoryCategory::weights);
  return at::empty(shape, at::kFloat).normal_(0.0, standard_deviation, generator_);
}

}  // namespace halfwave
