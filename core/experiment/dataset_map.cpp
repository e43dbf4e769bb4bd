#include "core/experiment/dataset_map.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

namespace halfwave {
namespace {

constexpr std::size_t longest = 1000;
constexpr std::array text_keys = {std::pair{"x", &DatasetMap::x}, std::pair{"y", &DatasetMap::y},
                                  std::pair{"x_layout", &DatasetMap::x_layout},
                                  std::pair{"y_layout", &DatasetMap::y_layout}};

struct NumberKey {
  const char* name;
  int DatasetMap::*member;
  int minimum;
};
constexpr std::array number_keys = {
    NumberKey{"subsample", &DatasetMap::subsample, 1}, NumberKey{"frames_in", &DatasetMap::frames_in, 1},
    NumberKey{"frames_out", &DatasetMap::frames_out, 1}, NumberKey{"train", &DatasetMap::train, 2},
    NumberKey{"test", &DatasetMap::test, 1}};

[[noreturn]] void refuse(const std::string& problem) {
  throw FieldError("dataset.map", problem);
}

std::string quoted(std::string_view text) {
  std::string result(1, '"');
  result.append(text.substr(0, 60));
  result += '"';
  return result;
}

void check_layout(const std::string& layout) {
  const auto wrong = [&](const char* problem) {
    refuse(
        "layout " + quoted(layout) + " " + problem +
        "; letters are N (samples), C (channels), T (time) and the grid's D, H, W or X, Y, Z, for instance "
        "NCHW");
  };
  if (layout.find_first_not_of("NCTDHWXYZ") != std::string::npos) wrong("has a letter that is none");
  if (std::set<char>(layout.begin(), layout.end()).size() != layout.size()) wrong("has a letter twice");
  if (layout.find('N') == std::string::npos) wrong("has no N");
  const bool first = layout.find_first_of("DHW") != std::string::npos;
  const bool second = layout.find_first_of("XYZ") != std::string::npos;
  if (first && second) wrong("mixes D, H, W with X, Y, Z");
  if (!first && !second) wrong("has no grid axis");
}

int number_of(const NumberKey& key, std::string_view value) {
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc{} || end != value.data() + value.size() || number < key.minimum)
    refuse(std::string(key.name) + "=" + std::string(value.substr(0, 60)) +
           " is no whole number of at least " + std::to_string(key.minimum));
  return number;
}

bool set_number(DatasetMap& map, std::string_view key, std::string_view value) {
  for (const NumberKey& known : number_keys)
    if (known.name == key) {
      map.*known.member = number_of(known, value);
      return true;
    }
  return false;
}

bool set_text(DatasetMap& map, std::string_view key, std::string_view value) {
  for (const auto& [name, member] : text_keys)
    if (name == key) {
      map.*member = value;
      return true;
    }
  if (key != "layout") return false;
  map.x_layout = map.y_layout = value;
  return true;
}

}  // namespace

DatasetMap parse_dataset_map(const std::string& text) {
  DatasetMap map;
  if (text.size() > longest) refuse("is longer than " + std::to_string(longest) + " characters");
  if (std::any_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    refuse("holds a control character");
  std::set<std::string, std::less<>> seen;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto comma = rest.find(',');
    std::string_view part = rest.substr(0, comma);
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || equals == 0 || equals + 1 == part.size())
      refuse(quoted(part) + " is no assignment; parts are key=value, as in x=coeff,y=sol");
    const std::string_view key = part.substr(0, equals), value = part.substr(equals + 1);
    if (!seen.emplace(key).second) refuse(quoted(key) + " is given twice");
    if (!set_text(map, key, value) && !set_number(map, key, value))
      refuse(
          quoted(key) +
          " is no part of it; x, y, layout, x_layout, y_layout, subsample, frames_in, frames_out, train and "
          "test are");
  }
  if (!map.x_layout.empty()) check_layout(map.x_layout);
  if (!map.y_layout.empty()) check_layout(map.y_layout);
  if (map.x.empty() != map.y.empty())
    refuse("names only one of x and y; give both, or none to have them guessed");
  return map;
}

std::string to_text(const DatasetMap& map) {
  std::string text;
  const auto add = [&](const std::string& key, const std::string& value) {
    if (!text.empty()) text += ',';
    text += key;
    text += '=';
    text += value;
  };
  const bool shared = map.x_layout == map.y_layout;
  for (const auto& [name, member] : text_keys) {
    const bool layout = member == &DatasetMap::x_layout || member == &DatasetMap::y_layout;
    if (!(map.*member).empty() && !(layout && shared)) add(name, map.*member);
  }
  if (shared && !map.x_layout.empty()) add("layout", map.x_layout);
  const DatasetMap defaults;
  for (const NumberKey& key : number_keys)
    if (map.*key.member != defaults.*key.member) add(key.name, std::to_string(map.*key.member));
  return text;
}

}  // namespace halfwave
