#include "app/cli/version.h"

#include <torch/version.h>

namespace halfwave::cli {

std::string halfwave_version() {
  return HALFWAVE_VERSION;
}
std::string libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace halfwave::cli
