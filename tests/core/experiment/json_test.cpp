#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/schema.h"

#include <QTemporaryDir>
#include <QtTest/QtTest>

#include <fstream>
#include <map>

using namespace halfwave;

namespace {

/// A valid value other than the default for every field, as it is written in JSON.
const std::map<std::string, std::string>& other_values() {
  static const std::map<std::string, std::string> values = {
      {"name", "\"thirty \\\"two\\\" ε\""},
      {"seed", "18446744073709551615"},
      {"device", "\"cuda:1\""},
      {"dataset.source", "\"file\""},
      {"dataset.resolution", "96"},
      {"dataset.samples", "77"},
      {"dataset.test_samples", "11"},
      {"dataset.test_resolutions", "[32,96]"},
      {"dataset.seed", "5"},
      {"dataset.viscosity", "0.25"},
      {"dataset.time", "2.5"},
      {"dataset.frames", "3"},
      {"dataset.forcing", "\"none\""},
      {"dataset.boundary", "\"dirichlet\""},
      {"dataset.coefficient", "\"lognormal\""},
      {"dataset.train", "\"/data/a b.pt\""},
      {"dataset.test", "[\"one.pt\",\"two.pt\"]"},
      {"dataset.map", "\"x=coeff,y=sol,layout=NHW\""},
      {"dataset.input_normalizer", "\"per-channel\""},
      {"dataset.output_normalizer", "\"none\""},
      {"dataset.input_scale", "0.1"},
      {"operator.type", "\"fno\""},
      {"operator.modes", "[8,6,4]"},
      {"operator.width", "24"},
      {"operator.layers", "3"},
      {"operator.lifting_ratio", "1.5"},
      {"operator.projection_ratio", "4.0"},
      {"operator.channel_mlp", "false"},
      {"operator.channel_mlp_expansion", "0.25"},
      {"operator.skip", "\"identity\""},
      {"operator.channel_mlp_skip", "\"linear\""},
      {"operator.grid_embedding", "false"},
      {"operator.engine", "\"fft\""},
      {"precision.policy", "\"mixed\""},
      {"precision.overrides", "[{\"layer\":\"block.1\",\"stage\":\"stabilizer\",\"value\":\"none\"}]"},
      {"precision.half", "\"bf16\""},
      {"precision.schedule",
       "[{\"fraction\":0.1,\"policy\":\"amp\",\"overrides\":[{\"layer\":\"*\",\"stage\":\"pointwise\","
       "\"value\":\"fp32\"}]},"
       "{\"fraction\":0.9,\"policy\":\"full\",\"overrides\":[]}]"},
      {"precision.edits",
       "[{\"step\":3,\"policy\":\"bf16\",\"overrides\":[]},{\"step\":7,\"policy\":\"tf32\",\"overrides\":[{"
       "\"layer\":\"block.*\",\"stage\":\"stabilizer\",\"value\":\"hard-clip:3\"}]}]"},
      {"precision.range_every", "10"},
      {"precision.loss_scaling", "\"fixed\""},
      {"precision.loss_scale", "8.0"},
      {"training.epochs", "7"},
      {"training.batch_size", "5"},
      {"training.loss", "\"l2\""},
      {"training.optimizer", "\"adam\""},
      {"training.learning_rate", "0.1234567890123"},
      {"training.weight_decay", "0.0"},
      {"training.lr_schedule", "\"step\""},
      {"training.lr_period", "4"},
      {"training.lr_gamma", "0.3333333333333333"},
      {"training.shuffle", "false"},
      {"training.evaluate_every", "2"},
      {"training.checkpoint_every", "3"},
  };
  return values;
}

Experiment every_field_changed() {
  Experiment e;
  for (const auto& [path, value] : other_values()) set_field(e, path + "=" + value);
  return e;
}

std::string refusal(const std::string& text) {
  try {
    experiment_from_json(text, "file.json");
  } catch (const RequestError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

class JsonTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_field_survives_the_way_through_json() {
    const Experiment e = every_field_changed();
    for (const auto& field : experiment_schema()) {
      QVERIFY2(other_values().contains(field.path), field.path.c_str());
      QCOMPARE(field_value(e, field.path), other_values().at(field.path));
      // There is one operator so far, hence no second value for its type.
      if (field.path != "operator.type") QVERIFY(field_value(e, field.path) != field.default_value);
    }
    QCOMPARE(other_values().size(), experiment_schema().size());
    QVERIFY(experiment_from_json(to_json(e)) == e);
    QVERIFY(experiment_from_json(to_json(Experiment{})) == Experiment{});
  }

  void each_field_alone_survives() {
    for (const auto& [path, value] : other_values()) {
      Experiment e;
      set_field(e, path + "=" + value);
      QVERIFY2(parse_experiment(to_json(e)) == e, path.c_str());
    }
  }

  void fields_left_out_keep_their_defaults() {
    QVERIFY(experiment_from_json("{}") == Experiment{});
    Experiment e;
    e.training.epochs = 3;
    QVERIFY(experiment_from_json("{\"version\": 1, \"training\": {\"epochs\": 3}}") == e);
  }

  void the_paper_schedule_has_a_short_name() {
    const auto e = experiment_from_json("{\"precision\": {\"schedule\": \"paper\"}}");
    QVERIFY(e.precision.schedule == paper_schedule());
  }

  void overrides_of_an_edit_may_be_left_out() {
    const auto e =
        experiment_from_json("{\"precision\": {\"edits\": [{\"step\": 12, \"policy\": \"amp\"}]}}");
    QVERIFY((e.precision.edits == std::vector<PolicyEdit>{{12, "amp", {}}}));
  }

  void overrides_of_a_phase_may_be_left_out() {
    const auto e =
        experiment_from_json("{\"precision\": {\"schedule\": [{\"fraction\": 1, \"policy\": \"amp\"}]}}");
    QCOMPARE(e.precision.schedule.size(), std::size_t{1});
    QCOMPARE(e.precision.schedule[0].fraction, 1.0);
  }

  void a_text_cut_anywhere_is_refused_in_one_sentence() {
    std::string text = to_json(every_field_changed());
    text.erase(text.find_last_not_of('\n') + 1);
    for (std::size_t length = 0; length < text.size(); ++length) {
      const std::string message = refusal(text.substr(0, length));
      QVERIFY2(message.starts_with("file.json"), message.c_str());
      QVERIFY2(message.size() < 300 && message.find('\n') == std::string::npos, message.c_str());
      if (length > 0) QVERIFY2(message.find("line ") != std::string::npos, message.c_str());
    }
  }

  void a_damaged_byte_never_crashes() {
    const std::string text = to_json(every_field_changed());
    for (std::size_t at = 0; at < text.size(); ++at)
      for (char byte : {'\0', '"', '}', '[', '9', '\xff', 'e'}) {
        std::string damaged = text;
        damaged[at] = byte;
        const std::string message = refusal(damaged);
        QVERIFY2(message.size() < 600, message.c_str());
      }
  }

  void sentences_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const char* text, const char* message) {
      QTest::newRow(name) << text << message;
    };
    row("empty", "  \n", "file.json is empty; a JSON object { … } was expected");
    row("cut in a group", "{\n  \"training\": {\"epochs\": 5",
        "file.json: line 2, column 27: the text ends here; expected '}'");
    row("cut before a value",
        "{\"seed\":", "file.json: line 1, column 9: the text ends here; expected '[', '{', or a literal");
    row("comma missing", "{\"seed\": 1 \"name\": \"a\"}",
        "file.json: line 1, column 17: unexpected string literal; expected '}'");
    row("after the end", "{} x", "file.json: line 1, column 4: invalid literal; expected end of input");
    row("a list", "[1]", "file.json: a list is not an experiment; a JSON object { … } was expected");
    row("twice", "{\"seed\": 1, \"seed\": 2}",
        "file.json: the key \"seed\" appears twice in one object; keep one of them");
    row("newer", "{\"version\": 2}",
        "version: 2 is newer than 1, the newest that this Halfwave reads; a newer Halfwave is needed");
    row("newer with fields of its own", "{\"version\": 7, \"hologram\": true}",
        "version: 7 is newer than 1, the newest that this Halfwave reads; a newer Halfwave is needed");
    row("version 0", "{\"version\": 0}", "version: 0 is less than 1, the first version");
    row("version text", "{\"version\": \"1\"}", "version: the text \"1\" is not a whole number");
    row("unknown at the top", "{\"sead\": 1}", "sead: there is no such field; the nearest is seed");
    row("unknown in a group", "{\"training\": {\"epoch\": 5}}",
        "training.epoch: there is no such field; the nearest is training.epochs");
    row("dash for underscore", "{\"training\": {\"batch-size\": 5}}",
        "training.batch-size: there is no such field; the nearest is training.batch_size");
    row("field of another group", "{\"training\": {\"modes\": [4, 4]}}",
        "training.modes: there is no such field; the nearest is operator.modes");
    row("field without its group", "{\"epochs\": 5}",
        "epochs: there is no such field; the nearest is training.epochs");
    row("group is no object", "{\"training\": 5}", "training: 5 is not an object in braces");
    row("text for a whole number", "{\"training\": {\"epochs\": \"five\"}}",
        "training.epochs: the text \"five\" is not a whole number");
    row("fraction for a whole number", "{\"operator\": {\"width\": 3.5}}",
        "operator.width: 3.5 is not a whole number");
    row("null", "{\"operator\": {\"width\": null}}", "operator.width: null is not a whole number");
    row("number for text", "{\"operator\": {\"engine\": 1}}",
        "operator.engine: 1 is not text in quotation marks");
    row("number for yes or no", "{\"training\": {\"shuffle\": 1}}",
        "training.shuffle: 1 is not true or false");
    row("text for a number", "{\"training\": {\"learning_rate\": \"1e-3\"}}",
        "training.learning_rate: the text \"1e-3\" is not a number");
    row("number for a list", "{\"operator\": {\"modes\": 12}}",
        "operator.modes: 12 is not a list in square brackets");
    row("text in a list", "{\"operator\": {\"modes\": [12, \"a\"]}}",
        "operator.modes[1]: the text \"a\" is not a whole number");
    row("negative seed", "{\"seed\": -1}", "seed: -1 is not a whole number from 0 to 18446744073709551615");
    row("huge whole number", "{\"training\": {\"epochs\": 3000000000}}",
        "training.epochs: 3000000000 is outside -2147483648 to 2147483647");
    row("override without a value",
        "{\"precision\": {\"overrides\": [{\"layer\": \"*\", \"stage\": \"*\"}]}}",
        "precision.overrides[0]: \"value\" is missing");
    row("override with more", "{\"precision\": {\"overrides\": [{\"layer\": \"*\", \"stages\": \"*\"}]}}",
        "precision.overrides[0].stages: there is no such field; the nearest is precision.overrides[0].stage");
    row("schedule of another name", "{\"precision\": {\"schedule\": \"papers\"}}",
        "precision.schedule: the text \"papers\" is not \"paper\" or a list of phases in square brackets");
    row("edit without a step", "{\"precision\": {\"edits\": [{\"policy\": \"full\"}]}}",
        "precision.edits[0]: \"step\" is missing");
    row("edit before the first step", "{\"precision\": {\"edits\": [{\"step\": -1, \"policy\": \"full\"}]}}",
        "precision.edits[0].step: -1 is not a whole number from 0");
    row("phase without a policy", "{\"precision\": {\"schedule\": [{\"fraction\": 1.0}]}}",
        "precision.schedule[0]: \"policy\" is missing");
    row("value out of range", "{\"training\": {\"epochs\": 0}}",
        "training.epochs: 0 is less than 1, the least allowed");
  }
  void sentences() {
    QFETCH(QString, text);
    QFETCH(QString, message);
    QCOMPARE(QString::fromStdString(refusal(text.toStdString())), message);
  }

  void a_number_beyond_double_is_refused() {
    const std::string message = refusal("{\"training\": {\"learning_rate\": 1e999}}");
    QVERIFY2(message.starts_with("file.json: a number in it is too large"), message.c_str());
  }

  void deep_nesting_is_refused() {
    const std::string message = refusal("{\"training\": " + std::string(200000, '['));
    QVERIFY2(message.starts_with("file.json: line 1"), message.c_str());
  }

  void long_values_are_shortened() {
    const std::string message = refusal("{\"training\": {\"epochs\": \"" + std::string(100000, 'x') + "\"}}");
    QVERIFY(message.size() < 200);
    QVERIFY(refusal("{\"" + std::string(100000, 'x') + "\": 1}").size() < 300);
  }

  void files_are_written_whole_and_read_back() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("experiment.json").toStdString();
    save_experiment(every_field_changed(), file);
    QVERIFY(load_experiment(file.string()) == every_field_changed());
    QCOMPARE(QDir(folder.path()).entryList(QDir::Files).size(), 1);
  }

  void files_that_cannot_be_read_or_written_say_so() {
    const QTemporaryDir folder;
    const auto load = [](const std::string& file) -> std::string {
      try {
        load_experiment(file);
      } catch (const RequestError& error) {
        return error.what();
      }
      return "accepted";
    };
    QCOMPARE(
        load("nothing-here"),
        std::string("\"nothing-here\" is neither a file nor a shipped preset (darcy-quick, darcy-example)"));
    const std::string path = folder.path().toStdString();
    QCOMPARE(load(path), path + " is a folder; an experiment is a JSON file");
    QCOMPARE(load("/dev/zero"),
             std::string("/dev/zero is larger than 16 MB; an experiment is a small JSON file"));
    QVERIFY_THROWS_EXCEPTION(RequestError, save_experiment({}, path + "/missing/experiment.json"));
  }

  void presets_are_complete() {
    QVERIFY((experiment_preset_names() == std::vector<std::string>{"darcy-quick", "darcy-example"}));
    const Experiment quick = load_experiment("darcy-quick");
    validate(quick);
    QCOMPARE(quick.precision.policy, std::string("mixed"));
    QCOMPARE(quick.dataset.resolution, 64);

    Experiment example = load_experiment("darcy-example");
    try {
      validate(example);
      QFAIL("accepted without a training file");
    } catch (const FieldError& error) {
      QCOMPARE(error.path(), std::string("dataset.train"));
      QVERIFY(error.problem().find("--set dataset.train=") != std::string::npos);
    }
    set_field(example, "dataset.train=/data/darcy_train_16.pt");
    validate(example);
    QVERIFY((example.op.modes == std::vector<int>{8, 8}));
    QCOMPARE(example.op.width, 24);
    QCOMPARE(example.training.lr_period, 30);
    QCOMPARE(example.training.epochs, 15);
  }
};

QTEST_GUILESS_MAIN(JsonTest)
#include "json_test.moc"
