#include "fuzz/corpus_writer.h"

namespace halfwave::fuzz {
namespace {

namespace af = array_files;
using Sizes = std::vector<std::int64_t>;

// Instructions of pickle's protocol 2, as text.
std::string global(const std::string& module, const std::string& name) {
  return "c" + module + "\n" + name + "\n";
}

std::string text(const std::string& value) {
  std::string bytes = "X";
  af::put(bytes, static_cast<std::uint32_t>(value.size()));
  return bytes + value;
}

std::string integer(std::int64_t value) {
  std::string bytes = "\x8a\x08";
  af::put(bytes, value);
  return bytes;
}

std::string tuple(const Sizes& values) {
  std::string bytes = "(";
  for (std::int64_t value : values) bytes += integer(value);
  return bytes + "t";
}

struct Described {
  std::string storage = "FloatStorage";
  std::int64_t elements = 24;
  std::int64_t offset = 0;
  Sizes sizes = {2, 3, 4};
  Sizes strides = {12, 4, 1};
};

/// A tensor in the record data/0.
std::string tensor(const Described& t = {}) {
  return global("torch._utils", "_rebuild_tensor_v2") + "((" + text("storage") + global("torch", t.storage) +
         text("0") + text("cpu") + integer(t.elements) + "tQ" + integer(t.offset) + tuple(t.sizes) +
         tuple(t.strides) + "\x89" + global("collections", "OrderedDict") + ")RtR";
}

std::string dict(const std::string& x, const std::string& y) {
  return "}(" + text("x") + x + text("y") + y + "u";
}

std::string file(const std::string& pickle, const std::string& data = numbers<float>(24)) {
  return af::zip({{"a/data.pkl", "\x80\x02" + pickle + "."}, {"a/data/0", data}});
}

}  // namespace

void write_pt(const CorpusFolder& folder) {
  folder.add("dict.pt", file(dict(tensor(), tensor())));
  folder.add("one-tensor.pt", file(tensor()));
  folder.add("list-of-dicts.pt", file("](" + dict(tensor(), tensor()) + dict(tensor(), tensor()) + "e"));
  folder.add("offset-and-strides.pt", file(tensor({"FloatStorage", 24, 3, {3, 5}, {1, 4}})));
  folder.add("repeated.pt", file(tensor({"FloatStorage", 24, 0, {100, 24}, {0, 1}})));
  folder.add("no-elements.pt", file(tensor({"FloatStorage", 24, 0, {0, 4}, {4, 1}})));
  folder.add("float64.pt", file(tensor({"DoubleStorage"}), numbers<double>(24)));
  folder.add("float16.pt", file(tensor({"HalfStorage"}), numbers<std::uint16_t>(24)));
  folder.add("bfloat16.pt", file(tensor({"BFloat16Storage"}), numbers<std::uint16_t>(24)));
  folder.add("int64.pt", file(tensor({"LongStorage"}), numbers<std::int64_t>(24)));
  folder.add("int8.pt", file(tensor({"CharStorage"}), numbers<std::int8_t>(24)));
  folder.add("bool.pt", file(tensor({"BoolStorage"}), numbers<std::int8_t>(24)));

  folder.add("bad-calls-system.pt", file(global("os", "system") + "(" + text("true") + "tR"));
  folder.add("bad-calls-eval.pt", file(global("builtins", "eval") + "(" + text("1") + "tR"));
  folder.add("bad-builds-object.pt", file(global("subprocess", "Popen") + ")\x81}b"));
  folder.add("bad-recursive-list.pt", file("]q" + std::string(1, '\0') + "h" + std::string(1, '\0') + "a"));
  folder.add("bad-recursive-dict.pt",
             file("}q" + std::string(1, '\0') + text("x") + "h" + std::string(1, '\0') + "s"));
  folder.add("bad-deep.pt", file(std::string(500, ']') + std::string(499, 'a')));
  // Five lists of ninety times the one before: thousands of millions of items in 1 KiB.
  std::string wide = "]q" + std::string(1, '\0');
  for (char level = 1; level <= 5; ++level) {
    wide += "](";
    for (int i = 0; i < 90; ++i) wide += std::string("h") + static_cast<char>(level - 1);
    wide += std::string("eq") + level;
  }
  folder.add("bad-shared-lists.pt", file(wide));
  folder.add("bad-elements-2-62.pt",
             file(tensor({"FloatStorage", std::int64_t{1} << 62, 0, {std::int64_t{1} << 62}, {1}})));
  folder.add("bad-repeated-2-62.pt", file(tensor({"FloatStorage", 24, 0, {std::int64_t{1} << 62}, {0}})));
  folder.add("bad-shape-overflow.pt",
             file(tensor({"FloatStorage", 24, 0, {std::int64_t{1} << 40, std::int64_t{1} << 40}, {1, 1}})));
  folder.add("bad-negative-stride.pt", file(tensor({"FloatStorage", 24, 23, {24}, {-1}})));
  folder.add("bad-offset.pt", file(tensor({"FloatStorage", 24, 20, {2, 3, 4}, {12, 4, 1}})));
  folder.add("bad-short.pt", file(tensor(), numbers<float>(23)));
  folder.add("bad-complex.pt", file(tensor({"ComplexFloatStorage", 12, 0, {12}, {1}})));
  folder.add("bad-quantized.pt", file(tensor({"QUInt8Storage"})));
  folder.add("bad-no-tensor.pt", file("]" + text("x") + "a"));
  folder.add("bad-memo.pt", file("h" + std::string(1, '\x05')));
  folder.add("bad-empty-stack.pt", file("0"));
  folder.add("bad-long-text.pt", file(std::string("X\xff\xff\xff\x7f") + "x"));
  const std::string whole = file(dict(tensor(), tensor()));
  folder.add("bad-cut.pt", whole.substr(0, whole.size() / 2));
  std::string flipped = whole;
  flipped[flipped.find("_rebuild_tensor_v2")] ^= 1;
  folder.add("bad-flipped.pt", flipped);
  folder.add("bad-symlink.pt", af::zip({{"a/data.pkl", "\x80\x02" + tensor() + "."},
                                        {"a/data/0", "/etc/passwd", false, 0120777}}));
  folder.add("bad-storage-missing.pt", af::zip({{"a/data.pkl", "\x80\x02" + tensor() + "."}}));
}

}  // namespace halfwave::fuzz
