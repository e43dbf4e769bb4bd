#include "core/spectral/engine.h"

#include "core/error.h"
#include "core/spectral/dft_engine.h"
#include "core/spectral/fft_engine.h"

#include <string>

namespace halfwave {

std::shared_ptr<SpectralEngine> make_engine(std::string_view name) {
  if (name == "dft") return std::make_shared<DftEngine>();
  if (name == "fft") return std::make_shared<FftEngine>();
  throw RequestError("operator.engine: \"" + std::string(name) + "\" is not an engine; use fft or dft");
}

}  // namespace halfwave
