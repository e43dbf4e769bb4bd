#pragma once

#include "core/training/events.h"

#include <vector>

namespace halfwave {

struct RadialSpectrum {
  std::vector<double> wavenumber;  ///< 0, 1, 2 … cycles per domain length
  std::vector<double> power;       ///< sum of |û_k|² over the shell round(|k|) = wavenumber, û = FFT(u)/N
};

/// Power spectrum of a field averaged over directions; by Parseval its sum is the mean of u².
/// Throws RequestError for a field without values.
RadialSpectrum radial_spectrum(const Field& field);

}  // namespace halfwave
