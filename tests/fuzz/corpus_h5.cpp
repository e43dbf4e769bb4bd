#include "fuzz/corpus_writer.h"

#include <functional>

namespace halfwave::fuzz {
namespace {

namespace af = array_files;

/// The bytes of a file that `fill` writes, without times, in the smallest format unless `old_format`.
std::string file(const std::function<void(hid_t)>& fill, bool old_format = false) {
  const auto path = std::filesystem::temp_directory_path() / ("corpus-" + std::to_string(::getpid()) + ".h5");
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS), creation = H5Pcreate(H5P_FILE_CREATE);
  if (!old_format) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
  H5Pset_meta_block_size(access, 0);
  H5Pset_small_data_block_size(access, 0);
  H5Pset_obj_track_times(creation, false);
  const hid_t out = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, creation, access);
  fill(out);
  H5Fclose(out);
  H5Pclose(creation);
  H5Pclose(access);
  const std::string bytes = af::read_bytes(path);
  std::filesystem::remove(path);
  return bytes;
}

/// Properties of an array, `set` by the caller.
struct Properties {
  hid_t id = H5Pcreate(H5P_DATASET_CREATE);
  explicit Properties(const std::function<void(hid_t)>& set = {}) {
    H5Pset_obj_track_times(id, false);
    if (set) set(id);
  }
  ~Properties() { H5Pclose(id); }
  Properties(const Properties&) = delete;
  Properties& operator=(const Properties&) = delete;
};

std::string one_array(hid_t stored, const std::vector<hsize_t>& dims, const std::string& data, hid_t memory,
                      const std::function<void(hid_t)>& set = {}) {
  return file([&](hid_t out) {
    const Properties properties(set);
    af::h5_array(out, "x", stored, dims, data.empty() ? nullptr : data.data(), properties.id, memory);
  });
}

void deflate(hid_t properties) {
  const hsize_t chunk[] = {3, 3};
  H5Pset_chunk(properties, 2, chunk);
  H5Pset_shuffle(properties);
  H5Pset_deflate(properties, 6);
  H5Pset_fletcher32(properties);
}

}  // namespace

void write_h5(const CorpusFolder& folder) {
  const std::string floats = numbers<float>(24);
  const hid_t f32 = H5T_NATIVE_FLOAT;
  const std::string whole = one_array(H5T_IEEE_F32LE, {4, 6}, floats, f32);
  folder.add("float32.h5", whole);
  folder.add("old-format.h5",
             file(
                 [&](hid_t out) {
                   const Properties properties;
                   af::h5_array(out, "x", H5T_IEEE_F32LE, {4, 6}, floats.data(), properties.id, f32);
                 },
                 true));
  folder.add("big-endian-float64.h5", one_array(H5T_IEEE_F64BE, {4, 6}, floats, f32));
  folder.add("int16.h5", one_array(H5T_STD_I16LE, {24}, floats, f32));
  folder.add("compact.h5",
             one_array(H5T_IEEE_F32LE, {4, 6}, floats, f32, [](hid_t p) { H5Pset_layout(p, H5D_COMPACT); }));
  folder.add("packed.h5", one_array(H5T_IEEE_F32LE, {4, 6}, floats, f32, deflate));
  const hid_t half = H5Tcopy(H5T_IEEE_F32LE);
  H5Tset_fields(half, 15, 10, 5, 0, 10);
  H5Tset_size(half, 2);
  H5Tset_ebias(half, 15);
  folder.add("float16.h5", one_array(half, {4, 6}, floats, f32));
  H5Tclose(half);
  const hid_t pair = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(pair, "r", 0, f32);
  H5Tinsert(pair, "i", 4, f32);
  folder.add("complex.h5", one_array(pair, {3, 4}, floats, pair));
  H5Tclose(pair);

  folder.add("bad-external-link.h5", file([](hid_t out) {
               H5Lcreate_external("/etc/passwd", "/x", out, "x", H5P_DEFAULT, H5P_DEFAULT);
             }));
  folder.add("bad-external-storage.h5", one_array(H5T_IEEE_F32LE, {6}, "", f32,
                                                  [](hid_t p) { H5Pset_external(p, "/etc/passwd", 0, 24); }));
  folder.add("bad-soft-links-in-a-circle.h5", file([](hid_t out) {
               H5Lcreate_soft("/b", out, "a", H5P_DEFAULT, H5P_DEFAULT);
               H5Lcreate_soft("/a", out, "b", H5P_DEFAULT, H5P_DEFAULT);
             }));
  folder.add("bad-group-in-itself.h5",
             file([](hid_t out) { H5Lcreate_hard(out, "/", out, "self", H5P_DEFAULT, H5P_DEFAULT); }));
  folder.add("bad-elements-2-62.h5",
             one_array(H5T_IEEE_F32LE, {hsize_t{1} << 31, hsize_t{1} << 31}, "", f32, [](hid_t p) {
               const hsize_t chunk[] = {1, 1};
               H5Pset_chunk(p, 2, chunk);
             }));
  folder.add("bad-never-written.h5", one_array(H5T_IEEE_F32LE, {6}, "", f32));
  const hid_t string_type = H5Tcopy(H5T_C_S1);
  H5Tset_size(string_type, 8);
  folder.add("bad-text.h5", one_array(string_type, {3}, floats, string_type));
  H5Tclose(string_type);
  folder.add("bad-cut.h5", whole.substr(0, whole.size() / 2));
  std::string flipped = whole;
  flipped[13] ^= 0x10;  // in the superblock, which has a checksum
  folder.add("bad-flipped.h5", flipped);
}

}  // namespace halfwave::fuzz
