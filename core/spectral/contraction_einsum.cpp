#include "core/error.h"
#include "core/spectral/contraction_planner.h"

#include <algorithm>
#include <charconv>

namespace halfwave {
namespace {

// std::isalpha depends on the locale.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  result.append(text);
  result += '"';
  return result;
}

[[noreturn]] void refuse(std::string_view expression, const std::string& problem) {
  throw RequestError(in_quotes(expression) + " is no einsum that can be planned: " + problem + ".");
}

void check_term(std::string_view expression, const std::string& term, const std::string& what) {
  for (const char c : term) {
    if (!is_letter(c))
      refuse(expression, what + " has the character " + in_quotes({&c, 1}) + ", but an index is one letter");
    if (std::count(term.begin(), term.end(), c) > 1)
      refuse(expression,
             what + " has the index " + in_quotes({&c, 1}) + " twice, but it may have each only once");
  }
}

std::string operand_name(std::size_t k) {
  std::string result = "operand ";
  result += std::to_string(k + 1);
  return result;
}

}  // namespace

Einsum parse_einsum(std::string_view expression) {
  std::string text(expression);
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t' || c == '\n'; });
  const std::size_t arrow = text.find("->");
  if (arrow == std::string::npos)
    refuse(expression, "it names no output; write it after an arrow, as in \"ij,jk->ik\"");
  Einsum result;
  result.output = text.substr(arrow + 2);
  for (std::size_t from = 0; from <= arrow;) {
    const std::size_t to = std::min(text.find(',', from), arrow);
    result.operands.push_back(text.substr(from, to - from));
    from = to + 1;
  }
  if (result.operands.size() > Einsum::most_operands)
    refuse(expression, "it has " + std::to_string(result.operands.size()) + " operands, but at most " +
                           std::to_string(Einsum::most_operands) + " can be ordered");
  for (std::size_t k = 0; k < result.operands.size(); ++k) {
    if (result.operands[k].empty()) refuse(expression, operand_name(k) + " has no index");
    check_term(expression, result.operands[k], operand_name(k));
  }
  check_term(expression, result.output, "the output");
  for (const char c : result.output) {
    const bool known =
        std::any_of(result.operands.begin(), result.operands.end(),
                    [c](const std::string& term) { return term.find(c) != std::string::npos; });
    if (!known)
      refuse(expression, "the output has the index " + in_quotes({&c, 1}) + ", which no operand has");
  }
  return result;
}

std::string to_text(const Einsum& einsum) {
  std::string text;
  for (const std::string& term : einsum.operands) {
    if (!text.empty()) text += ',';
    text += term;
  }
  return text + "->" + einsum.output;
}

IndexSizes parse_index_sizes(std::string_view text) {
  const auto refuse_part = [](std::string_view part) {
    throw RequestError(in_quotes(part) +
                       " is no size of an index; write a letter, =, and a positive whole number, "
                       "as in \"b=16 i=32\".");
  };
  const auto separates = [](char c) { return c == ' ' || c == ',' || c == ';' || c == '\t' || c == '\n'; };
  IndexSizes sizes;
  for (std::size_t at = 0; at < text.size();) {
    if (separates(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && !separates(text[end])) ++end;
    const std::string_view part = text.substr(at, end - at);
    at = end;
    if (part.size() < 3 || !is_letter(part[0]) || part[1] != '=') refuse_part(part);
    std::int64_t size = 0;
    const auto read = std::from_chars(part.data() + 2, part.data() + part.size(), size);
    if (read.ec != std::errc() || read.ptr != part.data() + part.size() || size < 1) refuse_part(part);
    if (const auto [place, fresh] = sizes.emplace(part[0], size); !fresh && place->second != size)
      throw RequestError("The index " + in_quotes(part.substr(0, 1)) + " is given two sizes, " +
                         std::to_string(place->second) + " and " + std::to_string(size) + "; give it one.");
  }
  return sizes;
}

IndexSizes index_sizes(const Einsum& einsum, const std::vector<std::vector<std::int64_t>>& shapes) {
  if (shapes.size() != einsum.operands.size())
    throw RequestError(in_quotes(to_text(einsum)) + " has " + std::to_string(einsum.operands.size()) +
                       " operands, but " + std::to_string(shapes.size()) + " shapes were given.");
  IndexSizes sizes;
  std::map<char, std::size_t> first;
  for (std::size_t k = 0; k < shapes.size(); ++k) {
    const std::string& term = einsum.operands[k];
    if (term.size() != shapes[k].size())
      throw RequestError("In " + in_quotes(to_text(einsum)) + " " + operand_name(k) + " has the indices " +
                         in_quotes(term) + ", but its shape has " + std::to_string(shapes[k].size()) +
                         " axes.");
    for (std::size_t i = 0; i < term.size(); ++i) {
      const auto [place, fresh] = sizes.emplace(term[i], shapes[k][i]);
      if (fresh) {
        first[term[i]] = k;
      } else if (place->second != shapes[k][i]) {
        throw RequestError("In " + in_quotes(to_text(einsum)) + " the index " + in_quotes({&term[i], 1}) +
                           " is " + std::to_string(place->second) + " in " + operand_name(first[term[i]]) +
                           " but " + std::to_string(shapes[k][i]) + " in " + operand_name(k) +
                           "; they must be equal.");
      }
    }
  }
  return sizes;
}

}  // namespace halfwave
