#include "datasets/writers/named_arrays.h"

#include <ATen/ATen.h>

#include <stdexcept>

namespace halfwave::datasets {

bool is_whole(const NamedArray& array) {
  const auto type = array.values.scalar_type();
  if ((type != at::kFloat && type != at::kLong) || !array.values.is_contiguous() || !array.values.is_cpu())
    throw std::invalid_argument("the array " + array.name +
                                " is not float32 or int64, contiguous and in main memory");
  return type == at::kLong;
}

}  // namespace halfwave::datasets
