#pragma once

#include <cstdint>
#include <string>

namespace halfwave::datasets {

/// How one number lies in a file.
struct ElementType {
  enum class Kind : std::uint8_t { real, brain, whole, natural, truth };
  Kind kind = Kind::real;
  int bytes = 4;  ///< of one part: 1, 2, 4 or 8
  bool big_endian = false;
  bool complex = false;  ///< two parts in a row, real then imaginary

  int size() const { return complex ? 2 * bytes : bytes; }
  bool operator==(const ElementType&) const = default;
};

/// As NumPy names it: `float32`, `complex128`, `uint8`, `bool`; `bfloat16`.
std::string type_name(const ElementType& type);

/// True when numbers of that kind come in that many bytes.
bool is_known(const ElementType& type);

/// Converts `parts` numbers that lie in a row (a complex element is two). Source need not be aligned.
void convert_elements(const ElementType& type, const char* source, std::int64_t parts, float* destination);
void convert_elements(const ElementType& type, const char* source, std::int64_t parts, double* destination);

}  // namespace halfwave::datasets
