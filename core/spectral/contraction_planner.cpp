#include "core/spectral/contraction_planner.h"

#include "core/error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <tuple>

namespace halfwave {
namespace {

/// A set of indices; bit k is the k-th letter of the expression.
using IndexSet = std::uint64_t;
/// A set of operands.
using OperandSet = std::uint32_t;

/// An expression as bit sets, with the counts that both strategies weigh.
class Problem {
 public:
  Problem(const Einsum& einsum, const IndexSizes& sizes) {
    for (const std::string& term : einsum.operands) operands_.push_back(set_of(term));
    output_ = set_of(einsum.output);
    for (const char c : letters_) sizes_.push_back(static_cast<double>(sizes.at(c)));
  }

  std::size_t count() const { return operands_.size(); }
  OperandSet all() const { return (OperandSet{1} << count()) - 1; }

  /// The indices that are left once the operands of a set are contracted: those that the output or another
  /// operand still needs.
  IndexSet left_of(OperandSet set) const {
    IndexSet inside = 0, needed = output_;
    for (std::size_t k = 0; k < count(); ++k) (set >> k & 1U ? inside : needed) |= operands_[k];
    // A single operand is what it is: its own indices are summed by the step that takes it.
    return std::has_single_bit(set) ? inside : inside & needed;
  }

  /// Points of the space that the indices span.
  double points(IndexSet indices) const {
    double product = 1.0;
    for (std::size_t k = 0; k < sizes_.size(); ++k)
      if (indices >> k & 1U) product *= sizes_[k];
    return product;
  }

  std::string text(IndexSet indices) const {
    std::string result;
    for (std::size_t k = 0; k < letters_.size(); ++k)
      if (indices >> k & 1U) result += letters_[k];
    return result;
  }

 private:
  IndexSet set_of(const std::string& term) {
    IndexSet set = 0;
    for (const char c : term) {
      std::size_t at = letters_.find(c);
      if (at == std::string::npos) {
        at = letters_.size();
        letters_ += c;
      }
      set |= IndexSet{1} << at;
    }
    return set;
  }

  std::string letters_;  // in the order of their first use
  std::vector<IndexSet> operands_;
  IndexSet output_ = 0;
  std::vector<double> sizes_;
};

/// Which two results (or operands) a step takes, by the operands that are in them.
using Pair = std::pair<OperandSet, OperandSet>;

std::vector<Pair> greedy_order(const Problem& problem) {
  std::vector<OperandSet> waiting;
  for (std::size_t k = 0; k < problem.count(); ++k) waiting.push_back(OperandSet{1} << k);
  std::vector<Pair> order;
  while (waiting.size() > 1) {
    std::tuple<double, double> best{};
    std::size_t first = 0, second = 0;
    for (std::size_t i = 0; i < waiting.size(); ++i)
      for (std::size_t j = i + 1; j < waiting.size(); ++j) {
        const double result = problem.points(problem.left_of(waiting[i] | waiting[j]));
        const double work = problem.points(problem.left_of(waiting[i]) | problem.left_of(waiting[j]));
        if (second == 0 || std::tuple(result, work) < best) {
          best = {result, work};
          first = i;
          second = j;
        }
      }
    order.emplace_back(waiting[first], waiting[second]);
    const OperandSet merged = waiting[first] | waiting[second];
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(second));
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(first));
    waiting.push_back(merged);
  }
  return order;
}

/// The best contraction of every subset, from the best ones of its parts.
std::vector<Pair> optimal_order(const Problem& problem) {
  struct Best {
    double work = std::numeric_limits<double>::infinity();
    double elements = std::numeric_limits<double>::infinity();
    OperandSet part = 0;
  };
  const OperandSet all = problem.all();
  std::vector<Best> best(std::size_t{all} + 1);
  std::vector<IndexSet> left(std::size_t{all} + 1);
  for (OperandSet set = 1; set <= all; ++set) {
    left[set] = problem.left_of(set);
    Best& here = best[set];
    if (std::has_single_bit(set)) {
      here = {0.0, 0.0, 0};
      continue;
    }
    const double result = problem.points(left[set]);
    const OperandSet lowest = set & (~set + 1);
    for (OperandSet part = (set - 1) & set; part != 0; part = (part - 1) & set) {
      if (!(part & lowest)) continue;  // the other half is the same split
      const OperandSet rest = set & ~part;
      const double work = best[part].work + best[rest].work + problem.points(left[part] | left[rest]);
      const double elements = best[part].elements + best[rest].elements + result;
      // With sizes so large that all is infinite, any order is as good as another.
      if (here.part == 0 || std::tuple(work, elements) < std::tuple(here.work, here.elements))
        here = {work, elements, part};
    }
  }
  std::vector<Pair> order;
  const auto visit = [&](const auto& self, OperandSet set) -> void {
    if (std::has_single_bit(set)) return;
    const OperandSet part = best[set].part;
    self(self, part);
    self(self, set & ~part);
    order.emplace_back(part, set & ~part);
  };
  visit(visit, all);
  return order;
}

void check_sizes(const Einsum& einsum, const IndexSizes& sizes) {
  for (const std::string& term : einsum.operands)
    for (const char c : term) {
      const auto found = sizes.find(c);
      const std::string index = std::string("The index \"") + c + "\" of \"" + to_text(einsum) + "\" ";
      if (found == sizes.end()) throw RequestError(index + "has no size; give every index one.");
      if (found->second < 1)
        throw RequestError(index + "has the size " + std::to_string(found->second) +
                           "; a size is a positive whole number.");
    }
}

/// Fills in what a step of known operands costs.
void measure(ContractionPlan& plan, ContractionStep& step) {
  IndexSizes joint;
  for (const std::string& term : step.terms)
    for (const char c : term) joint[c] = plan.sizes.at(c);
  double points = 1.0;
  for (const auto& [index, size] : joint) points *= static_cast<double>(size);
  step.flops = points * (plan.complex ? 8.0 : 2.0);
  step.elements = 1.0;
  for (const char c : step.result) {
    step.shape.push_back(plan.sizes.at(c));
    step.elements *= static_cast<double>(plan.sizes.at(c));
  }
  step.bytes = step.elements * (plan.complex ? 2.0 : 1.0) * storage_bytes(plan.format);
}

/// Totals, and what is alive when.
void account(ContractionPlan& plan) {
  const std::size_t given = plan.einsum.operands.size();
  double alive = 0.0;
  for (std::size_t k = 0; k < plan.steps.size(); ++k) {
    ContractionStep& step = plan.steps[k];
    alive += step.bytes;
    step.live_bytes = alive;
    for (const std::size_t operand : step.operands)
      if (operand >= given) alive -= plan.steps[operand - given].bytes;
    plan.flops += step.flops;
    plan.bytes += step.bytes;
    plan.peak_bytes = std::max(plan.peak_bytes, step.live_bytes);
    if (step.elements > plan.steps[plan.largest].elements) plan.largest = k;
  }
}

std::string key_of(const ContractionRequest& request, const Einsum& einsum) {
  std::string key = to_text(einsum);
  for (const auto& [index, size] : request.sizes) {
    key += ' ';
    key += index;
    key += std::to_string(size);
  }
  key += ' ';
  key += name(request.strategy);
  key += request.complex ? " complex " : " real ";
  key += name(request.format);
  return key;
}

}  // namespace

std::string_view name(PlanStrategy strategy) {
  return strategy == PlanStrategy::greedy_memory ? "greedy memory" : "optimal FLOPs";
}

ContractionPlan plan_contraction(const ContractionRequest& request) {
  ContractionPlan plan;
  plan.einsum = parse_einsum(request.expression);
  check_sizes(plan.einsum, request.sizes);
  plan.sizes = request.sizes;
  plan.strategy = request.strategy;
  plan.complex = request.complex;
  plan.format = request.format;

  const Problem problem(plan.einsum, plan.sizes);
  const std::size_t given = problem.count();
  if (given == 1) {
    plan.steps.push_back({{0}, plan.einsum.operands, plan.einsum.output, {}});
    measure(plan, plan.steps.back());
  }
  const std::vector<Pair> order =
      request.strategy == PlanStrategy::greedy_memory ? greedy_order(problem) : optimal_order(problem);
  std::map<OperandSet, std::size_t> numbers;
  std::vector<std::string> terms = plan.einsum.operands;
  for (std::size_t k = 0; k < given; ++k) numbers[OperandSet{1} << k] = k;
  for (const auto& [left, right] : order) {
    ContractionStep step;
    step.operands = {numbers.at(left), numbers.at(right)};
    std::sort(step.operands.begin(), step.operands.end());
    for (const std::size_t operand : step.operands) step.terms.push_back(terms[operand]);
    const OperandSet merged = left | right;
    step.result = merged == problem.all() ? plan.einsum.output : problem.text(problem.left_of(merged));
    measure(plan, step);
    numbers[merged] = terms.size();
    terms.push_back(step.result);
    plan.steps.push_back(std::move(step));
  }
  account(plan);
  return plan;
}

std::shared_ptr<const ContractionPlan> PlanCache::get(const ContractionRequest& request) {
  const std::string key = key_of(request, parse_einsum(request.expression));
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(key); found != places_.end()) {
      ++hits_;
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->second;
    }
  }
  auto plan = std::make_shared<const ContractionPlan>(plan_contraction(request));
  const std::lock_guard lock(mutex_);
  // Another thread may have made the same one meanwhile.
  if (const auto found = places_.find(key); found != places_.end()) return found->second->second;
  entries_.emplace_front(key, plan);
  places_[key] = entries_.begin();
  while (entries_.size() > limit_) {
    places_.erase(entries_.back().first);
    entries_.pop_back();
  }
  return plan;
}

std::size_t PlanCache::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

std::size_t PlanCache::hits() const {
  const std::lock_guard lock(mutex_);
  return hits_;
}

PlanCache& plan_cache() {
  static PlanCache cache;
  return cache;
}

}  // namespace halfwave
