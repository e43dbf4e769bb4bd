#include "core/spectral/contraction_path.h"

#include "core/error.h"

#include <ATen/ATen.h>

namespace halfwave {

at::Tensor contract_along(const ContractionPlan& plan, std::vector<at::Tensor> operands) {
  std::vector<std::vector<std::int64_t>> shapes;
  for (const at::Tensor& operand : operands) shapes.push_back(operand.sizes().vec());
  for (const auto& [index, size] : index_sizes(plan.einsum, shapes)) {
    const std::int64_t planned = plan.sizes.at(index);
    if (size != planned)
      throw RequestError(std::string("The plan was made for ") + index + " = " + std::to_string(planned) +
                         ", but the operands have " + std::to_string(size) +
                         "; make a plan for these shapes.");
  }
  for (const ContractionStep& step : plan.steps) {
    std::string expression;
    std::vector<at::Tensor> taken;
    for (std::size_t k = 0; k < step.operands.size(); ++k) {
      if (k > 0) expression += ',';
      expression += step.terms[k];
      taken.push_back(std::move(operands[step.operands[k]]));
    }
    expression += "->";
    expression += step.result;
    operands.push_back(at::einsum(expression, taken));
  }
  return operands.back();
}

}  // namespace halfwave
