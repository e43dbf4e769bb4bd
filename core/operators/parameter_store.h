#pragma once

#include "core/operators/operator.h"

#include <ATen/core/Generator.h>

#include <string>
#include <vector>

namespace halfwave {

/// Where the modules of an operator put their parameters while it is being built.
class ParameterStore {
 public:
  explicit ParameterStore(std::uint64_t seed);

  /// The new parameter's place in `all()`. Tensors are leaves counted as weights.
  std::size_t add(std::string name, at::Tensor value, std::size_t layer, int complex_axis = -1);
  std::vector<Parameter>& all() { return parameters_; }
  const at::Tensor& operator[](std::size_t index) const { return parameters_[index].value; }

  /// U(−bound, bound) and N(0, std²), float32, from the store's own generator.
  at::Tensor uniform(at::IntArrayRef shape, double bound);
  at::Tensor normal(at::IntArrayRef shape, double standard_deviation);

 private:
  std::vector<Parameter> parameters_;
  at::Generator generator_;
};

}  // namespace halfwave
