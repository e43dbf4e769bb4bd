#include "core/training/npy.h"

#include "core/files/atomic_file.h"

#include <bit>
#include <cstring>

namespace halfwave {

static_assert(std::endian::native == std::endian::little, "the values are written as they lie in memory");

void write_npy(const Field& field, const std::filesystem::path& file) {
  std::string shape;
  for (const int points : field.shape) shape += std::to_string(points) + ",";
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  // Magic, version and length take 10 bytes; the values begin at a multiple of 64.
  header.resize((header.size() + 1 + 10 + 63) / 64 * 64 - 10, ' ');
  header.back() = '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const std::size_t start = bytes.size();
  bytes.resize(start + field.values.size() * sizeof(float));
  if (!field.values.empty())
    std::memcpy(bytes.data() + start, field.values.data(), field.values.size() * sizeof(float));
  replace_file(file, bytes, /*durable=*/false);
}

}  // namespace halfwave
