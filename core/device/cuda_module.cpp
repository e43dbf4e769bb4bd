#include "core/device/cuda_module.h"

#include "core/error.h"

#include <array>
#include <dlfcn.h>
#include <utility>

namespace halfwave {
namespace {

using Reason = std::array<char, 512>;

std::string text(Reason& reason) {
  reason.back() = '\0';
  return reason.data();
}

}  // namespace

std::string explain_load_error(const std::string& message) {
  // The linker says "FILE: cannot open shared object file: No such file or directory" for what it misses.
  const auto colon = message.find(": ");
  if (colon != std::string::npos && message.find("cannot open shared object file") != std::string::npos) {
    const std::string file = message.substr(0, colon);
    if (message.find("No such file") == std::string::npos) return "the library " + file + " cannot be read";
    if (file.find("libcuda.so") != std::string::npos)
      return "no NVIDIA driver is installed (" + file + " was not found)";
    return "the library " + file + " was not found";
  }
  return "the dynamic linker says: " + message.substr(0, message.find('\n'));
}

CudaModule CudaModule::unavailable(std::string reason) {
  CudaModule module;
  module.reason_ = std::move(reason);
  return module;
}

CudaModule CudaModule::load(const std::string& file) {
  CudaModule module;
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* message = dlerror();
    module.reason_ = explain_load_error(message != nullptr ? message : "unknown error");
    return module;
  }
  const auto entry = reinterpret_cast<HalfwaveCudaEntry>(dlsym(library, HALFWAVE_CUDA_ENTRY));
  const HalfwaveCudaTable* table = entry != nullptr ? entry() : nullptr;
  if (table == nullptr || table->version != HALFWAVE_CUDA_VERSION) {
    module.reason_ = file + " is not a CUDA module of this version of Halfwave";
    dlclose(library);
    return module;
  }
  // From here on the library stays: LibTorch's registrations cannot be taken back.
  module.table_ = table;
  Reason reason{};
  const int count = table->card_count(reason.data(), static_cast<int>(reason.size()));
  module.reason_ = count > 0 ? "" : text(reason);
  for (int index = 0; index < count; ++index) {
    HalfwaveCudaCard card{};
    if (table->card(index, &card, reason.data(), static_cast<int>(reason.size())) != 0) {
      module.reason_ = text(reason);
      break;
    }
    module.cards_.push_back({card.name, card.memory_bytes, card.major * 10 + card.minor});
  }
  return module;
}

CudaMemory CudaModule::memory(int card) const {
  CudaMemory memory{};
  Reason reason{"the CUDA module is not loaded"};
  if (table_ == nullptr || table_->memory(card, &memory, reason.data(), static_cast<int>(reason.size())) != 0)
    throw RunError("cuda:" + std::to_string(card) + ": " + text(reason));
  return memory;
}

void CudaModule::reset_peak(int card) const {
  Reason reason{"the CUDA module is not loaded"};
  if (table_ == nullptr || table_->reset_peak(card, reason.data(), static_cast<int>(reason.size())) != 0)
    throw RunError("cuda:" + std::to_string(card) + ": " + text(reason));
}

}  // namespace halfwave
