#include "datasets/readers/formats.h"

#include "datasets/readers/format_problem.h"

#include <algorithm>

namespace halfwave::datasets {
namespace {

using Opener = void (*)(const std::filesystem::path&, ArrayFile&);

struct Format {
  const char* extension;
  Opener open;
};
constexpr Format formats[] = {{".pt", open_pt},     {".pth", open_pt},   {".npy", open_npy},
                              {".npz", open_npz},   {".mat", open_mat},  {".h5", open_hdf5},
                              {".hdf5", open_hdf5}, {".hdf", open_hdf5}, {".nc", open_hdf5}};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return text;
}

Opener by_first_bytes(const std::filesystem::path& file) {
  FileBytes bytes(file);
  std::string head(128, '\0');
  bytes.read(0, std::min<std::uint64_t>(head.size(), bytes.size()), head.data());
  if (head.starts_with("\x93NUMPY")) return open_npy;
  if (head.starts_with("\x89HDF\r\n\x1a\n")) return open_hdf5;
  if (head.starts_with("MATLAB ")) return open_mat;
  if (head.starts_with("PK\x03\x04")) return head.find("data.pkl") < head.size() ? open_pt : open_npz;
  return nullptr;
}

}  // namespace

bool is_read(const std::filesystem::path& file) {
  const std::string extension = lower(file.extension().string());
  return std::any_of(std::begin(formats), std::end(formats),
                     [&](const Format& format) { return extension == format.extension; });
}

void open_format(const std::filesystem::path& file, ArrayFile& result) {
  const std::string extension = lower(file.extension().string());
  for (const Format& format : formats)
    if (extension == format.extension) return format.open(file, result);
  const Opener open = by_first_bytes(file);
  if (open == nullptr)
    throw FormatProblem(std::string(extension.empty() ? "is in no format that is read"
                                                      : "has an extension that is not read") +
                        "; .pt, .npy, .npz, .mat, .h5 and .hdf5 are");
  open(file, result);
}

}  // namespace halfwave::datasets
