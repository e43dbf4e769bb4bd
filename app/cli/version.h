#pragma once

#include <string>

namespace halfwave::cli {

std::string halfwave_version();
std::string libtorch_version();

}  // namespace halfwave::cli
