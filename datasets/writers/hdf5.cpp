#include "datasets/writers/hdf5.h"

#include "core/error.h"
#include "datasets/readers/apart.h"
#include "datasets/readers/hdf5_types.h"
#include "datasets/writers/atomic_file.h"
#include "datasets/writers/dataset_parts.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

namespace fs = std::filesystem;

/// Every call of the library is checked: the first that fails ends the work.
class Writer {
 public:
  explicit Writer(const fs::path& target) : target_(target) {}

  void write(const NamedArrays& parts, const fs::path& temporary) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5Id file = checked({H5Fcreate(temporary.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose});
    for (const NamedArray& part : parts.arrays) array(file, part);
    for (const auto& [name, text] : parts.texts) lines(file, name, {text}, true);
    lines(file, "provenance", parts.provenance, false);
    check(H5Fflush(file, H5F_SCOPE_LOCAL));
  }

 private:
  void check(herr_t result) const {
    if (result < 0) throw RunError(target_.string() + " could not be written completely; is the disk full?");
  }
  H5Id checked(H5Id id) const {
    check(id ? 0 : -1);
    return id;
  }

  void array(hid_t file, const NamedArray& part) const {
    const bool whole = is_whole(part);
    const at::IntArrayRef sizes = part.values.sizes();
    const std::vector<hsize_t> dims(sizes.begin(), sizes.end());
    const H5Id space =
        checked({H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr), H5Sclose});
    const H5Id set = checked({H5Dcreate2(file, part.name.c_str(), whole ? H5T_STD_I64LE : H5T_IEEE_F32LE,
                                         space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                              H5Dclose});
    check(H5Dwrite(set, whole ? H5T_NATIVE_INT64 : H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                   part.values.const_data_ptr()));
  }

  void lines(hid_t file, const std::string& name, const std::vector<std::string>& texts, bool alone) const {
    if (texts.empty()) return;
    const H5Id type = checked({H5Tcopy(H5T_C_S1), H5Tclose});
    check(H5Tset_size(type, H5T_VARIABLE));
    check(H5Tset_cset(type, H5T_CSET_UTF8));
    const hsize_t count = texts.size();
    const H5Id space =
        checked({alone ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &count, nullptr), H5Sclose});
    const H5Id attribute =
        checked({H5Acreate2(file, name.c_str(), type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose});
    std::vector<const char*> pointers;
    for (const auto& text : texts) pointers.push_back(text.c_str());
    check(H5Awrite(attribute, type, pointers.data()));
  }

  const fs::path& target_;
};

}  // namespace

void write_hdf5(const Dataset& dataset, const fs::path& file) {
  write_hdf5(parts_of(dataset), file);
}

void write_hdf5(const NamedArrays& arrays, const fs::path& file) {
  replace_atomically(file, [&](const fs::path& temporary) {
    const std::lock_guard lock(fork_mutex());
    Writer(file).write(arrays, temporary);
  });
}

}  // namespace halfwave::datasets
