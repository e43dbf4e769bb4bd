#include "core/experiment/schema.h"

#include "core/error.h"
#include "core/experiment/field_access.h"
#include "core/experiment/generated_source.h"

namespace halfwave {
namespace {

using Member = std::function<FieldRef(Experiment&)>;

template <class Section>
auto section(Section Experiment::*group) {
  return [group](auto member) -> Member {
    return [group, member](Experiment& e) -> FieldRef { return &(e.*group.*member); };
  };
}

template <class T>
Member top(T Experiment::*member) {
  return [member](Experiment& e) -> FieldRef { return &(e.*member); };
}

/// Collects the table; each function adds one row of a kind.
class Table {
 public:
  std::vector<SchemaRow> rows;

  void plain(FieldKind kind, const char* path, const char* label, const char* help, Member member) {
    FieldInfo& info = add(kind, path, label, "", help, std::move(member));
    if (kind == FieldKind::device) info.choices = {"cpu", "cuda"};
  }
  void choice(const char* path, const char* label, const char* help, std::vector<std::string> choices,
              Member member) {
    add(FieldKind::choice, path, label, "", help, std::move(member)).choices = std::move(choices);
  }
  void integer(const char* path, const char* label, const char* unit, const char* help, double minimum,
               double maximum, Member member) {
    limit(add(FieldKind::integer, path, label, unit, help, std::move(member)), minimum, maximum);
  }
  void integers(const char* path, const char* label, const char* unit, const char* help, double minimum,
                double maximum, Member member) {
    limit(add(FieldKind::integer_list, path, label, unit, help, std::move(member)), minimum, maximum);
  }
  void number(const char* path, const char* label, const char* unit, const char* help, double minimum,
              double maximum, Member member) {
    limit(add(FieldKind::number, path, label, unit, help, std::move(member)), minimum, maximum);
  }
  /// A number that must be more than `minimum`.
  void positive(const char* path, const char* label, const char* unit, const char* help, double maximum,
                Member member) {
    number(path, label, unit, help, 0.0, maximum, std::move(member));
    rows.back().info.above_minimum = true;
  }

 private:
  FieldInfo& add(FieldKind kind, const char* path, const char* label, const char* unit, const char* help,
                 Member member) {
    FieldInfo info;
    info.path = path;
    info.kind = kind;
    info.label = label;
    info.unit = unit;
    info.help = help;
    rows.push_back({std::move(info), std::move(member)});
    return rows.back().info;
  }
  static void limit(FieldInfo& info, double minimum, double maximum) {
    info.minimum = minimum;
    info.maximum = maximum;
  }
};

void add_run_fields(Table& t) {
  t.plain(FieldKind::text, "name", "Name", "Names the experiment and the folders of its runs.",
          top(&Experiment::name));
  t.plain(FieldKind::seed, "seed", "Seed", "Start of all random numbers: weights and the order of batches.",
          top(&Experiment::seed));
  t.plain(FieldKind::device, "device", "Device",
          "Where the run computes: cpu, cuda, or cuda:1 for a second card.", top(&Experiment::device));
}

void add_dataset_fields(Table& t) {
  const auto in = section(&Experiment::dataset);
  using D = DatasetSpec;
  const std::vector<std::string> normalizers = {"none", "per-channel", "per-point", "min-max"};
  t.choice("dataset.source", "Source", "The equation that samples are generated of, or file to read them.",
           dataset_source_names(), in(&D::source));
  t.integer("dataset.resolution", "Resolution", "points",
            "Points along each axis of generated training samples.", 8, 8192, in(&D::resolution));
  t.integer("dataset.samples", "Training samples", "samples",
            "Samples to train on; for a file the most that are taken, 0 takes all.", 0, 10'000'000,
            in(&D::samples));
  t.integer("dataset.test_samples", "Test samples", "samples",
            "Samples of each test set; for a file the most that are taken, 0 takes all.", 0, 10'000'000,
            in(&D::test_samples));
  t.integers("dataset.test_resolutions", "Test resolutions", "points",
             "Grids of the generated test sets, each tested on its own.", 8, 8192, in(&D::test_resolutions));
  t.plain(FieldKind::seed, "dataset.seed", "Data seed", "Start of the generator's random numbers.",
          in(&D::seed));
  t.number("dataset.viscosity", "Viscosity", "",
           "Viscosity of burgers and navier-stokes, diffusivity of heat; 0 is the usual one of each.", 0, 100,
           in(&D::viscosity));
  t.number(
      "dataset.time", "Time", "",
      "Time from the input to the last target, hours for shallow-water; 0 is the usual one of each source.",
      0, 1e6, in(&D::time));
  t.integer("dataset.frames", "Frames", "frames",
            "Targets at equal times up to the last: channels of navier-stokes and heat, an axis of burgers.",
            1, 1024, in(&D::frames));
  t.choice("dataset.forcing", "Forcing",
           "What drives navier-stokes: the waves of the FNO paper, a Kolmogorov shear, or nothing.",
           {"paper", "kolmogorov", "none"}, in(&D::forcing));
  t.choice("dataset.boundary", "Boundary",
           "Of poisson and heat: a periodic square, or values 0 on its edge (dirichlet).",
           {"periodic", "dirichlet"}, in(&D::boundary));
  t.choice("dataset.coefficient", "Medium",
           "Of darcy: two permeabilities, or a smooth one with a normal logarithm.",
           {"two-valued", "lognormal"}, in(&D::coefficient));
  t.plain(FieldKind::file, "dataset.train", "Training file", "File of the training samples, for source file.",
          in(&D::train));
  t.plain(FieldKind::file_list, "dataset.test", "Test files",
          "Files of the test sets; when empty, test files beside the training file or a part of it.",
          in(&D::test));
  t.plain(FieldKind::text, "dataset.map", "Mapping",
          "Which arrays of a file are inputs and targets and what their axes are, as in "
          "x=coeff,y=sol,layout=NHW,subsample=4,train=1000,test=200; when empty it is guessed.",
          in(&D::map));
  t.choice(
      "dataset.input_normalizer", "Normalize inputs",
      "How inputs are shifted and scaled: to mean 0 and deviation 1 in each channel or at each point, or "
      "to 0 … 1 in each channel.",
      normalizers, in(&D::input_normalizer));
  t.choice(
      "dataset.output_normalizer", "Normalize targets",
      "How targets are shifted and scaled: to mean 0 and deviation 1 in each channel or at each point, or "
      "to 0 … 1 in each channel.",
      normalizers, in(&D::output_normalizer));
  t.positive("dataset.input_scale", "Input scale", "",
             "Inputs are multiplied by this first, for instance to provoke an overflow.", 1e30,
             in(&D::input_scale));
}

void add_operator_fields(Table& t) {
  const auto in = section(&Experiment::op);
  using O = OperatorSpec;
  const std::vector<std::string> skips = {"linear", "soft-gating", "identity", "none"};
  t.choice("operator.type", "Operator", "The architecture: fno is the Fourier neural operator.", {"fno"},
           in(&O::type));
  t.integers("operator.modes", "Modes", "modes",
             "Fourier modes kept along each axis; how many there are is the operator's dimension.", 1, 4096,
             in(&O::modes));
  t.integer("operator.width", "Width", "channels", "Hidden channels of every block.", 1, 4096, in(&O::width));
  t.integer("operator.layers", "Blocks", "blocks", "Fourier blocks between lifting and projection.", 1, 64,
            in(&O::layers));
  t.positive("operator.lifting_ratio", "Lifting ratio", "× width",
             "Hidden channels of the lifting over width.", 64, in(&O::lifting_ratio));
  t.positive("operator.projection_ratio", "Projection ratio", "× width",
             "Hidden channels of the projection over width.", 64, in(&O::projection_ratio));
  t.plain(FieldKind::boolean, "operator.channel_mlp", "Channel MLP",
          "Whether each block ends with a two-layer network over its channels.", in(&O::channel_mlp));
  t.positive("operator.channel_mlp_expansion", "Channel MLP expansion", "× width",
             "Hidden channels of the channel MLP over width.", 64, in(&O::channel_mlp_expansion));
  t.choice("operator.skip", "Skip", "What runs beside the spectral convolution.", skips, in(&O::skip));
  t.choice("operator.channel_mlp_skip", "Channel MLP skip", "What runs beside the channel MLP.", skips,
           in(&O::channel_mlp_skip));
  t.plain(FieldKind::boolean, "operator.grid_embedding", "Grid embedding",
          "Whether each point's coordinates are given to the operator as further channels.",
          in(&O::grid_embedding));
  t.choice("operator.engine", "Engine",
           "How transforms are computed: fft transforms the whole field, dft only the kept modes as matrix "
           "products, which cannot overflow; auto measures which is faster on the training grid, and is dft "
           "where a transform is in 16 bits or less.",
           {"fft", "dft", "auto"}, in(&O::engine));
}

void add_precision_fields(Table& t) {
  const auto in = section(&Experiment::precision);
  using P = PrecisionSpec;
  t.choice("precision.policy", "Policy", "The table of formats that the run starts from.",
           policy_preset_names(), in(&P::policy));
  t.plain(FieldKind::overrides, "precision.overrides", "Cells",
          "Cells of the table that differ from the policy, each with layer, stage and value.",
          in(&P::overrides));
  t.choice("precision.half", "16-bit format of amp", "Which 16-bit format the policy amp computes in.",
           {"fp16", "bf16"}, in(&P::half));
  t.plain(
      FieldKind::schedule, "precision.schedule", "Schedule",
      "Policies by share of the epochs, in place of one policy throughout; paper is the paper's 25/50/25.",
      in(&P::schedule));
  t.plain(FieldKind::edits, "precision.edits", "Edits",
          "Changes of the policy while the run goes on, each with step, policy and overrides; a run that was "
          "edited by hand records them here, so that it can be repeated.",
          in(&P::edits));
  t.integer("precision.range_every", "Look at range every", "steps",
            "Steps between two looks at the numeric range of every stage; 0 never looks.", 0, 1'000'000,
            in(&P::range_every));
  t.choice("precision.loss_scaling", "Loss scaling",
           "How small gradients are kept from vanishing while a stage is in fp16.",
           {"none", "fixed", "dynamic"}, in(&P::loss_scaling));
  t.positive("precision.loss_scale", "Loss scale", "×", "First value of the loss scale.", 1e9,
             in(&P::loss_scale));
}

void add_training_fields(Table& t) {
  const auto in = section(&Experiment::training);
  using T = TrainingSpec;
  t.integer("training.epochs", "Epochs", "epochs", "Passes over the training samples.", 1, 1'000'000,
            in(&T::epochs));
  t.integer("training.batch_size", "Batch size", "samples", "Samples of one optimiser step.", 1, 1'000'000,
            in(&T::batch_size));
  t.choice("training.loss", "Loss",
           "The relative norm that is trained on: l2, or h1 which includes gradients.", {"l2", "h1"},
           in(&T::loss));
  t.choice("training.optimizer", "Optimiser", "How weights are updated; adamw decouples the weight decay.",
           {"adam", "adamw"}, in(&T::optimizer));
  t.positive("training.learning_rate", "Learning rate", "", "Step size of the optimiser at the start.", 100,
             in(&T::learning_rate));
  t.number("training.weight_decay", "Weight decay", "", "How strongly weights are drawn to zero.", 0, 100,
           in(&T::weight_decay));
  t.choice("training.lr_schedule", "Learning-rate schedule", "How the learning rate changes over the epochs.",
           {"constant", "step", "cosine"}, in(&T::lr_schedule));
  t.integer("training.lr_period", "Schedule period", "epochs",
            "Epochs of a cosine half-wave, or between steps; 0 is as many as there are epochs.", 0, 1'000'000,
            in(&T::lr_period));
  t.positive("training.lr_gamma", "Step factor", "×", "What a step multiplies the learning rate by.", 1,
             in(&T::lr_gamma));
  t.plain(FieldKind::boolean, "training.shuffle", "Shuffle",
          "Whether each epoch draws its batches in a new order.", in(&T::shuffle));
  t.integer("training.evaluate_every", "Evaluate every", "epochs",
            "Epochs between evaluations on the test sets; the last epoch is always evaluated.", 1, 1'000'000,
            in(&T::evaluate_every));
  t.integer("training.checkpoint_every", "Checkpoint every", "epochs",
            "Epochs between checkpoints; the last epoch always writes one.", 1, 1'000'000,
            in(&T::checkpoint_every));
}

std::vector<SchemaRow> build_rows() {
  Table table;
  add_run_fields(table);
  add_dataset_fields(table);
  add_operator_fields(table);
  add_precision_fields(table);
  add_training_fields(table);
  const Experiment defaults;
  for (auto& row : table.rows) row.info.default_value = write_field(defaults, row).dump();
  return std::move(table.rows);
}

}  // namespace

const std::vector<SchemaRow>& schema_rows() {
  static const std::vector<SchemaRow> rows = build_rows();
  return rows;
}

const SchemaRow* find_row(std::string_view path) {
  for (const auto& row : schema_rows())
    if (row.info.path == path) return &row;
  return nullptr;
}

const std::vector<FieldInfo>& experiment_schema() {
  static const std::vector<FieldInfo> fields = [] {
    std::vector<FieldInfo> list;
    for (const auto& row : schema_rows()) list.push_back(row.info);
    return list;
  }();
  return fields;
}

const FieldInfo* find_field(std::string_view path) {
  for (const auto& field : experiment_schema())
    if (field.path == path) return &field;
  return nullptr;
}

std::string field_value(const Experiment& experiment, std::string_view path) {
  const SchemaRow* row = find_row(path);
  if (!row) {
    std::vector<std::string> known;
    for (const auto& r : schema_rows()) known.push_back(r.info.path);
    refuse_unknown("", std::string(path), known);
  }
  return write_field(experiment, *row).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace halfwave
