#include "core/device/cuda/interface.h"

#include <ATen/Context.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include <cstdio>
#include <cuda_runtime.h>
#include <cufft.h>
#include <exception>

namespace {

// Ends at the first line: LibTorch's messages go on with a stack trace.
int32_t fail(char* reason, int32_t size, const char* text) {
  int32_t length = 0;
  while (text[length] != '\0' && text[length] != '\n') ++length;
  std::snprintf(reason, static_cast<size_t>(size), "%.*s", static_cast<int>(length), text);
  return 1;
}

// Runs a function that returns a CUDA error or throws, so that nothing but a sentence leaves this module.
template <typename Function>
int32_t guarded(char* reason, int32_t size, const Function& function) {
  try {
    const cudaError_t error = function();
    return error == cudaSuccess ? 0 : fail(reason, size, cudaGetErrorString(error));
  } catch (const std::exception& error) {
    return fail(reason, size, error.what());
  } catch (...) {
    return fail(reason, size, "unknown error");
  }
}

int32_t card_count(char* reason, int32_t size) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaErrorInsufficientDriver) {
    int driver = 0;
    cudaDriverGetVersion(&driver);
    fail(reason, size,
         driver == 0 ? "no NVIDIA driver is installed"
                     : "the installed NVIDIA driver is older than CUDA 13.0 needs");
    return 0;
  }
  if (error == cudaErrorNoDevice || (error == cudaSuccess && count == 0)) {
    fail(reason, size, "no NVIDIA card was found");
    return 0;
  }
  if (error != cudaSuccess) {
    fail(reason, size, cudaGetErrorString(error));
    return 0;
  }
  return count;
}

int32_t card(int32_t index, HalfwaveCudaCard* out, char* reason, int32_t size) {
  return guarded(reason, size, [&] {
    cudaDeviceProp properties{};
    const cudaError_t error = cudaGetDeviceProperties(&properties, index);
    if (error != cudaSuccess) return error;
    std::snprintf(out->name, sizeof(out->name), "%s", properties.name);
    out->memory_bytes = static_cast<int64_t>(properties.totalGlobalMem);
    out->major = properties.major;
    out->minor = properties.minor;
    return cudaSuccess;
  });
}

int32_t memory(int32_t index, HalfwaveCudaMemory* out, char* reason, int32_t size) {
  return guarded(reason, size, [&] {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(static_cast<c10::DeviceIndex>(index));
    const auto all = static_cast<size_t>(c10::CachingAllocator::StatType::AGGREGATE);
    out->allocated = stats.allocated_bytes[all].current;
    out->peak_allocated = stats.allocated_bytes[all].peak;
    out->reserved = stats.reserved_bytes[all].current;
    out->peak_reserved = stats.reserved_bytes[all].peak;

    int before = 0;
    cudaError_t error = cudaGetDevice(&before);
    if (error == cudaSuccess) error = cudaSetDevice(index);
    if (error != cudaSuccess) return error;
    size_t free_bytes = 0;
    size_t total_bytes = 0;
    error = cudaMemGetInfo(&free_bytes, &total_bytes);
    const cudaError_t back = cudaSetDevice(before);
    out->card_free = static_cast<int64_t>(free_bytes);
    out->card_total = static_cast<int64_t>(total_bytes);
    return error != cudaSuccess ? error : back;
  });
}

int32_t reset_peak(int32_t index, char* reason, int32_t size) {
  return guarded(reason, size, [&] {
    at::globalContext().lazyInitDevice(c10::DeviceType::CUDA);
    c10::cuda::CUDACachingAllocator::resetPeakStats(static_cast<c10::DeviceIndex>(index));
    return cudaSuccess;
  });
}

int32_t versions(int32_t* runtime, int32_t* driver, int32_t* cufft, char* reason, int32_t size) {
  return guarded(reason, size, [&] {
    int number = 0;
    cudaError_t error = cudaRuntimeGetVersion(&number);
    if (error != cudaSuccess) return error;
    *runtime = number;
    error = cudaDriverGetVersion(&number);
    if (error != cudaSuccess) return error;
    *driver = number;
    *cufft = cufftGetVersion(&number) == CUFFT_SUCCESS ? number : 0;
    return cudaSuccess;
  });
}

constexpr HalfwaveCudaTable table = {HALFWAVE_CUDA_VERSION, card_count, card, memory, reset_peak, versions};

}  // namespace

extern "C" __attribute__((visibility("default"))) const HalfwaveCudaTable* halfwave_cuda_table() {
  return &table;
}
