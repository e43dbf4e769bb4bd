#include "core/precision/range_histogram.h"

namespace halfwave {

int RangeHistogram::smallest() const {
  for (int i = 0; i < bin_count; ++i)
    if (bins[static_cast<std::size_t>(i)] > 0) return lowest_exponent + i;
  return lowest_exponent;
}

int RangeHistogram::largest() const {
  for (int i = bin_count; i-- > 0;)
    if (bins[static_cast<std::size_t>(i)] > 0) return lowest_exponent + i;
  return lowest_exponent;
}

}  // namespace halfwave
