// Prints how far one spectral convolution lies from fp64, by format, engine, accumulation and grid: a
// Markdown table for each kind of field.
#include "core/precision/native.h"
#include "support/convolution_error.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <cstdio>

using namespace halfwave;

namespace {

struct Column {
  const char* title;
  SpectralRecipe recipe;
};

const std::vector<Column> columns = {
    {"dft fp16", {"dft", Format::fp16}},
    {"fft fp16", {"fft", Format::fp16}},
    {"dft fp16 strict", {"dft", Format::fp16, Accumulation::strict}},
    {"fft fp16 strict", {"fft", Format::fp16, Accumulation::strict}},
    {"fft fp16 strict, fixed-scale 64", {"fft", Format::fp16, Accumulation::strict, Stabilizer::fixed_scale}},
    {"dft tf32", {"dft", Format::tf32}},
    {"dft bf16", {"dft", Format::bf16}},
    {"dft fp8_e4m3", {"dft", Format::fp8_e4m3}},
    {"dft fp8_e5m2", {"dft", Format::fp8_e5m2}},
};

constexpr int seeds = 5;

void print_row(std::int64_t n, std::size_t axes, TestField kind) {
  std::vector<SpectralRecipe> recipes;
  for (const auto& column : columns) recipes.push_back(column.recipe);
  std::vector<double> sum(columns.size(), 0.0), squares(columns.size(), 0.0);
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto errors = convolution_errors(recipes, n, axes, kind, static_cast<std::uint64_t>(seed));
    for (std::size_t i = 0; i < errors.size(); ++i) {
      sum[i] += errors[i];
      squares[i] += errors[i] * errors[i];
    }
  }
  std::printf(axes == 1 ? "| %lld |" : "| %lld² |", static_cast<long long>(n));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const double mean = sum[i] / seeds;
    const double variance = std::fmax(0.0, (squares[i] - seeds * mean * mean) / (seeds - 1));
    if (std::isfinite(mean))
      std::printf(" %.2e ± %.0e |", mean, std::sqrt(variance));
    else
      std::printf(" overflow |");
  }
  std::printf("\n");
  std::fflush(stdout);
}

void print_table(TestField kind) {
  std::printf("| grid |");
  for (const auto& column : columns) std::printf(" %s |", column.title);
  std::printf("\n| --- |");
  for (std::size_t i = 0; i < columns.size(); ++i) std::printf(" --- |");
  std::printf("\n");
  for (const std::size_t axes : {std::size_t{1}, std::size_t{2}})
    for (const std::int64_t n : {32, 64, 128, 256, 512}) print_row(n, axes, kind);
}

}  // namespace

int main() {
  force_emulation(true);  // the same arithmetic on every machine
  at::set_num_threads(2);
  std::printf("Smooth field\n\n");
  print_table(TestField::smooth);
  std::printf("\nNoise\n\n");
  print_table(TestField::noise);
  return 0;
}
