#pragma once

#include <string>

namespace halfwave {

/// How the arrays of a file become samples, as `dataset.map` and `--map` say it:
/// `x=coeff,y=sol,layout=NHW,subsample=4,train=1000,test=200`. What is not said is guessed.
///
/// A layout names an array's axes by letters: N samples, C channels, T time, and grid axes D, H, W or X, Y, Z
/// (taken in that order, whatever their order in the file). Frames along T become channels.
struct DatasetMap {
  std::string x;         ///< name of the array of inputs
  std::string y;         ///< name of the array of targets
  std::string x_layout;  ///< keys `layout` (both) or `x_layout`
  std::string y_layout;  ///< keys `layout` (both) or `y_layout`
  int subsample = 1;     ///< every which point of each grid axis is taken
  int frames_in = 0;     ///< the first frames of x that are taken, 0 = all
  int frames_out = 0;    ///< frames of y: those after `frames_in` where x and y are one array; 0 = all
  int train = 0;         ///< the first samples of the training file that are trained on, 0 = those left
  int test = 0;          ///< the last samples of the training file that are tested on
  bool operator==(const DatasetMap&) const = default;
};

/// Throws FieldError at `dataset.map` that says which part is wrong.
DatasetMap parse_dataset_map(const std::string& text);

/// The text that `parse_dataset_map` reads back; only what differs from the defaults.
std::string to_text(const DatasetMap& map);

}  // namespace halfwave
