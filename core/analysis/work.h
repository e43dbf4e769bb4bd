#pragma once

namespace halfwave {

/// Counted work. FLOPs are those of the formulae in docs/benchmarks/roofline.md: a multiply-add is two.
struct Work {
  double wide_flops = 0.0;    ///< in matrix products with more than 64 columns
  double narrow_flops = 0.0;  ///< in matrix products with up to 64 columns
  double other_flops = 0.0;   ///< fast Fourier transforms and what is done element by element
  double bytes = 0.0;         ///< compulsory: what the part takes and gives, each once

  double flops() const { return wide_flops + narrow_flops + other_flops; }
  void add_product(double rows, double inner, double columns);
  Work& operator+=(const Work& other);
};

}  // namespace halfwave
