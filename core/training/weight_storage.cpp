#include "core/training/weight_storage.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>

namespace halfwave {

at::ScalarType storage_type(Format format) {
  const std::string problem = format_problem(Stage::weights, format);
  if (!problem.empty()) throw RequestError("Weights " + problem + ".");
  return tensor_type(format);
}

at::ScalarType weight_type(const Parameter& parameter, const Policy& policy) {
  if (parameter.layer >= policy.layers.size())
    throw RequestError("The policy has " + std::to_string(policy.layers.size()) + " rows, but " +
                       parameter.name + " belongs to row " + std::to_string(parameter.layer) + ".");
  return storage_type(policy.layers[parameter.layer][Stage::weights]);
}

void replace_weight(Parameter& parameter, const at::Tensor& value) {
  parameter.value.mutable_grad() = at::Tensor();
  parameter.value.set_data(value);
}

void round_weights(std::vector<Parameter>& parameters, const Policy& policy) {
  const MemoryScope scope(MemoryCategory::weights);
  for (Parameter& parameter : parameters) {
    const at::ScalarType type = weight_type(parameter, policy);
    if (parameter.value.scalar_type() != type) replace_weight(parameter, parameter.value.detach().to(type));
  }
}

void load_weights(std::vector<Parameter>& parameters, const std::map<std::string, at::Tensor>& values) {
  const at::NoGradGuard no_grad;
  for (const Parameter& parameter : parameters) {
    const auto found = values.find(parameter.name);
    if (found == values.end()) throw RequestError("The checkpoint has no tensor " + parameter.name + ".");
    if (!found->second.sizes().equals(parameter.value.sizes()))
      throw RequestError("The checkpoint's tensor " + parameter.name +
                         " has another shape than this operator's.");
  }
  for (Parameter& parameter : parameters) parameter.value.detach().copy_(values.at(parameter.name));
}

}  // namespace halfwave
