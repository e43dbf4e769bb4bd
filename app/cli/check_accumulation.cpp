#include "app/cli/accumulation_case.h"
#include "app/cli/self_check.h"
#include "core/precision/product.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

namespace halfwave::cli {

AccumulationCase accumulation_case(Format format) {
  constexpr std::int64_t rows = 64;
  constexpr int ones = 64;
  const double large = std::exp2(facts(format).mantissa_bits + 1);
  std::vector<float> terms;
  for (int i = 0; i < ones; ++i)
    for (const double term : {large, 1.0, -large}) terms.push_back(static_cast<float>(term));
  std::vector<std::size_t> order(terms.size());
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937 random(7);
  std::vector<float> a;
  for (std::int64_t row = 0; row < rows; ++row) {
    std::shuffle(order.begin(), order.end(), random);
    for (const std::size_t i : order) a.push_back(terms[i]);
  }
  const auto inner = static_cast<std::int64_t>(terms.size());
  return {at::tensor(a).reshape({rows, inner}), at::ones({inner, rows}), static_cast<double>(ones)};
}

void check_accumulation(std::vector<SelfCheck>& checks) {
  for (const Format format : {Format::bf16, Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2}) {
    const AccumulationCase sums = accumulation_case(format);
    const auto product = [&](bool strict) {
      Arithmetic arithmetic = Arithmetic::of(format, at::Device(at::kCPU));
      arithmetic.strict = strict;
      if (strict) arithmetic.native = false;
      return matrix_product(sums.a, sums.b, arithmetic).to(at::kFloat);
    };
    const std::string subject(name(format));
    checks.push_back(run_check("fp32 accumulation", subject, 0.0, [&](Deviation& deviation) {
      deviation.add(product(false).sub(sums.exact).abs().max().item<double>() / sums.exact);
    }));
    // The same sums must come out wrong where every partial sum is rounded, or the case above shows nothing.
    checks.push_back(run_check("strict accumulation", subject, 0.0, [&](Deviation& deviation) {
      deviation.add(product(true).eq(sums.exact).any().item<bool>() ? 1.0 : 0.0);
    }));
  }
}

}  // namespace halfwave::cli
