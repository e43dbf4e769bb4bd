#include "fuzz/read_as.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return halfwave::fuzz::read_as(data, size, ".npy");
}
