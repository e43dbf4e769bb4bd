#pragma once

#include "core/error.h"
#include "core/precision/element.h"

#include <ATen/core/Tensor.h>

#include <cuda_runtime_api.h>
#include <string>

namespace halfwave::cuda {

inline void check(cudaError_t error) {
  if (error != cudaSuccess) throw RunError(std::string("CUDA: ") + cudaGetErrorString(error) + ".");
}

inline Carrier carrier_of(at::ScalarType type) {
  if (type == at::kHalf) return Carrier::fp16;
  if (type == at::kBFloat16) return Carrier::bf16;
  if (type == at::kFloat) return Carrier::fp32;
  throw RunError("A CUDA kernel takes float32, fp16 or bf16 values, not " + std::string(c10::toString(type)) +
                 ".");
}

inline at::ScalarType result_type(Format format) {
  return format == Format::fp16 ? at::kHalf : format == Format::bf16 ? at::kBFloat16 : at::kFloat;
}

/// x must be contiguous.
inline ValuesIn values_in(const at::Tensor& x) {
  return {x.const_data_ptr(), carrier_of(x.scalar_type())};
}
inline ValuesOut values_out(const at::Tensor& x) {
  return {x.mutable_data_ptr(), carrier_of(x.scalar_type())};
}

}  // namespace halfwave::cuda
