#pragma once

#include "core/precision/format.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace halfwave {

/// An einsum as `bixy,ir,or->boxy`: one letter an index, the output written out.
struct Einsum {
  static constexpr std::size_t most_operands = 8;
  std::vector<std::string> operands;  ///< indices of each operand, none twice in one
  std::string output;
  bool operator==(const Einsum&) const = default;
};

using IndexSizes = std::map<char, std::int64_t>;

/// Reads an expression; spaces do not count. Throws RequestError, one sentence, for anything but 1 to 8
/// operands of letters and an output whose indices they have.
Einsum parse_einsum(std::string_view expression);
std::string to_text(const Einsum& einsum);

/// Sizes written as `b=16 i=32`, with spaces or commas between. Throws RequestError.
IndexSizes parse_index_sizes(std::string_view text);

/// The size of every index, from the operands' shapes. Throws RequestError where a shape does not have as
/// many axes as its operand has indices, or two operands disagree.
IndexSizes index_sizes(const Einsum& einsum, const std::vector<std::vector<std::int64_t>>& shapes);

/// In which order the operands are contracted.
enum class PlanStrategy : std::uint8_t {
  greedy_memory,  ///< each time the pair with the smallest result, then the fewest FLOPs, then the first pair
                  ///< (the memory-greedy order of arXiv 2307.15034)
  optimal_flops   ///< fewest FLOPs of all orders; among those the fewest elements of all results together
};
inline constexpr std::array all_plan_strategies = {PlanStrategy::greedy_memory, PlanStrategy::optimal_flops};
std::string_view name(PlanStrategy strategy);

/// What is to be planned. A complex element is a pair of numbers of the format.
struct ContractionRequest {
  std::string expression;
  IndexSizes sizes;
  PlanStrategy strategy = PlanStrategy::greedy_memory;
  bool complex = true;
  Format format = Format::fp32;
};

/// One contraction. Operands are numbered 0 … n − 1; the result of step k is number n + k.
struct ContractionStep {
  std::vector<std::size_t> operands;  ///< two; one where the whole expression has a single operand
  std::vector<std::string> terms;     ///< their indices
  std::string result;                 ///< its indices; those of the last step are in the output's order
  std::vector<std::int64_t> shape;
  // Counts are doubles, exact up to 2^53, so that no product of sizes can overflow.
  double elements = 0;    ///< of the result
  double bytes = 0;       ///< of the result
  double flops = 0;       ///< 2 (complex: 8) for each multiply-add, one a point of all indices that take part
  double live_bytes = 0;  ///< of all intermediate results that exist during the step, its result included
};

/// The steps of a contraction and what they cost. The operands themselves are not counted.
struct ContractionPlan {
  Einsum einsum;
  IndexSizes sizes;
  PlanStrategy strategy = PlanStrategy::greedy_memory;
  bool complex = true;
  Format format = Format::fp32;
  std::vector<ContractionStep> steps;
  double flops = 0;
  double bytes = 0;         ///< of all results together: what a backward pass would keep at most
  double peak_bytes = 0;    ///< the most that exists at one time
  std::size_t largest = 0;  ///< the step with the largest result, the first of them

  const ContractionStep& largest_step() const { return steps[largest]; }
};

/// Makes a plan. Throws RequestError, one sentence, for a wrong expression or sizes.
ContractionPlan plan_contraction(const ContractionRequest& request);

/// Keeps plans by (expression, sizes, strategy, complex, format), the least recently used of them as long as
/// there is room. All calls may come from any thread.
class PlanCache {
 public:
  explicit PlanCache(std::size_t limit = 256) : limit_(limit) {}

  /// The plan, made if it is not there. Throws as plan_contraction does; then nothing is kept.
  std::shared_ptr<const ContractionPlan> get(const ContractionRequest& request);
  std::size_t size() const;
  std::size_t hits() const;

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const ContractionPlan>>;
  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::list<Entry> entries_;  // the last used first
  std::unordered_map<std::string, std::list<Entry>::iterator> places_;
  std::size_t hits_ = 0;
};

/// The cache of the process.
PlanCache& plan_cache();

}  // namespace halfwave
