#include "core/precision/policy_file.h"

#include "core/error.h"
#include "core/precision/policy_json.h"

#include <QtTest/QtTest>
#include <nlohmann/json.hpp>

#include <fstream>

using namespace halfwave;

namespace fs = std::filesystem;

namespace {

/// Tables that use everything a table can hold.
std::vector<Policy> tables(int blocks) {
  std::vector<Policy> list;
  for (const std::string& preset : policy_preset_names()) list.push_back(make_policy(preset, blocks));
  for (const char* stabilizer : {"none", "tanh", "hard-clip:3", "sigma-clip:0.1", "fixed-scale:1e-05"}) {
    Policy policy = make_policy("bf16", blocks);
    apply_overrides(policy, {{"block.*", "stabilizer", stabilizer},
                             {"block.0", "accumulation", "strict"},
                             {"projection", "gradients", "fp32"},
                             {"lifting", "weights", "fp16"},
                             {"block.1", "contraction", "fp8_e5m2"}});
    list.push_back(policy);
  }
  return list;
}

QString refusal(const fs::path& file, int blocks) {
  try {
    load_policy(file, blocks);
  } catch (const RequestError& error) {
    return QString::fromUtf8(error.what());
  }
  return {};
}

}  // namespace

class PolicyFileTest : public QObject {
  Q_OBJECT

 private:
  QTemporaryDir folder_;
  fs::path path(const char* name) const { return fs::path(folder_.path().toStdString()) / name; }
  fs::path write(const std::string& text) const {
    std::ofstream(path("table.json")) << text;
    return path("table.json");
  }

 private Q_SLOTS:
  void tables_are_read_as_they_were_written() {
    for (const Policy& policy : tables(3)) {
      save_policy(policy, path("table.json"));
      QCOMPARE(load_policy(path("table.json"), 3), policy);
      QCOMPARE(policy_from_json(nlohmann::json::parse(policy_to_json(policy).dump())), policy);
    }
    QVERIFY(!fs::exists(path("table.json.tmp")));
  }

  void tables_of_earlier_versions_are_read_with_defaults() {
    const nlohmann::json old = nlohmann::json::parse(R"({"name": "mixed", "layers": [
      {"layer": "lifting", "stabilizer": "none", "forward_transform": "fp32", "contraction": "fp32",
       "inverse_transform": "fp32", "pointwise": "fp16", "saved_activations": "fp16", "weights": "fp32"},
      {"layer": "block.0", "stabilizer": "tanh", "forward_transform": "fp16", "contraction": "fp16",
       "inverse_transform": "fp16", "pointwise": "fp16", "saved_activations": "fp16", "weights": "fp32"},
      {"layer": "projection", "stabilizer": "none", "forward_transform": "fp32", "contraction": "fp32",
       "inverse_transform": "fp32", "pointwise": "fp16", "saved_activations": "fp16", "weights": "fp32"}]})");
    QCOMPARE(policy_from_json(old), make_policy("mixed", 1));
  }

  void wrong_files_are_refused_with_a_sentence_that_names_them_data() {
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const char* from, const char* to, const char* sentence) {
      QTest::newRow(name) << from << to << sentence;
    };
    row("unknown format", "\"contraction\": \"fp16\"", "\"contraction\": \"fp17\"",
        "block.0: contraction: \"fp17\" is not a format; the formats are fp64, fp32,");
    row("format that weights cannot take", "\"weights\": \"fp32\"", "\"weights\": \"fp8_e4m3\"",
        "lifting weights cannot be fp8_e4m3, whose steps");
    row("format that is not stored", "\"saved_activations\": \"fp16\"", "\"saved_activations\": \"tf32\"",
        "lifting saved_activations cannot be tf32");
    row("fp64 in one cell", "\"pointwise\": \"fp16\"", "\"pointwise\": \"fp64\"",
        "fp64 is in 1 of 18 cells; it must be in all");
    row("unknown stabilizer", "\"stabilizer\": \"tanh\"", "\"stabilizer\": \"tan\"",
        "block.0: \"tan\" is not a stabilizer");
    row("unknown accumulation", "\"accumulation\": \"fp32\"", "\"accumulation\": \"fp16\"",
        "lifting: \"fp16\" is not a way to accumulate");
    row("unknown gradients", "\"gradients\": \"stage\"", "\"gradients\": true",
        "lifting: gradients is not a text");
    row("missing stage", "\"contraction\": \"fp16\",", "", "block.0: \"contraction\" is missing");
    row("layers in another order", "\"block.0\"", "\"block.1\"", "row 2 is for the layer \"block.1\"");
    row("no table", "\"policy\"", "\"experiment\"", "is no policy table");
    row("no layers", "\"layers\"", "\"rows\"", "a policy table has a list \"layers\"");
    row("no JSON", "\"layers\":", "\"layers\"", "line 4");
  }
  void wrong_files_are_refused_with_a_sentence_that_names_them() {
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QString, sentence);
    save_policy(make_policy("mixed", 2), path("table.json"));
    std::ifstream stream(path("table.json"));
    QString text = QString::fromStdString({std::istreambuf_iterator<char>(stream), {}});
    const auto at = text.indexOf(from);
    QVERIFY2(at >= 0, qPrintable(text));
    text.replace(at, from.size(), to);
    const QString said = refusal(write(text.toStdString()), 2);
    QVERIFY2(said.contains("table.json") && said.contains(sentence) && !said.contains('\n'),
             qPrintable(said));
  }

  void other_operators_and_places_are_refused() {
    save_policy(make_policy("mixed", 2), path("two.json"));
    const QString other = refusal(path("two.json"), 4);
    QVERIFY2(other.endsWith("two.json: the policy has 4 layers, but the operator has 6 (lifting, 4 blocks, "
                            "projection); one row for each would be right"),
             qPrintable(other));
    QVERIFY(refusal(path("none.json"), 2).contains("none.json cannot be read"));
    QVERIFY(refusal(folder_.path().toStdString(), 2).contains("is a folder"));
    QVERIFY(refusal(write(""), 2).contains("table.json is empty"));
    QVERIFY(refusal(write("[1]"), 2).contains("table.json is no policy table"));
    QVERIFY_THROWS_EXCEPTION(RunError, save_policy(make_policy("full", 1), path("nowhere/table.json")));
  }

  void names_are_presets_or_files() {
    save_policy(make_policy("fp8", 2), path("own.json"));
    QCOMPARE(policy_named(path("own.json").string(), 2), make_policy("fp8", 2));
    QCOMPARE(policy_named("amp", 2, Format::bf16), make_policy("amp", 2, Format::bf16));
    try {
      policy_named("fp4", 2);
      QFAIL("accepted");
    } catch (const RequestError& error) {
      QVERIFY(QString(error.what()).startsWith("\"fp4\" is neither a policy (full, amp,"));
    }
  }

  void descriptions_are_short_and_exact() {
    for (const Policy& policy : tables(3)) {
      const PolicyDescription description = describe_policy(policy);
      Policy again = make_policy(description.preset, 3);
      apply_overrides(again, description.overrides);
      QCOMPARE(again.layers, policy.layers);
    }
    // The preset with the fewest differences, whatever the table calls itself.
    Policy policy = make_policy("mixed", 4);
    policy.name = "custom";
    policy.layers[2][Stage::contraction] = Format::bf16;
    QCOMPARE(QString::fromStdString(describe_policy(policy).preset), "mixed");
    QCOMPARE(describe_policy(policy).overrides,
             (std::vector<PolicyOverride>{{"block.1", "contraction", "bf16"}}));
    // What all blocks have in common is said once.
    apply_overrides(policy, {{"block.*", "stabilizer", "sigma-clip"}, {"lifting", "pointwise", "fp32"}});
    QCOMPARE(describe_policy(policy).overrides.size(), std::size_t{3});
    // amp in the half that the experiment has.
    QVERIFY(describe_policy(make_policy("amp", 2, Format::bf16), Format::bf16).overrides.empty());
    QVERIFY(describe_policy(make_policy("naive", 2)).preset == "naive");
  }
};

QTEST_GUILESS_MAIN(PolicyFileTest)
#include "policy_file_test.moc"
