#include "core/operators/build.h"

#include "core/error.h"
#include "core/operators/fno.h"

namespace halfwave {

std::unique_ptr<Operator> build_operator(const OperatorSpec& spec, int in_channels, int out_channels,
                                         std::uint64_t seed) {
  if (spec.type == "fno") return std::make_unique<Fno>(spec, in_channels, out_channels, seed);
  throw RequestError("operator.type: \"" + spec.type + "\" is not an operator; use fno");
}

}  // namespace halfwave
