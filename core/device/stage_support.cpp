#include "core/device/stage_support.h"

namespace halfwave {

Support stage_support(const LayerPolicy& layer, Stage stage, std::string_view engine,
                      const DeviceInfo& device) {
  if (is_stored(stage)) return Support::native;
  const Format format = layer[stage];
  const bool narrow = format != Format::fp64 && format != Format::fp32;
  if (narrow && layer.accumulation == Accumulation::strict) return Support::emulated;
  const bool transform = stage == Stage::forward_transform || stage == Stage::inverse_transform;
  if (narrow && transform && engine == "fft" && device.name == "cpu") return Support::emulated;
  return device.supports(format);
}

}  // namespace halfwave
