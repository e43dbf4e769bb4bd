#pragma once

#include "core/precision/element.h"

namespace halfwave {

/// A matrix of complex numbers for each mode, in place: its real part at mode · by_mode + row · by_row +
/// column · by_column, the imaginary part `to_imaginary` beyond.
struct ComplexMatrices {
  ValuesIn values;
  std::int64_t by_mode, by_row, by_column, to_imaginary;
  float sign;  ///< −1 for the complex conjugate

  HALFWAVE_HD std::int64_t at(std::int64_t mode, std::int64_t row, std::int64_t column) const {
    return mode * by_mode + row * by_row + column * by_column;
  }
};

/// z += x · y.
HALFWAVE_HD inline void add_complex_product(float& re, float& im, float x_re, float x_im, float y_re,
                                            float y_im) {
  re += x_re * y_re;
  re -= x_im * y_im;
  im += x_re * y_im;
  im += x_im * y_re;
}

/// `rows_at_once` rows of one column of C = A · B for one mode, operands rounded, sums in fp32, results
/// rounded once. Elements are numbered (mode, group of rows, column).
struct ContractionElement {
  static constexpr int rows_at_once = 4;

  ComplexMatrices a, b;
  ValuesOut c;
  std::int64_t c_by_mode, c_by_row, c_to_imaginary;  ///< columns of C are neighbours
  StageRounding rounding;
  std::int64_t rows, inner, columns;

  HALFWAVE_HD std::int64_t groups() const { return (rows + rows_at_once - 1) / rows_at_once; }

  HALFWAVE_HD void operator()(std::int64_t i) const {
    const std::int64_t column = i % columns, group = i / columns % groups(), mode = i / columns / groups();
    const std::int64_t first = group * rows_at_once;
    float re[rows_at_once] = {}, im[rows_at_once] = {};
    for (std::int64_t k = 0; k < inner; ++k) {
      const std::int64_t right = b.at(mode, k, column);
      const float b_re = rounding(b.values[right]);
      const float b_im = b.sign * rounding(b.values[right + b.to_imaginary]);
      for (int r = 0; r < rows_at_once; ++r) {
        // Rows beyond the last are computed from the last and not stored.
        const std::int64_t row = first + r < rows ? first + r : rows - 1;
        const std::int64_t left = a.at(mode, row, k);
        const float a_re = rounding(a.values[left]);
        const float a_im = a.sign * rounding(a.values[left + a.to_imaginary]);
        add_complex_product(re[r], im[r], a_re, a_im, b_re, b_im);
      }
    }
    for (int r = 0; r < rows_at_once && first + r < rows; ++r) {
      const std::int64_t at = mode * c_by_mode + (first + r) * c_by_row + column;
      c.put(at, rounding(re[r]));
      c.put(at + c_to_imaginary, rounding(im[r]));
    }
  }
};

}  // namespace halfwave
