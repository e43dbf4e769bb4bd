#include "core/files/json_text.h"

#include "core/error.h"

#include <set>
#include <string>
#include <vector>

namespace halfwave {
namespace {

std::string blank_to_sentence(std::string_view where) {
  return std::string(where) + " is empty; a JSON object { … } was expected";
}

/// Turns the parser's report into a sentence: the position, what is wrong and what was expected.
std::string sentence(std::string_view where, const nlohmann::json::parse_error& error) {
  std::string what = error.what();
  const auto line = what.find("line ");
  const auto colon = line == std::string::npos ? line : what.find(": ", line);
  if (colon == std::string::npos) return std::string(where) + " is not JSON: " + what;
  const std::string position = what.substr(line, colon - line);
  std::string problem = what.substr(colon + 2);
  if (const auto dash = problem.find(" - "); problem.starts_with("syntax error") && dash != std::string::npos)
    problem.erase(0, dash + 3);
  // What was read last can be the whole of an unclosed text.
  if (const auto start = problem.find("; last read: "); start != std::string::npos) {
    const auto expected = problem.rfind("; expected ");
    problem.erase(start,
                  expected != std::string::npos && expected > start ? expected - start : std::string::npos);
  }
  const std::string unread = "unexpected end of input";
  if (const auto at = problem.find(unread); at != std::string::npos)
    problem.replace(at, unread.size(), "the text ends here");
  return std::string(where) + ": " + position + ": " + problem;
}

}  // namespace

nlohmann::json parse_json(std::string_view text, std::string_view where) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    throw RequestError(blank_to_sentence(where));
  std::vector<std::set<std::string>> keys;
  const auto refuse_repeats = [&](int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second)
      throw RequestError(std::string(where) + ": the key \"" + parsed.get<std::string>() +
                         "\" appears twice in one object; keep one of them");
    return true;
  };
  try {
    return nlohmann::json::parse(text, refuse_repeats);
  } catch (const nlohmann::json::parse_error& error) {
    throw RequestError(sentence(where, error));
  } catch (const nlohmann::json::exception& error) {
    throw RequestError(std::string(where) + ": a number in it is too large to be read (" + error.what() +
                       ")");
  }
}

}  // namespace halfwave
