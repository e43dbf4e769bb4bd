#include "app/cli/startup.h"

#include "core/device/device.h"
#include "core/device/memory_meter.h"

namespace halfwave::cli {

void prepare_library() {
  install_memory_meter();
  load_device_modules();
}

}  // namespace halfwave::cli
