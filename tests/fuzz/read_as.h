#pragma once

#include <cstddef>
#include <cstdint>

namespace halfwave::fuzz {

/// Writes the input to a file of that extension and reads all it holds; what is refused properly is fine.
int read_as(const std::uint8_t* data, std::size_t size, const char* extension);

}  // namespace halfwave::fuzz
