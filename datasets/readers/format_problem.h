#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace halfwave::datasets {

/// What is wrong with the contents of a file, as the rest of a sentence that begins with the file's name
/// (`is empty`, `ends too early`). Readers turn it into a RequestError.
class FormatProblem : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Text from a file made fit for a message: printable and short.
inline std::string printable(std::string_view text) {
  constexpr std::size_t longest = 60;
  std::string result;
  for (char c : text.substr(0, longest))
    result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  return text.size() > longest ? result + "…" : result;
}

}  // namespace halfwave::datasets
