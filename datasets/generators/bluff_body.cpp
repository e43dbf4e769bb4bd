#include "datasets/generators/bluff_body.h"

#include "core/device/machine.h"
#include "datasets/generators/parallel_samples.h"
#include "datasets/generators/philox.h"

#include <algorithm>
#include <cmath>
#include <thread>

namespace halfwave::datasets {
namespace {

/// Random numbers of another purpose than those of the fields.
constexpr std::uint32_t purpose = 6;

CarShape random_shape(std::uint64_t seed, std::uint32_t stream, std::uint32_t sample) {
  double unit[8];
  for (std::uint32_t block = 0; block < 2; ++block) {
    const auto bits = philox({block, sample, stream, purpose}, seed);
    for (int k = 0; k < 4; ++k) unit[4 * block + k] = (bits[k] + 0.5) * 0x1p-32;
  }
  const auto between = [&](int which, double low, double high) { return low + (high - low) * unit[which]; };
  CarShape shape;
  shape.width = between(0, 0.34, 0.46);
  shape.height = between(1, 0.14, 0.22);
  shape.clearance = between(2, 0.04, 0.09);
  shape.cabin_height = between(3, 0.06, 0.16);
  shape.cabin_centre = between(4, -0.05, 0.15);
  shape.cabin_length = between(5, 0.3, 0.6);
  shape.roundness = between(6, 2.2, 4.0);
  return shape;
}

/// As many threads as the main memory has room for: each keeps five square matrices of fp64, a row a
/// triangle.
int threads_within_memory(const BluffBodySpec& spec, int threads) {
  const double triangles = 2.0 * (spec.stations - 1) * spec.around;
  const double bytes = 5.0 * sizeof(double) * triangles * triangles;
  const auto most =
      static_cast<int>(std::min(1024.0, 0.5 * static_cast<double>(main_memory_bytes()) / bytes));
  if (most == 0)
    throw FieldError("stations", std::to_string(spec.stations) + " rings of " + std::to_string(spec.around) +
                                     " points need " + std::to_string(std::llround(bytes / 1e9)) +
                                     " GB, more than half of the main memory; fewer are needed.");
  if (threads == 0) threads = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  return std::min(threads, most);
}

}  // namespace

std::vector<BluffBodySample> solve_bluff_bodies(const BluffBodySpec& spec, const Progress& progress,
                                                int threads) {
  check_range("stations", spec.stations, 6, 80);
  check_range("around", spec.around, 6, 80);
  check_samples(spec.samples, 10.0 * spec.stations * spec.around);
  threads = threads_within_memory(spec, threads);
  std::vector<BluffBodySample> result(spec.samples);
  for_each_sample(spec.samples, threads, "Solving flow around bodies", progress, [&]() -> MakeSample {
    return [&](int sample) {
      BluffBodySample& body = result[sample];
      body.shape = random_shape(spec.seed, spec.stream, static_cast<std::uint32_t>(sample));
      body.surface = car_surface(body.shape, spec.stations, spec.around);
      body.pressure = flow_around(body.surface, {1.0, 0.0, 0.0}, true).pressure;
    };
  });
  return result;
}

}  // namespace halfwave::datasets
