#pragma once

namespace halfwave::cli {

/// What must happen before the first tensor is made: the memory meter and the device modules.
void prepare_library();

}  // namespace halfwave::cli
