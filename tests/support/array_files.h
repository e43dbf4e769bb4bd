#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <hdf5.h>
#include <iterator>
#include <string>
#include <vector>
#include <zlib.h>

/// Makes small array files byte by byte, good and bad.
namespace array_files {

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::remove(file);
  std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

template <typename Number>
std::string raw(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

/// Each `size` bytes backwards.
inline std::string swapped(std::string bytes, std::size_t size) {
  for (std::size_t at = 0; at + size <= bytes.size(); at += size)
    for (std::size_t i = 0; i < size / 2; ++i) std::swap(bytes[at + i], bytes[at + size - 1 - i]);
  return bytes;
}

template <typename Number>
void put(std::string& bytes, Number value) {
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    bytes += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
}

/// `shape` as Python writes a tuple: `(2, 3,)`.
inline std::string npy(const std::string& descr, const std::string& shape, const std::string& data,
                       bool fortran = false, int version = 1) {
  const std::string quote = descr.starts_with('[') ? "" : "'";
  const std::string header = "{'descr': " + quote + descr + quote +
                             ", 'fortran_order': " + (fortran ? "True" : "False") + ", 'shape': " + shape +
                             ", }\n";
  std::string bytes = "\x93NUMPY";
  bytes += static_cast<char>(version);
  bytes += '\0';
  if (version == 1)
    put(bytes, static_cast<std::uint16_t>(header.size()));
  else
    put(bytes, static_cast<std::uint32_t>(header.size()));
  return bytes + header + data;
}

struct Member {
  std::string name;
  std::string data;
  bool deflated = false;
  std::uint32_t mode = 0100644;
  std::uint64_t claimed = ~std::uint64_t{0};  ///< in place of the true unpacked size
};

inline std::string deflated(const std::string& data, int window_bits) {
  z_stream stream{};
  deflateInit2(&stream, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, data.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

inline std::string zip(const std::vector<Member>& members) {
  std::string bytes, directory;
  for (const auto& member : members) {
    const std::string stored = member.deflated ? deflated(member.data, -15) : member.data;
    const auto size =
        static_cast<std::uint32_t>(member.claimed == ~std::uint64_t{0} ? member.data.size() : member.claimed);
    std::string common;
    put(common, std::uint16_t{20});
    put(common, std::uint16_t{0});
    put(common, std::uint16_t(member.deflated ? 8 : 0));
    put(common, std::uint32_t{0});
    put(common, static_cast<std::uint32_t>(::crc32(0, reinterpret_cast<const Bytef*>(member.data.data()),
                                                   static_cast<uInt>(member.data.size()))));
    put(common, static_cast<std::uint32_t>(stored.size()));
    put(common, size);
    put(common, static_cast<std::uint16_t>(member.name.size()));
    put(common, std::uint16_t{0});
    put(directory, std::uint32_t{0x02014b50});
    put(directory, std::uint16_t{3 << 8 | 20});
    directory += common;
    put(directory, std::uint16_t{0});
    put(directory, std::uint16_t{0});
    put(directory, std::uint16_t{0});
    put(directory, std::uint32_t{member.mode << 16});
    put(directory, static_cast<std::uint32_t>(bytes.size()));
    directory += member.name;
    put(bytes, std::uint32_t{0x04034b50});
    bytes += common + member.name + stored;
  }
  const auto begin = static_cast<std::uint32_t>(bytes.size());
  bytes += directory;
  put(bytes, std::uint32_t{0x06054b50});
  put(bytes, std::uint32_t{0});
  put(bytes, static_cast<std::uint16_t>(members.size()));
  put(bytes, static_cast<std::uint16_t>(members.size()));
  put(bytes, static_cast<std::uint32_t>(directory.size()));
  put(bytes, begin);
  put(bytes, std::uint16_t{0});
  return bytes;
}

/// A data element of MATLAB's format of version 5, padded to 8 bytes.
inline std::string mat_element(std::uint32_t type, std::string data) {
  std::string bytes;
  put(bytes, type);
  put(bytes, static_cast<std::uint32_t>(data.size()));
  data.resize((data.size() + 7) / 8 * 8);
  return bytes + data;
}

struct MatArray {
  std::string name;
  std::uint32_t array_class = 6;  ///< double
  std::vector<std::int32_t> dims;
  std::uint32_t type = 9;  ///< of the stored numbers
  std::string real;
  std::string imaginary = {};
  bool logical = false;
  bool compressed = false;
};

inline std::string mat(const std::vector<MatArray>& arrays) {
  std::string bytes = "MATLAB 5.0 MAT-file, made by a test";
  bytes.resize(124, ' ');
  bytes += std::string("\x00\x01IM", 4);
  for (const auto& array : arrays) {
    std::string flags;
    put(flags, array.array_class | (array.imaginary.empty() ? 0u : 0x800u) | (array.logical ? 0x200u : 0u));
    put(flags, std::uint32_t{0});
    std::string parts = mat_element(6, flags) + mat_element(5, raw(array.dims)) + mat_element(1, array.name) +
                        mat_element(array.type, array.real);
    if (!array.imaginary.empty()) parts += mat_element(array.type, array.imaginary);
    const std::string matrix = mat_element(14, parts);
    if (!array.compressed) {
      bytes += matrix;
      continue;
    }
    const std::string packed = deflated(matrix, 15);
    put(bytes, std::uint32_t{15});
    put(bytes, static_cast<std::uint32_t>(packed.size()));
    bytes += packed;
  }
  return bytes;
}

/// Puts one array into an HDF5 file that is open.
inline void h5_array(hid_t file, const char* name, hid_t type, const std::vector<hsize_t>& dims,
                     const void* data, hid_t creation = H5P_DEFAULT, hid_t memory_type = -1) {
  const hid_t space = dims.empty() ? H5Screate(H5S_SCALAR)
                                   : H5Screate_simple(static_cast<int>(dims.size()), dims.data(), nullptr);
  const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, creation, H5P_DEFAULT);
  if (data != nullptr)
    H5Dwrite(set, memory_type < 0 ? type : memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
  H5Dclose(set);
  H5Sclose(space);
}

inline void h5_text_attribute(hid_t object, const char* name, const std::string& text) {
  const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
  H5Tset_size(type, text.size());
  const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
  H5Awrite(attribute, type, text.data());
  H5Aclose(attribute);
  H5Sclose(space);
  H5Tclose(type);
}

}  // namespace array_files
