#include "core/device/device.h"

#include "core/device/cuda_module.h"
#include "core/device/machine.h"
#include "core/error.h"
#include "core/precision/native.h"

#include <ATen/Parallel.h>

#include <dlfcn.h>
#include <filesystem>
#include <mutex>

namespace halfwave {
namespace {

constexpr const char* module_file = "libhalfwave_cuda.so";

std::once_flag load_once;
CudaModule& module_slot() {
  static auto* const module = new CudaModule;  // kept: LibTorch may still call into it at exit
  return *module;
}

// Where an installed program and a built one have their libraries, beside `bin` or `tests`.
std::filesystem::path find_module() {
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  const auto root = program.parent_path().parent_path();
  for (const char* folder : {"lib", "lib/halfwave"})
    if (auto file = root / folder / module_file; std::filesystem::exists(file, error)) return file;
  return {};
}

// Asked first because LibTorch's CUDA libraries take a second and a gigabyte to load.
std::string driver_problem() {
  void* driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
  if (driver != nullptr) return {};
  const char* message = dlerror();
  return explain_load_error(message != nullptr ? message : "libcuda.so.1 cannot be loaded");
}

CudaModule load_cuda_module() {
  const auto file = find_module();
  if (file.empty()) return CudaModule::unavailable("this build of Halfwave has no CUDA module");
  if (auto problem = driver_problem(); !problem.empty()) return CudaModule::unavailable(std::move(problem));
  return CudaModule::load(file.string());
}

std::vector<Support> support_where(bool tf32, bool bf16, bool fp16, bool fp8) {
  const auto of = [](bool native) { return native ? Support::native : Support::emulated; };
  std::vector<Support> support(all_formats.size(), Support::native);  // fp64 and fp32
  support[static_cast<std::size_t>(Format::tf32)] = of(tf32);
  support[static_cast<std::size_t>(Format::bf16)] = of(bf16);
  support[static_cast<std::size_t>(Format::fp16)] = of(fp16);
  support[static_cast<std::size_t>(Format::fp8_e4m3)] = of(fp8);
  support[static_cast<std::size_t>(Format::fp8_e5m2)] = of(fp8);
  return support;
}

DeviceInfo cpu_device() {
  static const ProcessorInfo processor = processor_info();
  DeviceInfo device;
  device.name = "cpu";
  device.description = processor.model;
  device.available = true;
  device.memory_bytes = main_memory_bytes();
  device.threads = at::get_num_threads();
  device.support = support_where(false, cpu_computes(Format::bf16), false, false);
  return device;
}

DeviceInfo cuda_device(const CudaCard& card, std::size_t index) {
  DeviceInfo device;
  device.name = index == 0 ? "cuda" : "cuda:" + std::to_string(index);
  device.description = card.name + ", compute capability " + std::to_string(card.capability / 10) + "." +
                       std::to_string(card.capability % 10);
  device.available = true;
  device.memory_bytes = card.memory_bytes;
  device.support = support_where(card.capability >= 80, card.capability >= 80, card.capability >= 70,
                                 card.capability >= 89);
  return device;
}

}  // namespace

const CudaModule& cuda_module() {
  return module_slot();
}

void load_device_modules() {
  std::call_once(load_once, [] { module_slot() = load_cuda_module(); });
}

std::vector<DeviceInfo> list_devices() {
  load_device_modules();
  std::vector<DeviceInfo> devices{cpu_device()};
  const CudaModule& cuda = cuda_module();
  for (std::size_t index = 0; index < cuda.cards().size(); ++index)
    devices.push_back(cuda_device(cuda.cards()[index], index));
  if (cuda.cards().empty()) {
    DeviceInfo missing;
    missing.name = "cuda";
    missing.description = "NVIDIA graphics card";
    missing.reason = cuda.reason();
    missing.support = support_where(false, false, false, false);
    devices.push_back(std::move(missing));
  }
  return devices;
}

DeviceInfo require_device(const std::string& name) {
  const std::vector<DeviceInfo> devices = list_devices();
  const std::string wanted = name == "cuda:0" ? "cuda" : name;
  std::string usable;
  for (const DeviceInfo& device : devices) {
    if (device.name == wanted) {
      if (device.available) return device;
      throw RequestError("device: " + name + " is not available: " + device.reason + "; use cpu");
    }
    if (device.available) usable += (usable.empty() ? "" : ", ") + device.name;
  }
  if (wanted.rfind("cuda:", 0) == 0 && !devices.back().available)
    throw RequestError("device: " + name + " is not available: " + devices.back().reason + "; use cpu");
  throw RequestError("device: \"" + name + "\" is not a device of this machine; it has " + usable);
}

}  // namespace halfwave
