#include "datasets/writers/write.h"

#include "core/error.h"
#include "datasets/writers/dataset_parts.h"
#include "datasets/writers/hdf5.h"
#include "datasets/writers/npz.h"
#include "datasets/writers/pt.h"

namespace halfwave::datasets {
namespace {

using Writer = void (*)(const NamedArrays&, const std::filesystem::path&);

Writer writer_of(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".pt") return write_pt;
  if (extension == ".npz") return write_npz;
  if (extension == ".h5" || extension == ".hdf5") return write_hdf5;
  throw RequestError(file.string() +
                     " does not end in .pt, .npz, .h5 or .hdf5, the formats that are written.");
}

}  // namespace

void require_written_format(const std::filesystem::path& file) {
  writer_of(file);
}

void write_dataset(const Dataset& dataset, const std::filesystem::path& file) {
  write_arrays(parts_of(dataset), file);
}

void write_arrays(const NamedArrays& arrays, const std::filesystem::path& file) {
  writer_of(file)(arrays, file);
}

}  // namespace halfwave::datasets
