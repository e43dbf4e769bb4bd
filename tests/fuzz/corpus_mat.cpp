#include "fuzz/corpus_writer.h"

namespace halfwave::fuzz {

namespace af = array_files;

void write_mat(const CorpusFolder& folder) {
  constexpr std::uint32_t cell = 1, structure = 2, sparse = 5, f64 = 6, f32 = 7, i8 = 8, u8 = 9, object = 17;
  constexpr std::uint32_t as_int8 = 1, as_uint8 = 2, as_float = 7, as_double = 9;
  const std::string floats = numbers<float>(24), bytes = numbers<std::int8_t>(24);
  folder.add("two-arrays.mat", af::mat({{"coeff", f32, {2, 3, 4}, as_float, floats},
                                        {"sol", f32, {2, 3, 4}, as_float, floats}}));
  folder.add("compressed.mat",
             af::mat({{"coeff", f32, {2, 3, 4}, as_float, floats, {}, false, true},
                      {"sol", f64, {6, 4}, as_double, numbers<double>(24), {}, false, true}}));
  folder.add("complex.mat", af::mat({{"a", f32, {4, 6}, as_float, floats, floats}}));
  folder.add("stored-narrower.mat", af::mat({{"a", f64, {4, 6}, as_int8, bytes}}));
  folder.add("logical.mat", af::mat({{"a", u8, {4, 6}, as_uint8, bytes, {}, true}}));
  folder.add("int8.mat", af::mat({{"a", i8, {24, 1}, as_int8, bytes}}));
  folder.add("no-elements.mat", af::mat({{"a", f32, {0, 4}, as_float, ""}}));

  folder.add("bad-short.mat", af::mat({{"a", f32, {5, 6}, as_float, floats}}));
  folder.add("bad-elements-2-62.mat", af::mat({{"a", f32, {1 << 30, 1 << 30, 4}, as_float, floats}}));
  folder.add("bad-shape-overflow.mat",
             af::mat({{"a", f32, {2'000'000'000, 2'000'000'000, 2'000'000'000}, as_float, floats}}));
  folder.add("bad-negative.mat", af::mat({{"a", f32, {-4, -6}, as_float, floats}}));
  folder.add("bad-type.mat", af::mat({{"a", f32, {4, 6}, 77, floats}}));
  folder.add("bad-cell.mat", af::mat({{"a", cell, {1, 1}, as_float, ""}}));
  folder.add("bad-struct.mat", af::mat({{"a", structure, {1, 1}, as_float, ""}}));
  folder.add("bad-sparse.mat", af::mat({{"a", sparse, {1, 1}, as_float, ""}}));
  folder.add("bad-object.mat", af::mat({{"a", object, {1, 1}, as_float, ""}}));
  folder.add("bad-no-arrays.mat", af::mat({}));
  const std::string whole = af::mat({{"a", f32, {4, 6}, as_float, floats}});
  folder.add("bad-cut.mat", whole.substr(0, 200));
  std::string flipped = whole;
  flipped[128] ^= 0x20;  // the type of the first element
  folder.add("bad-flipped.mat", flipped);
  std::string big = whole;  // as a computer of the other byte order would write the mark
  big.replace(126, 2, "MI");
  folder.add("bad-byte-order.mat", big);
  std::string packed = af::mat({{"a", f32, {4, 6}, as_float, floats, {}, false, true}});
  packed[140] ^= 0x55;
  folder.add("bad-packed-flipped.mat", packed);
}

}  // namespace halfwave::fuzz
