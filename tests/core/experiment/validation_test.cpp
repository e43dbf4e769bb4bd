#include "core/error.h"
#include "core/experiment/experiment_io.h"
#include "core/experiment/schema.h"

#include <QtTest/QtTest>

#include <limits>

using namespace halfwave;

class ValidationTest : public QObject {
  Q_OBJECT

 private:
  /// The first problem after these assignments, or "fine".
  static std::string first_problem(const QStringList& assignments) {
    Experiment e;
    for (const auto& assignment : assignments) set_field(e, assignment.toStdString());
    try {
      validate(e);
    } catch (const FieldError& error) {
      return error.what();
    }
    return "fine";
  }

 private Q_SLOTS:
  void sentences_data() {
    QTest::addColumn<QStringList>("assignments");
    QTest::addColumn<QString>("message");
    const auto row = [](const char* name, const QStringList& assignments, const char* message) {
      QTest::newRow(name) << assignments << message;
    };
    row("defaults", {}, "fine");
    row("modes above the grid", {"dataset.test_resolutions=[32]", "operator.modes=[16,40]"},
        "operator.modes[1]: 40 is more than 32, the most a 32-point axis carries");
    row("modes above a grid of eight", {"dataset.test_resolutions=[8]", "operator.modes=[9,4]"},
        "operator.modes[0]: 9 is more than 8, the most an 8-point axis carries");
    row("modes above the training grid", {"dataset.resolution=32", "operator.modes=[33,16]"},
        "operator.modes[0]: 33 is more than 32, the most a 32-point axis carries");
    row("modes as many as points", {"dataset.test_resolutions=[32]", "operator.modes=[32,32]"}, "fine");
    row("zero modes", {"operator.modes=[0,4]"}, "operator.modes[0]: 0 is less than 1, the least allowed");
    row("no axes", {"operator.modes=[]"},
        "operator.modes: has 0 elements; an operator has 1 to 3 axes, so [16, 16] is one for plane fields");
    row("four axes", {"operator.modes=[4,4,4,4]"},
        "operator.modes: has 4 elements; an operator has 1 to 3 axes, so [16, 16] is one for plane fields");
    row("one axis for darcy", {"operator.modes=[12]"},
        "operator.modes: has 1 element, but samples of darcy have 2 axes; [12, 12] would fit");
    row("one axis for a file", {"operator.modes=[12]", "dataset.source=file", "dataset.train=a.pt"}, "fine");
    row("no training file", {"dataset.source=file"},
        "dataset.train: no training file is named; add --set dataset.train=FILE, for instance "
        "--set dataset.train=darcy_train_16.pt");
    row("training file of a generated source", {"dataset.train=a.pt"},
        "dataset.train: is read only when dataset.source is \"file\", but it is \"darcy\"; set "
        "dataset.source=file, or leave dataset.train empty");
    row("test file of a generated source", {"dataset.test=a.pt"},
        "dataset.test: is read only when dataset.source is \"file\", but it is \"darcy\"; set "
        "dataset.source=file, or leave dataset.test empty");
    row("map of a generated source", {"dataset.map=x=a,y=u"},
        "dataset.map: is used only when dataset.source is \"file\", but it is \"darcy\"; set "
        "dataset.source=file, or leave dataset.map empty");
    row("mapped file", {"dataset.source=file", "dataset.train=a.npz", "dataset.map=x=a,y=u,layout=NHWC"},
        "fine");
    row("bad map", {"dataset.source=file", "dataset.train=a.npz", "dataset.map=x=a"},
        "dataset.map: names only one of x and y; give both, or none to have them guessed");
    row("empty test file", {"dataset.source=file", "dataset.train=a.pt", "dataset.test=[\"\"]"},
        "dataset.test[0]: a file's name is not empty and holds no zero byte");
    row("other source", {"dataset.source=euler"},
        "dataset.source: \"euler\" is not one of darcy, burgers, navier-stokes, poisson, heat, "
        "shallow-water, file");
    row("burgers on a plane", {"dataset.source=burgers"},
        "operator.modes: has 2 elements, but samples of burgers have 1 axis; [12] would fit");
    row("burgers on a line", {"dataset.source=burgers", "operator.modes=[16]", "dataset.resolution=2048"},
        "fine");
    row("burgers in space and time", {"dataset.source=burgers", "dataset.frames=32"}, "fine");
    row("more modes than frames", {"dataset.source=burgers", "dataset.frames=8"},
        "operator.modes[0]: 16 is more than 8, the most an 8-point axis carries");
    row("flow",
        {"dataset.source=navier-stokes", "dataset.viscosity=1e-4", "dataset.frames=10",
         "dataset.forcing=kolmogorov", "dataset.time=5"},
        "fine");
    row("flow too coarse a medium", {"dataset.source=navier-stokes", "dataset.viscosity=2"},
        "dataset.viscosity: 2.0 is out of range; navier-stokes takes 1e-06 to 1.0, and 0 for 0.001");
    row("viscosity of darcy", {"dataset.viscosity=0.1"},
        "dataset.viscosity: is of burgers, navier-stokes and heat, but dataset.source is \"darcy\"");
    row("forcing of heat", {"dataset.source=heat", "dataset.forcing=none"},
        "dataset.forcing: is of navier-stokes, but dataset.source is \"heat\"");
    row("unknown boundary", {"dataset.source=heat", "dataset.boundary=robin"},
        "dataset.boundary: \"robin\" is not one of periodic, dirichlet");
    row("too many frames", {"dataset.source=heat", "dataset.frames=300"},
        "dataset.frames: 300 is more than 256, the most of heat");
    row("lognormal", {"dataset.coefficient=lognormal"}, "fine");
    row("no samples", {"dataset.samples=0"}, "dataset.samples: 0 is less than 2, the fewest to train on");
    row("all samples of a file", {"dataset.samples=0", "dataset.source=file", "dataset.train=a.pt"}, "fine");
    row("one sample of a file", {"dataset.samples=1", "dataset.source=file", "dataset.train=a.pt"},
        "dataset.samples: 1 is less than 2, the fewest to train on; 0 takes all of the file");
    row("negative samples", {"dataset.samples=-1"}, "dataset.samples: -1 is less than 0, the least allowed");
    row("no test samples", {"dataset.test_samples=0"},
        "dataset.test_samples: 0 is less than 1, the fewest to test on");
    row("no test resolution", {"dataset.test_resolutions=[]"},
        "dataset.test_resolutions: is empty; name at least one resolution, for instance [64]");
    row("test resolution twice", {"dataset.test_resolutions=[64,32,64]"},
        "dataset.test_resolutions[2]: 64 is named twice; each resolution is tested once");
    row("coarse grid", {"dataset.resolution=4"}, "dataset.resolution: 4 is less than 8, the least allowed");
    row("fine grid", {"dataset.resolution=2048"},
        "dataset.resolution: 2048 is more than 1024, the most allowed");
    row("scale", {"dataset.input_scale=0"}, "dataset.input_scale: 0.0 is not more than 0");
    row("normalizer", {"dataset.input_normalizer=per-axis"},
        "dataset.input_normalizer: \"per-axis\" is not one of none, per-channel, per-point, min-max");
    row("operator", {"operator.type=unet"}, "operator.type: \"unet\" is not one of fno");
    row("engine", {"operator.engine=fftw"}, "operator.engine: \"fftw\" is not one of fft, dft, auto");
    row("width", {"operator.width=0"}, "operator.width: 0 is less than 1, the least allowed");
    row("layers", {"operator.layers=65"}, "operator.layers: 65 is more than 64, the most allowed");
    row("hidden channels", {"operator.width=3", "operator.channel_mlp_expansion=0.25"},
        "operator.channel_mlp_expansion: 0.25 of a width of 3 leaves no hidden channel; at least 1/3 is "
        "needed");
    row("hidden channels unused",
        {"operator.width=3", "operator.channel_mlp_expansion=0.25", "operator.channel_mlp=false"}, "fine");
    row("lifting", {"operator.width=2", "operator.lifting_ratio=0.1"},
        "operator.lifting_ratio: 0.1 of a width of 2 leaves no hidden channel; at least 1/2 is needed");
    row("name", {"name=a/b"},
        "name: a name has at most 100 characters, no slash and no control character, for it names folders");
    row("empty name", {"name="}, "name: an experiment needs a name with a letter or a digit");
    row("parent folder as name", {"name=.."}, "name: an experiment needs a name with a letter or a digit");
    row("device", {"device=gpu"}, "device: \"gpu\" is not a device; write cpu, cuda or cuda:0");
    row("second card", {"device=cuda:1"}, "fine");
    row("card of no number", {"device=cuda:x"},
        "device: \"cuda:x\" is not a device; write cpu, cuda or cuda:0");
    row("zero epochs", {"training.epochs=0"}, "training.epochs: 0 is less than 1, the least allowed");
    row("batch", {"training.batch_size=0"}, "training.batch_size: 0 is less than 1, the least allowed");
    row("batch above the samples", {"training.batch_size=5000"}, "fine");
    row("learning rate", {"training.learning_rate=0"}, "training.learning_rate: 0.0 is not more than 0");
    row("negative decay", {"training.weight_decay=-0.5"},
        "training.weight_decay: -0.5 is less than 0.0, the least allowed");
    row("step factor", {"training.lr_gamma=1.5"},
        "training.lr_gamma: 1.5 is more than 1.0, the most allowed");
    row("evaluation", {"training.evaluate_every=0"},
        "training.evaluate_every: 0 is less than 1, the least allowed");
    row("policy", {"precision.policy=half"},
        "precision.policy: \"half\" is not one of full, amp, mixed, naive, bf16, tf32, fp8");
    row("half", {"precision.half=fp8_e4m3"}, "precision.half: \"fp8_e4m3\" is not one of fp16, bf16");
    row("override of a missing block",
        {"operator.layers=2",
         "precision.overrides=[{\"layer\":\"block.2\",\"stage\":\"*\",\"value\":\"fp16\"}]"},
        "precision.overrides[0]: there is no layer \"block.2\" (override block.2 * = fp16); the layers are "
        "lifting, block.0 to block.1 and projection, block.* for all blocks, * for all");
    row("second override",
        {"precision.overrides=[{\"layer\":\"*\",\"stage\":\"*\",\"value\":\"fp16\"},{\"layer\":\"*\","
         "\"stage\":\"fft\",\"value\":\"fp16\"}]"},
        "precision.overrides[1]: there is no stage \"fft\" (override * fft = fp16); the stages are "
        "forward_transform, contraction, inverse_transform, pointwise, saved_activations, weights, "
        "stabilizer, accumulation, gradients and *");
    row("some fp64",
        {"operator.layers=1",
         "precision.overrides=[{\"layer\":\"block.0\",\"stage\":\"*\",\"value\":\"fp64\"}]"},
        "precision.overrides: fp64 is in 6 of 12 cells; it must be in all stages of all layers or in none");
    row("all fp64", {"precision.overrides=[{\"layer\":\"*\",\"stage\":\"*\",\"value\":\"fp64\"}]"}, "fine");
    row("paper's schedule", {"precision.schedule=paper"}, "fine");
    row("fractions",
        {"precision.schedule=[{\"fraction\":0.3,\"policy\":\"full\"},{\"fraction\":0.6,\"policy\":\"amp\"}]"},
        "precision.schedule: the fractions add up to 0.9; they must add up to 1, for instance with 0.7 for "
        "the "
        "last phase");
    row("thirds",
        {"precision.schedule=[{\"fraction\":0.333,\"policy\":\"full\"},{\"fraction\":0.333,\"policy\":"
         "\"amp\"},{\"fraction\":0.333,\"policy\":\"full\"}]"},
        "fine");
    row("negative fraction",
        {"precision.schedule=[{\"fraction\":-0.5,\"policy\":\"full\"},{\"fraction\":1.5,\"policy\":\"amp\"}"
         "]"},
        "precision.schedule[0].fraction: -0.5 is not a share of the epochs, which is more than 0 and at most "
        "1");
    row("policy of a phase", {"precision.schedule=[{\"fraction\":1,\"policy\":\"mixd\"}]"},
        "precision.schedule[0].policy: there is no policy \"mixd\"; the nearest is mixed");
    row("override of a phase",
        {"precision.schedule=[{\"fraction\":1,\"policy\":\"full\",\"overrides\":[{\"layer\":\"lifting\","
         "\"stage\":\"contraction\",\"value\":\"fp16\"}]}]"},
        "precision.schedule[0].overrides[0]: layer lifting has no stage contraction (override lifting "
        "contraction = fp16); lifting and projection have pointwise, saved_activations and weights");
    row("a format that weights cannot take",
        {"precision.schedule=[{\"fraction\":1,\"policy\":\"full\",\"overrides\":[{\"layer\":\"*\","
         "\"stage\":\"weights\",\"value\":\"fp8_e4m3\"}]}]"},
        "precision.schedule[0].overrides[0]: weights cannot be fp8_e4m3, whose steps are wider than an "
        "optimiser's updates; use fp16 or bf16 (override * weights = fp8_e4m3)");
    row("edits",
        {"precision.edits=[{\"step\":0,\"policy\":\"mixed\"},{\"step\":7,\"policy\":\"full\","
         "\"overrides\":[{\"layer\":\"*\",\"stage\":\"accumulation\",\"value\":\"strict\"}]},"
         "{\"step\":7,\"policy\":\"fp8\"}]"},
        "fine");
    row("edits out of order",
        {"precision.edits=[{\"step\":9,\"policy\":\"mixed\"},{\"step\":7,\"policy\":\"full\"}]"},
        "precision.edits[1].step: 7 comes after step 9; edits are listed in the order of their steps");
    row("policy of an edit", {"precision.edits=[{\"step\":9,\"policy\":\"bf61\"}]"},
        "precision.edits[0].policy: there is no policy \"bf61\"; the nearest is bf16");
    row("format of an edit",
        {"precision.edits=[{\"step\":9,\"policy\":\"bf16\",\"overrides\":[{\"layer\":\"block.0\",\"stage\":"
         "\"saved_activations\",\"value\":\"tf32\"}]}]"},
        "precision.edits[0].overrides[0]: saved_activations cannot be tf32, which is stored as fp32 and "
        "exists "
        "only inside products; use fp32 (override block.0 saved_activations = tf32)");
    row("fp64 in an edit",
        {"precision.edits=[{\"step\":9,\"policy\":\"full\",\"overrides\":[{\"layer\":\"*\",\"stage\":\"*\","
         "\"value\":\"fp64\"}]}]"},
        "precision.edits[0]: changes to fp64 while the run goes on; fp64 must be in all policies of a run or "
        "in "
        "none");
    row("no fp64 in an edit",
        {"precision.overrides=[{\"layer\":\"*\",\"stage\":\"*\",\"value\":\"fp64\"}]",
         "precision.edits=[{\"step\":9,\"policy\":\"full\"}]"},
        "precision.edits[0]: leaves fp64 while the run goes on; fp64 must be in all policies of a run or in "
        "none");
    row("fp64 in one phase",
        {"precision.schedule=[{\"fraction\":0.5,\"policy\":\"full\",\"overrides\":[{\"layer\":\"*\","
         "\"stage\":\"*\",\"value\":\"fp64\"}]},{\"fraction\":0.5,\"policy\":\"full\"}]"},
        "precision.schedule: fp64 is in 1 of 2 phases; it must be in all of them or in none");
    row("loss scaling", {"precision.loss_scaling=auto"},
        "precision.loss_scaling: \"auto\" is not one of none, fixed, dynamic");
    row("loss scale", {"precision.loss_scale=-1"}, "precision.loss_scale: -1.0 is not more than 0");
  }
  void sentences() {
    QFETCH(QStringList, assignments);
    QFETCH(QString, message);
    QCOMPARE(QString::fromStdString(first_problem(assignments)), message);
  }

  void all_problems_are_listed_in_the_order_of_the_document() {
    Experiment e;
    set_field(e, "training.epochs=0");
    set_field(e, "operator.modes=[100,200]");
    set_field(e, "name=");
    std::vector<std::string> paths;
    for (const auto& problem : problems(e)) paths.push_back(problem.path);
    QVERIFY((paths ==
             std::vector<std::string>{"name", "training.epochs", "operator.modes[0]", "operator.modes[1]"}));
  }

  void numbers_that_are_not_finite_are_refused() {
    for (double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
      Experiment e;
      e.training.learning_rate = value;
      e.precision.schedule = {{value, "full", {}}};
      QVERIFY(problems(e).size() >= 2);
      QVERIFY(!to_json(e).empty());
    }
  }

  void every_limit_of_the_schema_is_checked() {
    for (const auto& field : experiment_schema()) {
      if (field.kind != FieldKind::integer && field.kind != FieldKind::number) continue;
      QVERIFY2(field.minimum && field.maximum, field.path.c_str());
      for (double value : {*field.minimum - 1.0, *field.maximum + 1.0}) {
        Experiment e;
        const std::string text = field.kind == FieldKind::integer
                                     ? std::to_string(static_cast<long long>(value))
                                     : std::to_string(value);
        // 1e30 + 1 is 1e30 in double.
        if (value == *field.maximum) continue;
        set_field(e, field.path + "=" + text);
        const auto found = problems(e);
        QVERIFY2(!found.empty() && found.front().path == field.path, field.path.c_str());
      }
    }
  }

  void the_schema_describes_every_field() {
    for (const auto& field : experiment_schema()) {
      QVERIFY2(!field.label.empty(), field.path.c_str());
      QVERIFY2(field.help.ends_with('.') && field.help.find(". ") == std::string::npos, field.path.c_str());
      QVERIFY2((field.kind == FieldKind::choice) <= !field.choices.empty(), field.path.c_str());
      QCOMPARE(field_value(Experiment{}, field.path), field.default_value);
      QVERIFY(find_field(field.path) == &field);
    }
    QVERIFY(find_field("training") == nullptr);
    QVERIFY_THROWS_EXCEPTION(FieldError, field_value({}, "training.epoch"));
  }

  void policy_at_follows_the_schedule() {
    Experiment e;
    e.training.epochs = 20;
    e.precision.policy = "amp";
    e.precision.half = "bf16";
    QCOMPARE(policy_at(e, 0).name, std::string("amp"));
    QVERIFY(policy_at(e, 19).layers[1][Stage::pointwise] == Format::bf16);
    e.precision.schedule = paper_schedule();
    QCOMPARE(policy_at(e, 4).name, std::string("mixed"));
    QVERIFY(policy_at(e, 5).layers[1][Stage::contraction] == Format::fp16);
    QVERIFY(policy_at(e, 14).layers[1][Stage::forward_transform] == Format::fp32);
    QCOMPARE(policy_at(e, 15).name, std::string("full"));
  }
};

QTEST_GUILESS_MAIN(ValidationTest)
#include "validation_test.moc"
