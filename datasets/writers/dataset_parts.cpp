#include "datasets/writers/dataset_parts.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

at::Tensor for_file(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.size(1) == 1 ? tensor.squeeze(1) : tensor;
  return plain.to(at::kCPU, at::kFloat).contiguous();
}

}  // namespace

NamedArrays parts_of(const Dataset& dataset) {
  return {{{"x", for_file(dataset.x)}, {"y", for_file(dataset.y)}},
          {{"name", dataset.name},
           {"input_name", dataset.input_name},
           {"output_name", dataset.output_name},
           {"input_unit", dataset.input_unit},
           {"output_unit", dataset.output_unit}},
          dataset.provenance};
}

}  // namespace halfwave::datasets
