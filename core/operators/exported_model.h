#pragma once

#include "core/operators/operator.h"

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace halfwave {

/// A model exported from neuraloperator for comparison: its construction, its weights and recorded cases.
struct ExportedModel {
  struct Case {
    at::Tensor x, target, y;
    double loss = 0.0;  ///< relative L2 summed over the batch
    std::map<std::string, at::Tensor> gradients;
  };

  std::string model;           ///< class name, for instance FNO
  std::string arguments_json;  ///< keyword arguments as JSON text
  std::map<std::string, at::Tensor> state;
  std::vector<Case> cases;
};

/// Throws RequestError when the file is not such an export.
ExportedModel read_exported_model(const std::filesystem::path& file);

/// The spec for an exported FNO. Throws RequestError, naming the argument, for what Halfwave's FNO does not
/// have.
OperatorSpec spec_from_export(const ExportedModel& model, int& in_channels, int& out_channels,
                              Stabilizer& stabilizer);

/// A tensor of neuraloperator's state dict in the layout of Halfwave's parameter of the same name, and back.
at::Tensor to_parameter_layout(const at::Tensor& tensor, const Parameter& parameter);
at::Tensor to_export_layout(const at::Tensor& value, const Parameter& parameter, at::IntArrayRef shape);

/// Sets every parameter of `op` from `state`. Throws RequestError when one is missing or of another shape.
void load_state(Operator& op, const std::map<std::string, at::Tensor>& state);

}  // namespace halfwave
