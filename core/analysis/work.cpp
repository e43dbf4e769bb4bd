#include "core/analysis/work.h"

namespace halfwave {

void Work::add_product(double rows, double inner, double columns) {
  constexpr double narrow_columns = 64.0;
  (columns > narrow_columns ? wide_flops : narrow_flops) += 2.0 * rows * inner * columns;
}

Work& Work::operator+=(const Work& other) {
  wide_flops += other.wide_flops;
  narrow_flops += other.narrow_flops;
  other_flops += other.other_flops;
  bytes += other.bytes;
  return *this;
}

}  // namespace halfwave
