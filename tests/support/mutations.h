#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>

namespace mutations {

/// One to four changes at random places: a bit flipped, a byte replaced, eight bytes all ones, a few bytes
/// removed, a few repeated elsewhere.
inline std::string mutant(std::string bytes, std::mt19937& random) {
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random() % limit); };
  for (std::size_t changes = 1 + below(4); changes-- > 0 && bytes.size() > 8;) {
    const std::size_t at = below(bytes.size());
    switch (below(5)) {
      case 0:
        bytes[at] ^= static_cast<char>(1 << below(8));
        break;
      case 1:
        bytes[at] = static_cast<char>(random());
        break;
      case 2:
        for (std::size_t j = at; j < std::min(bytes.size(), at + 8); ++j) bytes[j] = '\xff';
        break;
      case 3:
        bytes.erase(at, 1 + below(16));
        break;
      default:
        bytes.insert(at, bytes.substr(below(bytes.size()), 1 + below(16)));
    }
  }
  return bytes;
}

}  // namespace mutations
