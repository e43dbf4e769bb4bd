#pragma once

#include "core/precision/element.h"
#include "core/spectral/mode_map.h"

namespace halfwave {

// What goes on around a planned Fourier transform of the lines of each sample and channel. All of these move
// values between memory with channels last and memory with channels before the axes, so each is read and
// written in another order: `read(sample, row, channel)` and `write(sample, row, channel, what was read)`,
// where a row is a point or a mode.

/// A complex number, or in `re` a real one.
struct Parts {
  float re, im;
};

/// A field (B, N, C) as lines (B, C, N), rounded.
struct FieldToLines {
  ValuesIn field;
  ValuesOut lines;
  StageRounding rounding;
  std::int64_t points, channels;

  HALFWAVE_HD Parts read(std::int64_t b, std::int64_t point, std::int64_t c) const {
    return {field[(b * points + point) * channels + c], 0.0F};
  }
  HALFWAVE_HD void write(std::int64_t b, std::int64_t point, std::int64_t c, Parts x) const {
    lines.put((b * channels + c) * points + point, rounding(x.re));
  }
};

/// Lines (B, C, N) as a field (B, N, C), times `factor`.
struct LinesToField {
  ValuesIn lines;
  ValuesOut field;
  StageRounding rounding;
  std::int64_t points, channels;
  float factor;

  HALFWAVE_HD Parts read(std::int64_t b, std::int64_t point, std::int64_t c) const {
    return {lines[(b * channels + c) * points + point], 0.0F};
  }
  HALFWAVE_HD void write(std::int64_t b, std::int64_t point, std::int64_t c, Parts x) const {
    field.put((b * points + point) * channels + c, rounding(x.re * factor));
  }
};

/// The kept modes of half spectra (B, C, spectrum), complex, as planes (B, 2, modes, C): times `factor`, and
/// times `mirrored_factor` where a mode's mirror image is not kept.
struct SpectrumToModes {
  ValuesIn spectrum;
  ValuesOut planes;
  StageRounding rounding;
  ModeMap map;
  std::int64_t size, modes, channels;  ///< of the spectrum, the kept modes
  float factor, mirrored_factor;

  HALFWAVE_HD Parts read(std::int64_t b, std::int64_t mode, std::int64_t c) const {
    const std::int64_t at = 2 * ((b * channels + c) * size + map.place_of(mode));
    return {spectrum[at], spectrum[at + 1]};
  }
  HALFWAVE_HD void write(std::int64_t b, std::int64_t mode, std::int64_t c, Parts z) const {
    const float f = map.mode_has_mirror(mode) ? factor : factor * mirrored_factor;
    planes.put((2 * b * modes + mode) * channels + c, rounding(z.re * f));
    planes.put(((2 * b + 1) * modes + mode) * channels + c, rounding(z.im * f));
  }
};

/// Planes (B, 2, modes, C) as half spectra (B, C, spectrum) of real fields, zero where no mode is kept. Where
/// the mirror image of a place lies in the half spectrum too, the two are made each other's conjugate, as
/// those of a real field are: (z_k + z̄_{−k})/2, which leaves the sum of the real parts as it is.
struct ModesToSpectrum {
  ValuesIn planes;
  ValuesOut spectrum;
  StageRounding rounding;
  ModeMap map;
  std::int64_t size, modes, channels;
  float mirrored_factor;

  HALFWAVE_HD Parts mode(std::int64_t b, std::int64_t k, std::int64_t c) const {
    if (k < 0) return {0.0F, 0.0F};
    return {rounding(planes[(2 * b * modes + k) * channels + c]),
            rounding(planes[((2 * b + 1) * modes + k) * channels + c])};
  }
  HALFWAVE_HD Parts read(std::int64_t b, std::int64_t place, std::int64_t c) const {
    const Parts z = mode(b, map.kept_at(place), c);
    if (!map.has_mirror(place)) return {z.re * mirrored_factor, z.im * mirrored_factor};
    const Parts mirror = mode(b, map.kept_at(place, true), c);
    return {0.5F * (z.re + mirror.re), 0.5F * (z.im - mirror.im)};
  }
  HALFWAVE_HD void write(std::int64_t b, std::int64_t place, std::int64_t c, Parts z) const {
    const std::int64_t at = 2 * ((b * channels + c) * size + place);
    spectrum.put(at, rounding(z.re));
    spectrum.put(at + 1, rounding(z.im));
  }
};

}  // namespace halfwave
