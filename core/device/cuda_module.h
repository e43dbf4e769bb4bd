#pragma once

#include "core/device/cuda/interface.h"

#include <cstdint>
#include <string>
#include <vector>

namespace halfwave {

/// One CUDA card as the module describes it.
struct CudaCard {
  std::string name;
  std::int64_t memory_bytes = 0;
  int capability = 0;  ///< ten times the major number plus the minor one: 90 for 9.0
};

/// Bytes that LibTorch's caching allocator holds on a card.
using CudaMemory = HalfwaveCudaMemory;

/// The shared module with all that needs CUDA, loaded or the reason why it is not.
class CudaModule {
 public:
  /// Loads the module from `file`. Never throws: `reason()` says in one sentence why it is not usable.
  static CudaModule load(const std::string& file);

  /// A module that was not loaded because of `reason`.
  static CudaModule unavailable(std::string reason);

  bool loaded() const { return table_ != nullptr; }
  /// Empty when there is a card to use.
  const std::string& reason() const { return reason_; }
  const std::vector<CudaCard>& cards() const { return cards_; }
  /// Of a card in `cards()`. Throws RunError when the card does not answer.
  CudaMemory memory(int card) const;
  void reset_peak(int card) const;

 private:
  const HalfwaveCudaTable* table_ = nullptr;
  std::string reason_ = "the CUDA module was not loaded";
  std::vector<CudaCard> cards_;
};

/// The module of this process; not loaded before load_device_modules().
const CudaModule& cuda_module();

/// What the dynamic linker says, as the end of a sentence for a person.
std::string explain_load_error(const std::string& message);

}  // namespace halfwave
