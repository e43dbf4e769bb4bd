#include "datasets/readers/npy_header.h"

#include "datasets/readers/format_problem.h"

#include <charconv>
#include <optional>

namespace halfwave::datasets {
namespace {

constexpr std::uint64_t longest_header = 1 << 16;
constexpr std::size_t most_axes = 32;

/// Reads the Python literal `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, nothing else.
class HeaderText {
 public:
  HeaderText(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  void parse(NpyHeader& header, std::string& descr) {
    bool has_descr = false, has_order = false, has_shape = false;
    expect('{');
    while (!accept('}')) {
      const std::string key = quoted();
      expect(':');
      if (key == "descr") {
        // A list describes records; it is kept as text, for the message.
        skip_spaces();
        descr = rest_.starts_with('[') ? bracketed() : quoted();
        has_descr = true;
      } else if (key == "fortran_order") {
        header.fortran = truth();
        has_order = true;
      } else if (key == "shape") {
        header.shape = shape();
        has_shape = true;
      } else {
        throw damaged();
      }
      if (!accept(',') && !next_is('}')) throw damaged();
    }
    if (!has_descr || !has_order || !has_shape) throw damaged();
  }

 private:
  FormatProblem damaged() const {
    return FormatProblem("is damaged: the header of " + printable(name_) + " cannot be understood");
  }
  void skip_spaces() {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\n' || rest_[0] == '\t'))
      rest_.remove_prefix(1);
  }
  bool next_is(char c) {
    skip_spaces();
    return rest_.starts_with(c);
  }
  bool accept(char c) {
    if (!next_is(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!accept(c)) throw damaged();
  }
  std::string quoted() {
    skip_spaces();
    if (rest_.empty() || (rest_[0] != '\'' && rest_[0] != '"')) throw damaged();
    const auto end = rest_.find(rest_[0], 1);
    if (end == std::string_view::npos) throw damaged();
    std::string text(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    return text;
  }
  std::string bracketed() {
    int depth = 0;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '[') ++depth;
      if (rest_[i] == ']' && --depth == 0) {
        std::string text(rest_.substr(0, i + 1));
        rest_.remove_prefix(i + 1);
        return text;
      }
    }
    throw damaged();
  }
  bool truth() {
    skip_spaces();
    for (const auto& [word, value] : {std::pair{"True", true}, {"False", false}})
      if (rest_.starts_with(word)) {
        rest_.remove_prefix(std::string_view(word).size());
        return value;
      }
    throw damaged();
  }
  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!accept(')')) {
      skip_spaces();
      std::int64_t size = 0;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
      if (error == std::errc::result_out_of_range)
        throw FormatProblem("is damaged: " + printable(name_) + " claims a shape that no file holds");
      if (error != std::errc{} || size < 0 || sizes.size() == most_axes) throw damaged();
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
      if (rest_.starts_with('L')) rest_.remove_prefix(1);  // Python 2 wrote long integers so
      sizes.push_back(size);
      if (!accept(',') && !next_is(')')) throw damaged();
    }
    return sizes;
  }

  std::string_view rest_;
  const std::string& name_;
};

/// `<f4` and its like into the header's type, or its problem.
void take_type(NpyHeader& header, const std::string& descr) {
  using Kind = ElementType::Kind;
  header.type_text = printable(descr);
  if (descr.starts_with('[')) {
    header.type_text = "records";
    header.problem = "holds records of several fields; plain numbers are read";
    return;
  }
  if (descr.size() >= 2 && descr[1] == 'O') {
    header.type_text = "object";
    header.problem = "holds pickled Python objects, which are not read since that would run code";
    return;
  }
  int size = 0;
  const bool plain = descr.size() >= 3 && std::string_view("<>=|").find(descr[0]) != std::string_view::npos;
  const char* const begin = descr.data() + 2;
  const char* const end = descr.data() + descr.size();
  const auto parsed = plain ? std::from_chars(begin, end, size) : std::from_chars_result{begin, std::errc{}};
  if (plain && parsed.ec == std::errc{} && parsed.ptr == end && size >= 0 && size <= 1 << 20) {
    header.type.big_endian = descr[0] == '>';
    if (descr[1] == 'U') {
      header.characters = size;
      header.type_text = "text";
      header.problem = "is text; numbers are read";
      return;
    }
    std::optional<Kind> kind;
    if (descr[1] == 'f' || descr[1] == 'c') kind = Kind::real;
    if (descr[1] == 'i') kind = Kind::whole;
    if (descr[1] == 'u') kind = Kind::natural;
    if (descr[1] == 'b') kind = Kind::truth;
    header.type.complex = descr[1] == 'c';
    header.type.bytes = header.type.complex ? size / 2 : size;
    if (kind) {
      header.type.kind = *kind;
      if (is_known(header.type) && header.type.size() == size) {
        header.type_text = type_name(header.type);
        if (header.type.big_endian && header.type.bytes > 1) header.type_text += ", big-endian";
        return;
      }
    }
  }
  header.problem = "is of the type " + printable(descr) +
                   "; floating-point numbers of up to 64 bits, integers and truth values are read";
}

}  // namespace

NpyHeader read_npy_header(ByteSource& bytes, const std::string& name) {
  const auto cut = [&] {
    return FormatProblem("is cut short: the header of " + printable(name) + " is not complete");
  };
  unsigned char head[12];
  if (bytes.size() < 10) throw cut();
  bytes.read(0, 10, reinterpret_cast<char*>(head));
  if (std::string_view(reinterpret_cast<char*>(head), 6) != "\x93NUMPY")
    throw FormatProblem("is not what numpy.save writes (" + printable(name) + " begins otherwise)");
  if (head[6] < 1 || head[6] > 3)
    throw FormatProblem("holds " + printable(name) + " in version " + std::to_string(head[6]) +
                        " of NumPy's format; versions 1 to 3 are read");
  std::uint64_t length = head[8] | head[9] << 8, begin = 10;
  if (head[6] > 1) {
    if (bytes.size() < 12) throw cut();
    bytes.read(10, 2, reinterpret_cast<char*>(head + 10));
    length |= static_cast<std::uint64_t>(head[10]) << 16 | static_cast<std::uint64_t>(head[11]) << 24;
    begin = 12;
  }
  if (length > bytes.size() - begin) throw cut();
  if (length > longest_header)
    throw FormatProblem("is damaged: the header of " + printable(name) + " is too long");
  std::string text(length, '\0');
  bytes.read(begin, length, text.data());
  NpyHeader header;
  header.data_offset = begin + length;
  std::string descr;
  HeaderText(text, name).parse(header, descr);
  take_type(header, descr);
  return header;
}

}  // namespace halfwave::datasets
