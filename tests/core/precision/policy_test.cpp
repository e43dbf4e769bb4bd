#include "core/precision/policy.h"

#include "core/error.h"

#include <QtTest/QtTest>

using namespace halfwave;

namespace {

/// Every cell of a preset as text, for comparison with a table written by hand.
std::string row_text(const LayerPolicy& row) {
  std::string text;
  for (auto stage : all_stages) text += std::string(name(row[stage])) + ' ';
  return text + std::string(name(row.stabilizer));
}

}  // namespace

class PolicyTest : public QObject {
  Q_OBJECT

 private:
  static std::string message(Policy policy, const PolicyOverride& o) {
    const Policy before = policy;
    try {
      apply_overrides(policy, {o});
    } catch (const RequestError& error) {
      if (!(policy == before)) return "the policy was changed by a refused override";
      return error.what();
    }
    return "accepted";
  }

 private Q_SLOTS:
  void names_go_both_ways() {
    for (auto stage : all_stages) QVERIFY(stage_from_name(name(stage)) == stage);
    for (auto s : all_stabilizers) QVERIFY(stabilizer_from_name(name(s)) == s);
    QVERIFY(!stage_from_name("fft"));
    QVERIFY(!stabilizer_from_name("Tanh"));
    QVERIFY((layer_names(2) == std::vector<std::string>{"lifting", "block.0", "block.1", "projection"}));
    QVERIFY((policy_preset_names() ==
             std::vector<std::string>{"full", "amp", "mixed", "naive", "bf16", "tf32", "fp8"}));
  }

  void presets_are_the_tables_they_claim_data() {
    QTest::addColumn<QString>("preset");
    QTest::addColumn<QString>("block");
    QTest::addColumn<QString>("end");
    QTest::newRow("full") << "full"
                          << "fp32 fp32 fp32 fp32 fp32 fp32 none"
                          << "fp32 fp32 fp32 fp32 fp32 fp32 none";
    QTest::newRow("amp") << "amp"
                         << "fp32 fp32 fp32 bf16 bf16 fp32 none"
                         << "fp32 fp32 fp32 bf16 bf16 fp32 none";
    QTest::newRow("mixed") << "mixed"
                           << "fp16 fp16 fp16 fp16 fp16 fp32 tanh"
                           << "fp32 fp32 fp32 fp16 fp16 fp32 none";
    QTest::newRow("naive") << "naive"
                           << "fp16 fp16 fp16 fp16 fp16 fp32 none"
                           << "fp32 fp32 fp32 fp16 fp16 fp32 none";
    QTest::newRow("bf16") << "bf16"
                          << "bf16 bf16 bf16 bf16 bf16 fp32 none"
                          << "fp32 fp32 fp32 bf16 bf16 fp32 none";
    QTest::newRow("tf32") << "tf32"
                          << "tf32 tf32 tf32 tf32 fp32 fp32 none"
                          << "fp32 fp32 fp32 tf32 fp32 fp32 none";
    QTest::newRow("fp8") << "fp8"
                         << "fp8_e4m3 fp8_e4m3 fp8_e4m3 bf16 bf16 fp32 tanh"
                         << "fp32 fp32 fp32 bf16 bf16 fp32 none";
  }
  void presets_are_the_tables_they_claim() {
    QFETCH(QString, preset);
    QFETCH(QString, block);
    QFETCH(QString, end);
    const Policy policy = make_policy(preset.toStdString(), 3, Format::bf16);
    QCOMPARE(policy.name, preset.toStdString());
    QCOMPARE(policy.layers.size(), std::size_t{5});
    for (std::size_t i : {1U, 2U, 3U}) QCOMPARE(row_text(policy.layers[i]), block.toStdString());
    for (std::size_t i : {0U, 4U}) QCOMPARE(row_text(policy.layers[i]), end.toStdString());
    QVERIFY(!policy_preset_help(policy.name).empty());
  }

  void amp_uses_the_given_half() {
    QVERIFY(make_policy("amp", 1).layers[1][Stage::pointwise] == Format::fp16);
    QVERIFY(make_policy("amp", 1, Format::bf16).layers[1][Stage::pointwise] == Format::bf16);
  }

  void unknown_preset_is_refused_with_the_known_ones() {
    try {
      make_policy("half", 4);
      QFAIL("accepted");
    } catch (const RequestError& error) {
      QCOMPARE(error.what(),
               "there is no policy \"half\"; the policies are full, amp, mixed, naive, bf16, tf32, fp8");
    }
  }

  void ends_have_no_transforms() {
    for (std::size_t layer : {0U, 3U}) {
      QVERIFY(!has_stage(layer, 4, Stage::forward_transform));
      QVERIFY(!has_stage(layer, 4, Stage::contraction));
      QVERIFY(!has_stage(layer, 4, Stage::inverse_transform));
      QVERIFY(has_stage(layer, 4, Stage::pointwise));
      QVERIFY(has_stage(layer, 4, Stage::saved_activations));
      QVERIFY(has_stage(layer, 4, Stage::weights));
    }
    for (std::size_t layer : {1U, 2U})
      for (auto stage : all_stages) QVERIFY(has_stage(layer, 4, stage));
  }

  void overrides_reach_cells_rows_and_columns() {
    Policy policy = make_policy("full", 2);
    apply_overrides(policy, {{"block.1", "contraction", "fp16"}});
    QCOMPARE(policy.name, std::string("custom"));
    QCOMPARE(row_text(policy.layers[1]), std::string("fp32 fp32 fp32 fp32 fp32 fp32 none"));
    QCOMPARE(row_text(policy.layers[2]), std::string("fp32 fp16 fp32 fp32 fp32 fp32 none"));

    policy = make_policy("full", 2);
    apply_overrides(policy, {{"*", "pointwise", "bf16"}, {"block.*", "stabilizer", "tanh"}});
    QCOMPARE(row_text(policy.layers[0]), std::string("fp32 fp32 fp32 bf16 fp32 fp32 none"));
    QCOMPARE(row_text(policy.layers[1]), std::string("fp32 fp32 fp32 bf16 fp32 fp32 tanh"));

    policy = make_policy("full", 1);
    apply_overrides(policy, {{"*", "*", "fp64"}, {"*", "stabilizer", "tanh"}});
    QCOMPARE(row_text(policy.layers[0]), std::string("fp32 fp32 fp32 fp64 fp64 fp64 none"));
    QCOMPARE(row_text(policy.layers[1]), std::string("fp64 fp64 fp64 fp64 fp64 fp64 tanh"));
  }

  void later_overrides_win() {
    Policy policy = make_policy("full", 1);
    apply_overrides(policy, {{"*", "pointwise", "fp16"}, {"lifting", "pointwise", "fp32"}});
    QVERIFY(policy.layers[0][Stage::pointwise] == Format::fp32);
    QVERIFY(policy.layers[1][Stage::pointwise] == Format::fp16);
  }

  void an_override_without_effect_keeps_the_name() {
    Policy policy = make_policy("mixed", 2);
    apply_overrides(policy, {{"block.0", "stabilizer", "tanh"}});
    QCOMPARE(policy.name, std::string("mixed"));
  }

  void refused_overrides_say_what_exists() {
    const Policy policy = make_policy("full", 4);
    QCOMPARE(
        message(policy, {"block.4", "contraction", "fp16"}),
        std::string("there is no layer \"block.4\" (override block.4 contraction = fp16); the layers are "
                    "lifting, block.0 to block.3 and projection, block.* for all blocks, * for all"));
    QCOMPARE(message(policy, {"block.0", "fft", "fp16"}),
             std::string("there is no stage \"fft\" (override block.0 fft = fp16); the stages are "
                         "forward_transform, contraction, inverse_transform, pointwise, saved_activations, "
                         "weights, stabilizer, accumulation, gradients and *"));
    QCOMPARE(
        message(policy, {"block.0", "contraction", "half"}),
        std::string("\"half\" is not a format (override block.0 contraction = half); the formats are fp64, "
                    "fp32, tf32, bf16, fp16, fp8_e4m3, fp8_e5m2"));
    QCOMPARE(
        message(policy, {"lifting", "contraction", "fp16"}),
        std::string("layer lifting has no stage contraction (override lifting contraction = fp16); lifting "
                    "and projection have pointwise, saved_activations and weights"));
    QCOMPARE(message(policy, {"projection", "stabilizer", "tanh"}),
             std::string("layer projection has no stabilizer (override projection stabilizer = tanh); only "
                         "blocks have one, for instance block.*"));
    QCOMPARE(message(policy, {"block.0", "stabilizer", "clip"}),
             std::string(
                 "\"clip\" is not a stabilizer (override block.0 stabilizer = clip); the stabilizers are "
                 "none, tanh, hard-clip, sigma-clip and fixed-scale, the last three with a level above 0 if "
                 "wanted, as in hard-clip:3"));
    QCOMPARE(message(policy, {"*", "accumulation", "fp16"}),
             std::string("\"fp16\" is not a way to accumulate (override * accumulation = fp16); use fp32 or "
                         "strict"));
    QCOMPARE(
        message(policy, {"block.1", "gradients", "bf16"}),
        std::string("\"bf16\" is no choice for gradients (override block.1 gradients = bf16); use stage, "
                    "for each stage's own format, or fp32"));
    for (const char* format : {"fp8_e4m3", "fp8_e5m2"})
      QCOMPARE(message(policy, {"block.1", "weights", format}),
               std::string("weights cannot be ") + format +
                   ", whose steps are wider than an optimiser's updates; use fp16 or bf16 (override block.1 "
                   "weights = " +
                   format + ")");
    for (const char* stage : {"weights", "saved_activations"})
      QCOMPARE(
          message(policy, {"*", stage, "tf32"}),
          std::string(stage) +
              " cannot be tf32, which is stored as fp32 and exists only inside products; use fp32 (override "
              "* " +
              stage + " = tf32)");
    QCOMPARE(message(policy, {"*", "saved_activations", "fp8_e4m3"}), std::string("accepted"));
    for (const char* level :
         {"hard-clip:0", "hard-clip:-1", "sigma-clip:inf", "fixed-scale:x", "tanh:2", "none:1"})
      QVERIFY2(message(policy, {"*", "stabilizer", level}).find("is not a stabilizer") != std::string::npos,
               level);
  }

  void a_star_leaves_out_stages_that_cannot_have_the_format() {
    Policy policy = make_policy("full", 1);
    apply_overrides(policy, {{"*", "*", "fp8_e5m2"}});
    QCOMPARE(row_text(policy.layers[1]),
             std::string("fp8_e5m2 fp8_e5m2 fp8_e5m2 fp8_e5m2 fp8_e5m2 fp32 none"));
    policy = make_policy("full", 1);
    apply_overrides(policy, {{"*", "*", "tf32"}});
    QCOMPARE(row_text(policy.layers[0]), std::string("fp32 fp32 fp32 tf32 fp32 fp32 none"));
  }

  void stabilizers_have_levels_and_layers_other_choices() {
    Policy policy = make_policy("naive", 2);
    apply_overrides(policy, {{"block.0", "stabilizer", "hard-clip:3"},
                             {"block.1", "stabilizer", "fixed-scale"},
                             {"*", "accumulation", "strict"},
                             {"projection", "gradients", "fp32"}});
    QCOMPARE(policy.layers[1].level(), 3.0);
    QCOMPARE(stabilizer_text(policy.layers[1]), std::string("hard-clip:3"));
    QCOMPARE(policy.layers[2].level(), 64.0);
    QCOMPARE(stabilizer_text(policy.layers[2]), std::string("fixed-scale"));
    QVERIFY(policy.layers[0].accumulation == Accumulation::strict);
    QVERIFY(policy.layers[3].fp32_gradients && !policy.layers[2].fp32_gradients);
    QCOMPARE(default_level(Stabilizer::hard_clip), 1.0);
    QCOMPARE(default_level(Stabilizer::sigma_clip), 2.0);
    apply_overrides(policy, {{"*", "accumulation", "fp32"}, {"*", "gradients", "stage"}});
    QVERIFY(policy.layers[0].accumulation == Accumulation::fp32 && !policy.layers[3].fp32_gradients);
  }

  void overrides_from_rebuilds_any_policy() {
    // Every ordered pair of presets, plus a table of cells set by hand.
    for (const auto& from : policy_preset_names())
      for (const auto& to : policy_preset_names()) {
        const Policy target = make_policy(to, 3);
        Policy rebuilt = make_policy(from, 3);
        const auto overrides = overrides_from(target, from);
        QCOMPARE(overrides.empty(), from == to);
        apply_overrides(rebuilt, overrides);
        QVERIFY(rebuilt.layers == target.layers);
      }
    Policy target = make_policy("mixed", 2);
    target.layers[0][Stage::weights] = Format::bf16;
    target.layers[0][Stage::contraction] = Format::bf16;  // the lifting has none, so it is no difference
    target.layers[2].stabilizer = Stabilizer::none;
    const auto overrides = overrides_from(target, "mixed");
    QVERIFY((overrides ==
             std::vector<PolicyOverride>{{"lifting", "weights", "bf16"}, {"block.1", "stabilizer", "none"}}));
  }
};

QTEST_GUILESS_MAIN(PolicyTest)
#include "policy_test.moc"
