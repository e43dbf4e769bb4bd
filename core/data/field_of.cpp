#include "core/data/field_of.h"

#include "core/error.h"

#include <ATen/ATen.h>

namespace halfwave {

Field field_of(const at::Tensor& tensor, std::int64_t sample, std::int64_t channel) {
  if (!tensor.defined() || tensor.dim() < 3 || tensor.dim() > 5)
    throw RequestError("A field needs a tensor of samples, channels and 1 to 3 grid axes.");
  const auto require = [](const char* what, std::int64_t index, std::int64_t count) {
    if (index < 0 || index >= count)
      throw RequestError(std::string(what) + " " + std::to_string(index) + " does not exist; there are " +
                         std::to_string(count) + ", counted from 0.");
  };
  require("Sample", sample, tensor.size(0));
  require("Channel", channel, tensor.size(1));
  const at::Tensor values =
      tensor.detach().select(0, sample).select(0, channel).to(at::kCPU, at::kFloat).contiguous();
  Field field;
  field.shape.assign(values.sizes().begin(), values.sizes().end());
  const float* data = values.const_data_ptr<float>();
  field.values.assign(data, data + values.numel());
  return field;
}

}  // namespace halfwave
