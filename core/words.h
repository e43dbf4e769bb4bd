#pragma once

#include <string>
#include <vector>

namespace halfwave {

/// Words with commas between them, as sentences for a person list names.
inline std::string listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace halfwave
