#pragma once

#include <cstdint>

namespace halfwave {

/// Bytes of this process that lie in main memory now; 0 where the system does not tell.
std::int64_t resident_bytes();

/// The most there were since the process began, or since `forget_resident_peak`; 0 where the system does not
/// tell.
std::int64_t peak_resident_bytes();

/// Begins the peak anew from what is resident now, where the system allows it.
void forget_resident_peak();

}  // namespace halfwave
