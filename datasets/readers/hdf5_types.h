#pragma once

#include "datasets/readers/element_type.h"

#include <hdf5.h>
#include <string>
#include <utility>
#include <vector>

namespace halfwave::datasets {

/// An identifier of the HDF5 library, closed at the end of its life.
class H5Id {
 public:
  H5Id() = default;
  H5Id(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
  H5Id(H5Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
  H5Id& operator=(H5Id&& other) noexcept {
    std::swap(id_, other.id_);
    std::swap(close_, other.close_);
    return *this;
  }
  ~H5Id() {
    if (id_ >= 0) close_(id_);
  }
  operator hid_t() const { return id_; }
  explicit operator bool() const { return id_ >= 0; }

 private:
  hid_t id_ = -1;
  herr_t (*close_)(hid_t) = nullptr;
};

/// A type of an HDF5 file as numbers, or why it is none.
struct Hdf5Type {
  ElementType type;
  std::string text;     ///< for a person, where it is no numbers
  std::string problem;  ///< empty for numbers
};

Hdf5Type hdf5_type(hid_t type);

/// The lines of an attribute that is text of either kind; empty for any other.
std::vector<std::string> text_attribute(hid_t attribute);

/// What MATLAB says that an array is, or nothing.
std::string matlab_class(hid_t object);

}  // namespace halfwave::datasets
