#include "fuzz/corpus_writer.h"

#include <limits>

namespace halfwave::fuzz {

namespace af = array_files;

void write_npy(const CorpusFolder& folder) {
  const std::string floats = numbers<float>(24);
  const auto add = [&](const char* name, const char* type, const char* shape, const std::string& data,
                       bool fortran = false,
                       int version = 1) { folder.add(name, af::npy(type, shape, data, fortran, version)); };
  add("float32.npy", "<f4", "(2, 3, 4)", floats);
  add("fortran-order.npy", "<f4", "(2, 3, 4)", floats, true);
  add("big-endian-float64.npy", ">f8", "(4, 6)", af::swapped(numbers<double>(24), 8));
  add("float16.npy", "<f2", "(4,)", af::raw(std::vector<std::uint16_t>{0x3c00, 0x7bff, 0x0001, 0xfc00}));
  add("int8.npy", "|i1", "(24,)", numbers<std::int8_t>(24));
  add("uint16-big-endian.npy", ">u2", "(2, 4)", af::swapped(numbers<std::uint16_t>(8), 2));
  add("int64.npy", "<i8", "(6,)",
      af::raw(std::vector<std::int64_t>{0, -1, 1, std::numeric_limits<std::int64_t>::max(),
                                        std::numeric_limits<std::int64_t>::min(), 7}));
  add("bool.npy", "|b1", "(3, 2)", numbers<std::int8_t>(6));
  add("complex64.npy", "<c8", "(3, 4)", floats);
  add("complex128-fortran.npy", "<c16", "(2, 3)", numbers<double>(12), true);
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  add("nan.npy", "<f4", "(4,)", af::raw(std::vector<float>{nan, inf, -inf, -0.0f}));
  add("version-2.npy", "<f4", "(24,)", floats, false, 2);
  add("no-elements.npy", "<f4", "(0, 3)", "");
  add("one-number.npy", "<f8", "()", numbers<double>(1));

  add("bad-objects.npy", "|O", "(3,)", floats);
  add("bad-records.npy", "[('a', '<f4'), ('b', '<f4')]", "(3,)", floats);
  add("text.npy", "<U6", "(4,)", floats);
  add("bad-long-double.npy", "<f16", "(6,)", floats);
  add("bad-elements-2-62.npy", "<f4", "(4611686018427387904,)", floats);
  add("bad-shape-overflow.npy", "<f4", "(4294967296, 4294967296, 4294967296)", floats);
  add("bad-shape-zero-times-huge.npy", "<f4", "(4611686018427387904, 4611686018427387904, 0)", "");
  add("bad-negative.npy", "<f4", "(-6, -4)", floats);
  add("bad-code-in-header.npy", "<f4", "__import__('os').system('true')", floats);
  add("bad-version.npy", "<f4", "(24,)", floats, false, 9);
  add("bad-short.npy", "<f4", "(25,)", floats);
  const std::string whole = af::npy("<f4", "(24,)", floats);
  folder.add("bad-cut.npy", whole.substr(0, 40));
  std::string flipped = whole;
  flipped[14] ^= 0x40;
  folder.add("bad-flipped.npy", flipped);
  folder.add("bad-long-header.npy", std::string("\x93NUMPY\x02\x00\xff\xff\xff\x7f", 12) + floats);
  folder.add("bad-nested-header.npy", af::npy("<f4", std::string(600, '(') + "24,", floats));
}

void write_npz(const CorpusFolder& folder) {
  const std::string floats = numbers<float>(24), array = af::npy("<f4", "(2, 3, 4)", floats);
  folder.add("stored.npz", af::zip({{"x.npy", array}, {"y.npy", array}}));
  folder.add("deflated.npz", af::zip({{"x.npy", array, true}, {"y.npy", array, true}}));
  folder.add("mixed.npz", af::zip({{"x.npy", af::npy(">f2", "(24,)", numbers<std::uint16_t>(24), true), true},
                                   {"y.npy", array},
                                   {"notes.txt", "not an array"}}));
  folder.add("bad-objects.npz", af::zip({{"x.npy", af::npy("|O", "(3,)", floats)}}));
  folder.add("bad-symlink.npz", af::zip({{"x.npy", "/etc/passwd", false, 0120777}}));
  folder.add("bad-bomb.npz", af::zip({{"x.npy", array, true, 0100644, 4'000'000'000u}}));
  folder.add("bad-unpacks-to-more.npz", af::zip({{"x.npy", array, true, 0100644, array.size() - 4}}));
  const std::string longer = af::npy("<f4", "(27,)", floats);
  folder.add("bad-unpacks-to-less.npz", af::zip({{"x.npy", longer, true, 0100644, longer.size() + 12}}));
  folder.add("bad-twice.npz", af::zip({{"x.npy", array}, {"x.npy", array}}));
  folder.add("bad-elements-2-62.npz", af::zip({{"x.npy", af::npy("<f4", "(4611686018427387904,)", floats)}}));
  folder.add("bad-no-arrays.npz", af::zip({{"a.txt", "hello"}}));
  const std::string whole = af::zip({{"x.npy", array, true}, {"y.npy", array}});
  folder.add("bad-cut.npz", whole.substr(0, whole.size() / 2));
  std::string wrong = af::zip({{"x.npy", array}});
  wrong[wrong.find(floats) + 6] ^= 1;
  folder.add("bad-checksum.npz", wrong);
  std::string far = whole;  // where the directory begins
  far.replace(far.size() - 6, 4, "\xff\xff\xff\x7f");
  folder.add("bad-directory-far-away.npz", far);
  std::string locked = whole;  // flag of encryption, in both headers of the first member
  locked[6] |= 1;
  locked[locked.find("PK\x01\x02") + 8] |= 1;
  folder.add("bad-encrypted.npz", locked);
}

}  // namespace halfwave::fuzz
