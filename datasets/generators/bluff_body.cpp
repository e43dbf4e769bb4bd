#include "datasets/generators/bluff_body.h"

#include "datasets/generators/parallel_samples.h"
#include "datasets/generators/philox.h"

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

}  // namespace

std::vector<BluffBodySample> solve_bluff_bodies(const BluffBodySpec& spec, const Progress& progress,
                                                int threads) {
  check_range("stations", spec.stations, 6, 80);
  check_range("around", spec.around, 6, 80);
  check_samples(spec.samples, 10.0 * spec.stations * spec.around);
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
