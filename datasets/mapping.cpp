#include "datasets/mapping.h"

#include "core/device/machine.h"
#include "core/error.h"
#include "datasets/dataset_checks.h"
#include "datasets/layout.h"
#include "datasets/readers/format_problem.h"
#include "datasets/surface_file.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace halfwave::datasets {
namespace {

constexpr std::array pairs = {std::pair{"x", "y"},
                              std::pair{"coeff", "sol"},
                              std::pair{"a", "u"},
                              std::pair{"input", "output"},
                              std::pair{"inputs", "outputs"},
                              std::pair{"input", "target"},
                              std::pair{"inputs", "targets"},
                              std::pair{"nu", "tensor"},
                              std::pair{"0", "1"}};
constexpr std::array trajectories = {"tensor", "u", "data", "trajectories"};
constexpr int usual_frames = 10;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

/// The readable array of that name; capitals do not matter unless both are there.
int find_named(const ArrayFile& file, const std::string& name) {
  const auto usable = [&](int array) {
    return array >= 0 && file.info(static_cast<std::size_t>(array)).problem.empty();
  };
  const int exact = file.find(name);
  if (usable(exact)) return exact;
  const auto arrays = file.arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i)
    if (lower(arrays[i].name) == name && usable(static_cast<int>(i))) return static_cast<int>(i);
  return -1;
}

[[noreturn]] void refuse(const ArrayFile& file, const std::string& problem) {
  throw RequestError(file.path().string() + " " + problem + ".");
}

const ArrayInfo& named(const ArrayFile& file, const std::string& name) {
  const int array = file.find(name);
  if (array < 0) refuse(file, "holds no array " + printable(name) + "; it holds " + arrays_text(file));
  const ArrayInfo& info = file.info(static_cast<std::size_t>(array));
  if (!info.problem.empty()) refuse(file, "holds " + printable(name) + ", which " + info.problem);
  return info;
}

int half_at_most(std::int64_t frames) {
  return static_cast<int>(std::min<std::int64_t>(usual_frames, frames / 2));
}

/// A pair of known names, or one array of frames.
bool guess_names(const ArrayFile& file, DatasetMap& map) {
  for (const auto& [x, y] : pairs) {
    const int of_x = find_named(file, x), of_y = find_named(file, y);
    if (of_x < 0 || of_y < 0) continue;
    map.x = file.info(static_cast<std::size_t>(of_x)).name;
    map.y = file.info(static_cast<std::size_t>(of_y)).name;
    // u of shape (samples, axis…, frames) beside a of shape (samples, axis…): the frames that follow.
    auto shape = file.info(static_cast<std::size_t>(of_y)).shape;
    const bool free = map.x_layout.empty() && map.frames_in == 0;
    if (lower(map.x) == "a" && free && shape.size() >= 3 && shape.back() >= 2) {
      const std::int64_t frames = shape.back();
      shape.pop_back();
      if (shape != file.info(static_cast<std::size_t>(of_x)).shape) return true;
      map.x = map.y;
      map.x_layout = map.y_layout = "N" + std::string("DHW").substr(4 - shape.size()) + "T";
      map.frames_in = half_at_most(frames);
    }
    return true;
  }
  for (const char* name : trajectories) {
    const int array = find_named(file, name);
    if (array < 0) continue;
    const auto& info = file.info(static_cast<std::size_t>(array));
    const std::size_t axes = info.shape.size();
    if (axes < 3 || axes > 5 || info.shape[1] < 2) continue;
    map.x = map.y = info.name;
    if (map.x_layout.empty()) map.x_layout = map.y_layout = "NT" + std::string("XYZ").substr(0, axes - 2);
    return true;
  }
  return false;
}

std::int64_t frames_of(const ArrayInfo& info, const std::string& layout) {
  const auto time = layout.find('T');
  return time == std::string::npos ? 0 : info.shape[time];
}

void check_layout(const ArrayFile& file, const ArrayInfo& info, std::string& layout) {
  const auto fitted = fitted_layout(layout, info.shape.size());
  if (!fitted)
    refuse(file, "holds " + printable(info.name) + " of shape " + printable(shape_text(info.shape)) +
                     ", which the layout " + layout + " does not fit");
  layout = *fitted;
}

void check_frames(const ArrayFile& file, const ArrayInfo& x, const ArrayInfo& y, DatasetMap& map) {
  const std::int64_t in = frames_of(x, map.x_layout), out = frames_of(y, map.y_layout);
  const bool shared = map.x == map.y;
  if (shared && in == 0)
    refuse(file, "has inputs and targets in one array (" + printable(map.x) +
                     "), so its layout needs a T, the axis along which targets follow inputs");
  if (shared && map.frames_in == 0) map.frames_in = half_at_most(in);
  if (map.frames_in > in - (shared ? 1 : 0) || (shared && map.frames_in < 1))
    refuse(file, "has " + std::to_string(in) + " frames in " + printable(map.x) + ", too few for " +
                     std::to_string(std::max(map.frames_in, 1)) + " frames of inputs" +
                     (shared ? " and targets" : ""));
  if (map.frames_out > out - (shared ? map.frames_in : 0))
    refuse(file, "has " + std::to_string(out) + " frames in " + printable(map.y) + ", too few for " +
                     std::to_string(map.frames_out) + " frames of targets");
}

FrameRange target_frames(const DatasetMap& map) {
  return {map.x == map.y ? map.frames_in : 0, map.frames_out > 0 ? map.frames_out : -1};
}

double kept_bytes(const ArrayInfo& info, const std::string& layout, const FrameRange& frames, int subsample) {
  double bytes = info.complex ? 8.0 : 4.0;
  for (std::size_t axis = 0; axis < layout.size(); ++axis) {
    const auto size = static_cast<double>(info.shape[axis]);
    if (layout[axis] == 'T')
      bytes *=
          frames.count < 0 ? size - static_cast<double>(frames.first) : static_cast<double>(frames.count);
    else if (layout[axis] == 'C')
      bytes *= size;
    else if (layout[axis] != 'N')
      bytes *= std::ceil(size / subsample);
  }
  return bytes;
}

FrameRange input_frames(const DatasetMap& map) {
  return {0, map.frames_in > 0 ? map.frames_in : -1};
}

void require_room(const ArrayFile& file, const DatasetMap& map, std::int64_t count) {
  const double bytes = bytes_of_samples(file, map, count), most = most_bytes_of_samples();
  if (bytes <= most) return;
  const auto gigabytes = [](double value) { return std::to_string(std::llround(value / 1e9)) + " GB"; };
  throw FormatProblem(
      "would take " + gigabytes(bytes) + " of memory where " + gigabytes(most) +
      " are the most, since samples are kept in memory while they are trained on; take fewer by "
      "train, frames_in, frames_out or subsample in the map");
}

/// Reads in blocks, so that what is not kept takes no memory beyond one.
at::Tensor read_part(const ArrayFile& file, const std::string& name, const std::string& layout,
                     const FrameRange& frames, int subsample, std::int64_t first, std::int64_t count) {
  constexpr std::int64_t block_bytes = std::int64_t{256} << 20;
  const auto array = static_cast<std::size_t>(file.find(name));
  const ArrayInfo& info = file.info(array);
  const auto axis = layout.find('N');
  std::int64_t sample_bytes = info.complex ? 8 : 4;
  for (std::size_t i = 0; i < info.shape.size(); ++i)
    if (i != axis) sample_bytes *= std::max<std::int64_t>(1, info.shape[i]);
  const std::int64_t block =
      std::clamp<std::int64_t>(block_bytes / sample_bytes, 1, std::max<std::int64_t>(1, count));
  const auto read = [&](std::int64_t from, std::int64_t many) {
    return arranged(file.read(array, static_cast<int>(axis), from, many), layout, frames, subsample);
  };
  if (block == count) return read(first, count);
  at::Tensor all;
  for (std::int64_t done = 0; done < count; done += block) {
    const std::int64_t many = std::min(block, count - done);
    const at::Tensor part = read(first + done, many);
    if (!all.defined()) {
      auto sizes = part.sizes().vec();
      sizes[0] = count;
      all = at::empty(sizes, at::kFloat);
    }
    all.narrow(0, done, many).copy_(part);
  }
  return all;
}

void take_texts(const ArrayFile& file, Dataset& dataset) {
  const auto& texts = file.texts();
  const auto take = [&](const char* key, std::string& target) {
    const auto found = texts.find(key);
    if (found != texts.end() && found->second.size() == 1) target = printable(found->second[0]);
  };
  take("name", dataset.name);
  take("input_name", dataset.input_name);
  take("output_name", dataset.output_name);
  take("input_unit", dataset.input_unit);
  take("output_unit", dataset.output_unit);
  if (const auto found = texts.find("provenance"); found != texts.end())
    dataset.provenance.insert(dataset.provenance.end(), found->second.begin(), found->second.end());
}

}  // namespace

std::string arrays_text(const ArrayFile& file) {
  constexpr std::size_t shown = 12;
  std::string text;
  const auto arrays = file.arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    if (i > 0) text += ", ";
    if (i == shown) return text + "…";
    text += printable(arrays[i].name);
    text += " (" + arrays[i].type + ", " + printable(shape_text(arrays[i].shape)) + ")";
  }
  return text.empty() ? "none" : text;
}

std::optional<DatasetMap> complete_map(const ArrayFile& file, const DatasetMap& given, int dimension) {
  DatasetMap map = given;
  if (map.x.empty() && !guess_names(file, map)) return std::nullopt;
  const ArrayInfo& x = named(file, map.x);
  const ArrayInfo& y = named(file, map.y);
  if (map.x_layout.empty() != map.y_layout.empty())
    refuse(file, "is given a layout for only one of x and y; give both, or none to have them guessed");
  if (map.x_layout.empty()) {
    const auto layouts = guess_layouts(x.shape, y.shape, dimension);
    if (!layouts)
      refuse(
          file,
          "holds " + printable(map.x) + " of shape " + printable(shape_text(x.shape)) + " and " +
              printable(map.y) + " of shape " + printable(shape_text(y.shape)) +
              ", whose axes cannot be guessed; say them in the map, for instance layout=NHW or layout=NHWC");
    map.x_layout = layouts->x;
    map.y_layout = layouts->y;
  }
  check_layout(file, x, map.x_layout);
  check_layout(file, y, map.y_layout);
  const auto axes = grid_letters(map.x_layout).size();
  if (dimension != 0 && axes != static_cast<std::size_t>(dimension))
    refuse(file, "has " + std::to_string(axes) + " grid axes (layout " + map.x_layout + ") where " +
                     std::to_string(dimension) + " are needed");
  check_frames(file, x, y, map);
  return map;
}

DatasetMap required_map(const ArrayFile& file, const DatasetMap& map, int dimension) {
  if (map.x.empty() && surfaces_in(file)) refuse(file, surface_problem());
  const auto complete = complete_map(file, map, dimension);
  if (!complete)
    refuse(file,
           "holds " + arrays_text(file) +
               "; which of them are inputs and targets is not clear, so say it in the map, for instance "
               "x=coeff,y=sol");
  return *complete;
}

double bytes_of_samples(const ArrayFile& file, const DatasetMap& map, std::int64_t count) {
  return static_cast<double>(count) *
         (kept_bytes(named(file, map.x), map.x_layout, input_frames(map), map.subsample) +
          kept_bytes(named(file, map.y), map.y_layout, target_frames(map), map.subsample));
}

double most_bytes_of_samples() {
  return 0.5 * static_cast<double>(main_memory_bytes());
}

std::int64_t sample_count(const ArrayFile& file, const DatasetMap& map) {
  return named(file, map.x).shape[map.x_layout.find('N')];
}

Dataset read_samples(const ArrayFile& file, const DatasetMap& map, std::int64_t first, std::int64_t count) {
  try {
    const std::int64_t in_x = sample_count(file, map);
    const std::int64_t in_y = named(file, map.y).shape[map.y_layout.find('N')];
    if (in_x != in_y)
      throw FormatProblem("has " + std::to_string(in_x) + " samples in x but " + std::to_string(in_y) +
                          " in y; both need the same number");
    require_room(file, map, count);
    Dataset dataset;
    dataset.x = read_part(file, map.x, map.x_layout, input_frames(map), map.subsample, first, count);
    dataset.y = read_part(file, map.y, map.y_layout, target_frames(map), map.subsample, first, count);
    shape_as_samples(dataset, static_cast<int>(grid_letters(map.x_layout).size()));
    require_finite(dataset);
    dataset.name = file.path().filename().string();
    dataset.input_name = printable(map.x);
    dataset.output_name = printable(map.y);
    dataset.provenance.push_back("Read from " + file.path().string());
    dataset.provenance.push_back("Mapped by " + to_text(map));
    take_texts(file, dataset);
    return dataset;
  } catch (const FormatProblem& problem) {
    refuse(file, problem.what());
  } catch (const c10::Error&) {
    throw RunError(file.path().string() + " needs more memory than there is.");
  }
}

}  // namespace halfwave::datasets
