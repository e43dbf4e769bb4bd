#include "core/spectral/contraction_planner.h"

#include "core/error.h"
#include "core/spectral/contraction_path.h"
#include "core/spectral/weight_forms.h"

#include <ATen/ATen.h>
#include <QtTest>

#include <algorithm>
#include <random>
#include <set>
#include <thread>

using namespace halfwave;

namespace {

using Letters = std::set<char>;

/// Operands as sets of letters, contracted by rules written anew here, with whole numbers.
struct Network {
  std::vector<Letters> terms;
  Letters output;
  std::map<char, long long> sizes;

  long long points(const Letters& letters) const {
    long long product = 1;
    for (const char c : letters) product *= sizes.at(c);
    return product;
  }
  static Letters joined(const Letters& a, const Letters& b) {
    Letters all = a;
    all.insert(b.begin(), b.end());
    return all;
  }
  /// What is left of terms i and j.
  Letters result(std::size_t i, std::size_t j) const {
    Letters kept;
    for (const char c : joined(terms[i], terms[j])) {
      bool needed = output.count(c) > 0;
      for (std::size_t k = 0; k < terms.size(); ++k)
        needed = needed || (k != i && k != j && terms[k].count(c) > 0);
      if (needed) kept.insert(c);
    }
    return kept;
  }
  Network contracted(std::size_t i, std::size_t j) const {
    Network next{{}, output, sizes};
    for (std::size_t k = 0; k < terms.size(); ++k)
      if (k != i && k != j) next.terms.push_back(terms[k]);
    next.terms.push_back(result(i, j));
    return next;
  }
};

/// The fewest multiply-adds over every order in which pairs can be taken.
long long brute_force(const Network& network) {
  if (network.terms.size() == 1) return 0;
  long long best = std::numeric_limits<long long>::max();
  for (std::size_t i = 0; i < network.terms.size(); ++i)
    for (std::size_t j = i + 1; j < network.terms.size(); ++j) {
      const long long here = network.points(Network::joined(network.terms[i], network.terms[j]));
      best = std::min(best, here + brute_force(network.contracted(i, j)));
    }
  return best;
}

Network network_of(const Einsum& einsum, const IndexSizes& sizes) {
  Network network;
  for (const std::string& term : einsum.operands) network.terms.emplace_back(term.begin(), term.end());
  network.output = Letters(einsum.output.begin(), einsum.output.end());
  for (const auto& [c, size] : sizes) network.sizes[c] = size;
  return network;
}

struct Case {
  std::string expression;
  IndexSizes sizes;
};

Case random_case(std::mt19937& random, std::size_t operands) {
  const std::string letters = "abcdefg";
  Case made;
  std::string used;
  for (std::size_t k = 0; k < operands; ++k) {
    std::string shuffled = letters;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    const std::string term = shuffled.substr(0, 1 + random() % 3);
    if (k > 0) made.expression += ',';
    made.expression += term;
    for (const char c : term)
      if (used.find(c) == std::string::npos) used += c;
  }
  made.expression += "->";
  std::shuffle(used.begin(), used.end(), random);
  made.expression += used.substr(0, random() % (used.size() + 1));
  for (const char c : used) made.sizes[c] = 2 + static_cast<int>(random() % 4);
  return made;
}

std::string problem_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const RequestError& error) {
    return error.what();
  }
  return {};
}

std::vector<double> elements_of(const ContractionPlan& plan) {
  std::vector<double> elements;
  for (const ContractionStep& step : plan.steps) elements.push_back(step.elements);
  return elements;
}

const std::vector<std::int64_t> small_modes = {5, 6};

}  // namespace

class ContractionPlannerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_optimum_is_that_of_all_orders() {
    std::mt19937 random(7);
    for (int i = 0; i < 150; ++i) {
      const Case c = random_case(random, 2 + static_cast<std::size_t>(i) % 5);
      const ContractionPlan plan =
          plan_contraction({c.expression, c.sizes, PlanStrategy::optimal_flops, i % 2 == 0, Format::fp32});
      const long long best = brute_force(network_of(plan.einsum, c.sizes));
      QVERIFY2(plan.flops == static_cast<double>(best) * (i % 2 == 0 ? 8 : 2), c.expression.c_str());
      const ContractionPlan greedy = plan_contraction({c.expression, c.sizes});
      QVERIFY(greedy.flops >= static_cast<double>(best) * 8);
    }
  }

  void greedy_takes_the_smallest_result_each_time() {
    std::mt19937 random(11);
    for (int i = 0; i < 150; ++i) {
      const Case c = random_case(random, 2 + static_cast<std::size_t>(i) % 7);
      const ContractionPlan plan = plan_contraction({c.expression, c.sizes});
      Network network = network_of(plan.einsum, c.sizes);
      std::vector<std::size_t> numbers;
      for (std::size_t k = 0; k < network.terms.size(); ++k) numbers.push_back(k);
      for (std::size_t k = 0; k < plan.steps.size(); ++k) {
        // All pairs, sorted: the first by result, then work, then place is the one to be taken.
        std::vector<std::array<long long, 4>> pairs;
        for (std::size_t a = 0; a < network.terms.size(); ++a)
          for (std::size_t b = a + 1; b < network.terms.size(); ++b)
            pairs.push_back({network.points(network.result(a, b)),
                             network.points(Network::joined(network.terms[a], network.terms[b])),
                             static_cast<long long>(a), static_cast<long long>(b)});
        const auto first = *std::min_element(pairs.begin(), pairs.end());
        const auto a = static_cast<std::size_t>(first[2]), b = static_cast<std::size_t>(first[3]);
        const ContractionStep& step = plan.steps[k];
        QVERIFY2((step.operands == std::vector<std::size_t>{numbers[a], numbers[b]}), c.expression.c_str());
        QCOMPARE(step.elements, static_cast<double>(first[0]));
        QCOMPARE(step.flops, 8.0 * static_cast<double>(first[1]));
        network = network.contracted(a, b);
        numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(b));
        numbers.erase(numbers.begin() + static_cast<std::ptrdiff_t>(a));
        numbers.push_back(plan.einsum.operands.size() + k);
      }
    }
  }

  void memory_of_factorised_weights_by_hand() {
    // Batch 2, 3 channels in, 4 out, 5 × 6 modes.
    const auto plan = [](const std::string& expression, const IndexSizes& ranks, Format format) {
      IndexSizes sizes = {{'b', 2}, {'i', 3}, {'o', 4}, {'x', 5}, {'y', 6}};
      sizes.insert(ranks.begin(), ranks.end());
      return plan_contraction({expression, sizes, PlanStrategy::greedy_memory, true, format});
    };
    // λ·U_in (21), ·U_out (84), U_x·U_y (210), the dense weight (360), the answer (240).
    const ContractionPlan cp = plan("bixy,r,ir,or,xr,yr->boxy", {{'r', 7}}, Format::fp16);
    QCOMPARE(elements_of(cp), (std::vector<double>{21, 84, 210, 360, 240}));
    QCOMPARE(cp.flops, 8.0 * (21 + 84 + 210 + 2520 + 720));
    QCOMPARE(cp.bytes, 4.0 * (21 + 84 + 210 + 360 + 240));
    QCOMPARE(cp.peak_bytes, 4.0 * (84 + 210 + 360));
    QCOMPARE(cp.largest, std::size_t(3));
    QCOMPARE(QString::fromStdString(cp.steps.back().result), QString("boxy"));
    QCOMPARE(cp.steps.back().shape, (std::vector<std::int64_t>{2, 4, 5, 6}));

    // U_in·U_out (72), core·U_y (144), ·U_x (180), the dense weight (360), the answer (240).
    const ContractionPlan tucker =
        plan("bixy,rstu,ir,os,xt,yu->boxy", {{'r', 2}, {'s', 3}, {'t', 4}, {'u', 5}}, Format::fp32);
    QCOMPARE(elements_of(tucker), (std::vector<double>{72, 144, 180, 360, 240}));
    QCOMPARE(tucker.flops, 8.0 * (72 + 720 + 720 + 2160 + 720));
    QCOMPARE(tucker.peak_bytes, 8.0 * (72 + 180 + 360));

    // G_in·G_out (36), G_x·G_y (90), the dense weight (360), the answer (240).
    const ContractionPlan tt =
        plan("bixy,ris,sot,txu,uyv->boxy", {{'r', 1}, {'s', 2}, {'t', 3}, {'u', 4}, {'v', 1}}, Format::fp64);
    QCOMPARE(elements_of(tt), (std::vector<double>{36, 90, 360, 240}));
    QCOMPARE(tt.flops, 8.0 * (72 + 360 + 1080 + 720));
    QCOMPARE(tt.peak_bytes, 16.0 * 600);
  }

  void a_plan_gives_what_einsum_gives() {
    at::manual_seed(3);
    std::mt19937 random(5);
    std::vector<Case> cases;
    for (int i = 0; i < 40; ++i) cases.push_back(random_case(random, 1 + static_cast<std::size_t>(i) % 8));
    for (const WeightForm form : all_weight_forms) {
      const WeightContraction c = weight_contraction(form, 2, 3, 4, small_modes, 0.5);
      cases.push_back({c.expression, c.sizes});
    }
    for (const Case& c : cases)
      for (const PlanStrategy strategy : all_plan_strategies) {
        const ContractionPlan plan = plan_contraction({c.expression, c.sizes, strategy});
        std::vector<at::Tensor> operands;
        for (const std::string& term : plan.einsum.operands) {
          std::vector<std::int64_t> shape;
          for (const char letter : term) shape.push_back(c.sizes.at(letter));
          operands.push_back(at::randn(shape, at::kComplexDouble));
        }
        const at::Tensor expected = at::einsum(to_text(plan.einsum), operands);
        const at::Tensor got = contract_along(plan, operands);
        QCOMPARE(got.sizes().vec(), expected.sizes().vec());
        // Sums of at most 5⁷ products in double, in another order.
        QVERIFY2(at::allclose(got, expected, 1e-10, 1e-10), c.expression.c_str());
      }
  }

  void gradients_pass_through_a_plan() {
    at::manual_seed(4);
    const WeightContraction c = weight_contraction(WeightForm::tucker, 2, 3, 4, small_modes, 0.5);
    const ContractionPlan plan = plan_contraction({c.expression, c.sizes});
    std::vector<at::Tensor> operands;
    for (const std::string& term : plan.einsum.operands) {
      std::vector<std::int64_t> shape;
      for (const char letter : term) shape.push_back(c.sizes.at(letter));
      operands.push_back(at::randn(shape, at::kComplexDouble).requires_grad_(true));
    }
    const auto gradients = [&](const at::Tensor& result) {
      for (at::Tensor& operand : operands) operand.mutable_grad() = at::Tensor();
      at::real(result * result.conj()).sum().backward();
      std::vector<at::Tensor> all;
      for (const at::Tensor& operand : operands) all.push_back(operand.grad().clone());
      return all;
    };
    const auto expected = gradients(at::einsum(c.expression, operands));
    const auto got = gradients(contract_along(plan, operands));
    for (std::size_t k = 0; k < got.size(); ++k) QVERIFY(at::allclose(got[k], expected[k], 1e-10, 1e-10));
  }

  void operands_of_another_size_are_refused() {
    const ContractionPlan plan = plan_contraction({"ij,jk->ik", {{'i', 2}, {'j', 3}, {'k', 4}}});
    const auto with = [&](std::vector<at::Tensor> operands) {
      return QString::fromStdString(problem_of([&] { contract_along(plan, operands); }));
    };
    QVERIFY(with({at::ones({2, 3})}).contains("2 operands, but 1"));
    QVERIFY(
        with({at::ones({2, 3}), at::ones({5, 4})}).contains("\"j\" is 3 in operand 1 but 5 in operand 2"));
    QVERIFY(with({at::ones({2, 3}), at::ones({3})}).contains("its shape has 1 axes"));
    QVERIFY(with({at::ones({2, 6}), at::ones({6, 4})}).contains("j = 3"));
  }

  void wrong_requests_are_one_sentence_data() {
    QTest::addColumn<QString>("expression");
    QTest::addColumn<QString>("sizes");
    QTest::addColumn<QString>("said");
    QTest::newRow("no arrow") << "ij,jk"
                              << ""
                              << "names no output";
    QTest::newRow("nine operands") << "a,a,a,a,a,a,a,a,a->a"
                                   << "a=2"
                                   << "9 operands, but at most 8";
    QTest::newRow("repeated") << "ii,ij->j"
                              << "i=2 j=2"
                              << "operand 1 has the index \"i\" twice";
    QTest::newRow("repeated output") << "ij->ii"
                                     << "i=2 j=2"
                                     << "the output has the index \"i\" twice";
    QTest::newRow("no such index") << "ij->ik"
                                   << "i=2 j=2 k=2"
                                   << "\"k\", which no operand has";
    QTest::newRow("no letter") << "i1->i"
                               << "i=2"
                               << "the character \"1\"";
    QTest::newRow("ellipsis") << "...i->i"
                              << "i=2"
                              << "the character \".\"";
    QTest::newRow("empty operand") << "i,->i"
                                   << "i=2"
                                   << "operand 2 has no index";
    QTest::newRow("nothing") << "->"
                             << ""
                             << "operand 1 has no index";
    QTest::newRow("two arrows") << "i->j->i"
                                << "i=2 j=2"
                                << "the character \"-\"";
    QTest::newRow("unknown size") << "ij->i"
                                  << "i=2"
                                  << "\"j\" of \"ij->i\" has no size";
    QTest::newRow("zero") << "ij->i"
                          << "i=2 j=0"
                          << "\"j=0\" is no size";
    QTest::newRow("huge") << "ij->i"
                          << "i=2 j=99999999999999999999"
                          << "is no size";
    QTest::newRow("two sizes") << "ij->i"
                               << "i=2 j=2 i=3"
                               << "two sizes, 2 and 3";
    QTest::newRow("no number") << "ij->i"
                               << "i=2 j"
                               << "\"j\" is no size";
  }
  void wrong_requests_are_one_sentence() {
    QFETCH(QString, expression);
    QFETCH(QString, sizes);
    QFETCH(QString, said);
    const QString problem = QString::fromStdString(problem_of([&] {
      plan_contraction({expression.toStdString(), parse_index_sizes(sizes.toStdString())});
    }));
    QVERIFY2(problem.contains(said), qPrintable(problem));
    QVERIFY(problem.endsWith('.') && !problem.contains('\n'));
  }

  void shapes_give_the_sizes() {
    const Einsum einsum = parse_einsum(" bi, io -> bo ");
    QCOMPARE(to_text(einsum), std::string("bi,io->bo"));
    QCOMPARE(index_sizes(einsum, {{2, 3}, {3, 4}}), (IndexSizes{{'b', 2}, {'i', 3}, {'o', 4}}));
  }

  void huge_sizes_do_not_overflow() {
    IndexSizes sizes;
    for (const char c : std::string("abcdefgh")) sizes[c] = 3'000'000'000;
    for (const PlanStrategy strategy : all_plan_strategies) {
      const ContractionPlan plan = plan_contraction({"abc,cde,efg,gh->abdfh", sizes, strategy});
      QCOMPARE(plan.steps.size(), std::size_t(3));
      QCOMPARE(plan.steps.back().elements, std::pow(3e9, 5));
      QVERIFY(plan.flops > 1e50 && std::isfinite(plan.flops));
    }
  }

  void plans_are_kept_and_given_up() {
    PlanCache cache(4);
    const auto request = [](int size, PlanStrategy strategy = PlanStrategy::greedy_memory) {
      return ContractionRequest{"ij,jk->ik", {{'i', size}, {'j', 3}, {'k', 4}}, strategy};
    };
    const auto first = cache.get(request(1));
    QCOMPARE(cache.get(request(1)), first);
    QCOMPARE(cache.hits(), std::size_t(1));
    QVERIFY(cache.get(request(1, PlanStrategy::optimal_flops)) != first);
    ContractionRequest real = request(1);
    real.complex = false;
    QVERIFY(cache.get(real) != first);
    ContractionRequest half = request(1);
    half.format = Format::fp16;
    QVERIFY(cache.get(half) != first);
    QCOMPARE(cache.size(), std::size_t(4));
    QCOMPARE(cache.get(request(1)), first);  // now the last used
    cache.get(request(2));
    QCOMPARE(cache.size(), std::size_t(4));
    QCOMPARE(cache.get(request(1)), first);
    QVERIFY_EXCEPTION_THROWN(cache.get({"ij->", {{'i', 2}}}), RequestError);
    QCOMPARE(cache.size(), std::size_t(4));

    std::vector<std::thread> threads;
    std::atomic<int> wrong = 0;
    for (int t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 300; ++i) {
          const int size = 1 + (i + t) % 7;
          if (cache.get(request(size))->steps.back().elements != 4.0 * size) ++wrong;
        }
      });
    for (std::thread& thread : threads) thread.join();
    QCOMPARE(wrong.load(), 0);
    QCOMPARE(cache.size(), std::size_t(4));
  }

  /// Ranks that tensorly 0.10 gives for the same shapes and shares (validate_cp_rank, validate_tucker_rank,
  /// validate_tt_rank).
  void ranks_are_the_peers() {
    using Ranks = std::vector<std::int64_t>;
    struct Known {
      Ranks shape;
      double share;
      Ranks cp, tucker, tt;
    };
    const std::vector<Known> table = {
        {{32, 32, 16, 9}, 0.05, {83}, {15, 15, 7, 4}, {1, 15, 12, 6, 1}},
        {{32, 32, 16, 9}, 0.42, {696}, {26, 26, 13, 7}, {1, 46, 34, 18, 1}},
        {{32, 32, 16, 9}, 1.0, {1657}, {32, 32, 16, 9}, {1, 71, 53, 28, 1}},
        {{64, 64, 64, 33}, 0.1, {3845}, {36, 36, 36, 19}, {1, 87, 87, 66, 1}},
        {{8, 6, 5}, 0.05, {1}, {1, 1, 1}, {1, 1, 1, 1}},
        {{8, 6, 5}, 0.42, {5}, {4, 3, 3}, {1, 4, 3, 1}},
        {{8, 6, 5}, 1.0, {13}, {7, 5, 4}, {1, 6, 5, 1}},
        {{20, 24, 8, 8, 5}, 0.1, {236}, {13, 15, 5, 5, 3}, {1, 27, 20, 10, 8, 1}},
    };
    for (const Known& known : table) {
      QCOMPARE(weight_ranks(WeightForm::cp, known.shape, known.share), known.cp);
      QCOMPARE(weight_ranks(WeightForm::tucker, known.shape, known.share), known.tucker);
      QCOMPARE(weight_ranks(WeightForm::tensor_train, known.shape, known.share), known.tt);
    }
  }

  void forms_of_a_layer_are_its_contraction() {
    const WeightContraction dense = weight_contraction(WeightForm::dense, 16, 32, 32, {16, 9}, 1.0);
    QCOMPARE(dense.expression, std::string("bixy,ioxy->boxy"));
    QCOMPARE(plan_contraction({dense.expression, dense.sizes}).steps.size(), std::size_t(1));
    QCOMPARE(dense.parameters, 32.0 * 32 * 16 * 9);
    const WeightContraction cp = weight_contraction(WeightForm::cp, 16, 32, 32, {16, 9}, 0.05);
    QCOMPARE(cp.expression, std::string("bixy,r,ir,or,xr,yr->boxy"));
    QCOMPARE(cp.parameters, 83.0 * (1 + 32 + 32 + 16 + 9));
    // A volume has the most operands that there are: x, the core and a factor an axis.
    const WeightContraction volume = weight_contraction(WeightForm::tucker, 2, 4, 4, {4, 4, 3}, 0.3);
    QCOMPARE(volume.operands.size(), std::size_t(7));
    QCOMPARE(plan_contraction({volume.expression, volume.sizes}).steps.size(), std::size_t(6));
    const WeightContraction line = weight_contraction(WeightForm::tensor_train, 2, 4, 4, {5}, 0.5);
    QCOMPARE(line.expression, std::string("bix,ris,sot,txu->box"));
    QVERIFY_EXCEPTION_THROWN(weight_contraction(WeightForm::cp, 0, 4, 4, {5}, 0.5), RequestError);
  }
};

QTEST_GUILESS_MAIN(ContractionPlannerTest)
#include "contraction_planner_test.moc"
