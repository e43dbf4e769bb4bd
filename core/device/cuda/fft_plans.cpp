#include "core/device/cuda/fft_plans.h"

#include "core/device/cuda/support.h"

#include <ATen/ops/empty.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>
#include <cufftXt.h>

namespace halfwave::cuda {
namespace {

void check_fft(cufftResult result, const FftShape& shape) {
  if (result == CUFFT_SUCCESS) return;
  std::string grid;
  for (const auto n : shape.grid) {
    if (!grid.empty()) grid += 'x';
    grid += std::to_string(n);
  }
  throw RunError("cuFFT cannot transform " + std::to_string(shape.lines) + " fields of " + grid + " in " +
                 c10::toString(shape.type) + " (its error " + std::to_string(static_cast<int>(result)) +
                 "); use the engine dft.");
}

cudaDataType real_type(at::ScalarType type) {
  return type == at::kHalf ? CUDA_R_16F : type == at::kBFloat16 ? CUDA_R_16BF : CUDA_R_32F;
}
cudaDataType complex_type(at::ScalarType type) {
  return type == at::kHalf ? CUDA_C_16F : type == at::kBFloat16 ? CUDA_C_16BF : CUDA_C_32F;
}

}  // namespace

FftPlans::Plan& FftPlans::find(const FftShape& shape) {
  const auto known =
      std::find_if(plans_.begin(), plans_.end(), [&](const Plan& plan) { return plan.shape == shape; });
  if (known != plans_.end()) {
    plans_.splice(plans_.begin(), plans_, known);
    return plans_.front();
  }
  Plan plan{shape, 0, 0};
  check_fft(cufftCreate(&plan.handle), shape);
  std::vector<long long> grid(shape.grid.begin(), shape.grid.end());
  const auto real = real_type(shape.type), complex = complex_type(shape.type);
  cufftResult result = cufftSetAutoAllocation(plan.handle, 0);
  if (result == CUFFT_SUCCESS)
    result = cufftXtMakePlanMany(plan.handle, static_cast<int>(grid.size()), grid.data(), nullptr, 1, 1,
                                 shape.to_spectrum ? real : complex, nullptr, 1, 1,
                                 shape.to_spectrum ? complex : real, shape.lines, &plan.work_bytes, complex);
  if (result != CUFFT_SUCCESS) {
    cufftDestroy(plan.handle);
    check_fft(result, shape);
  }
  while (plans_.size() >= most_plans) drop_last();
  plans_.push_front(std::move(plan));
  return plans_.front();
}

void FftPlans::drop_last() {
  const Plan& plan = plans_.back();
  const c10::cuda::CUDAGuard guard(static_cast<c10::DeviceIndex>(plan.shape.card));
  cudaDeviceSynchronize();
  cufftDestroy(plan.handle);
  plans_.pop_back();
}

void FftPlans::run(const FftShape& shape, const void* from, void* to) {
  const std::lock_guard lock(mutex_);
  const Plan& plan = find(shape);
  const auto bytes =
      at::TensorOptions(at::kByte).device(at::kCUDA, static_cast<c10::DeviceIndex>(shape.card));
  const at::Tensor work = at::empty({static_cast<std::int64_t>(plan.work_bytes)}, bytes);
  check_fft(cufftSetStream(plan.handle, c10::cuda::getCurrentCUDAStream()), shape);
  check_fft(cufftSetWorkArea(plan.handle, work.mutable_data_ptr()), shape);
  const int direction = shape.to_spectrum ? CUFFT_FORWARD : CUFFT_INVERSE;
  check_fft(cufftXtExec(plan.handle, const_cast<void*>(from), to, direction), shape);
}

std::size_t FftPlans::size() const {
  const std::lock_guard lock(mutex_);
  return plans_.size();
}

void FftPlans::clear() {
  const std::lock_guard lock(mutex_);
  while (!plans_.empty()) drop_last();
}

FftPlans& fft_plans() {
  static auto* const plans = new FftPlans;  // kept: at exit the driver may be gone before it
  return *plans;
}

}  // namespace halfwave::cuda
