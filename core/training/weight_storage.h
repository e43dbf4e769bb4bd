#pragma once

#include "core/operators/operator.h"

#include <ATen/core/Tensor.h>

#include <map>
#include <string>
#include <vector>

namespace halfwave {

/// The type a stored value of a format has. Throws RequestError for one that weights cannot have
/// (`format_problem`).
at::ScalarType storage_type(Format format);

/// The type a parameter's values have under a policy: its layer's `weights` stage.
at::ScalarType weight_type(const Parameter& parameter, const Policy& policy);

/// Replaces the values of a leaf, also by ones of another type. Drops its gradient.
void replace_weight(Parameter& parameter, const at::Tensor& value);

/// Stores every parameter in its layer's `weights` format, for good: what rounding takes is lost. For
/// training see Optimizer::set_weight_formats, which keeps masters.
void round_weights(std::vector<Parameter>& parameters, const Policy& policy);

/// Copies values by name into the parameters, rounding to their types. Throws RequestError naming a tensor
/// that is missing or has another shape, before anything is changed.
void load_weights(std::vector<Parameter>& parameters, const std::map<std::string, at::Tensor>& values);

}  // namespace halfwave
