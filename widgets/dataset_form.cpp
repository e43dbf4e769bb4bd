#include "widgets/dataset_form.h"

#include "core/experiment/experiment_io.h"
#include "core/experiment/generated_source.h"
#include "core/experiment/schema.h"
#include "widgets/schema_form.h"
#include "widgets/source_text.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QFileInfo>
#include <QLabel>
#include <QLayout>
#include <QLineEdit>
#include <QLocale>

#include <array>

namespace halfwave::widgets {
namespace {

constexpr std::array file_paths = {"dataset.train", "dataset.test", "dataset.map"};
constexpr std::array generated_paths = {"dataset.resolution", "dataset.test_resolutions", "dataset.seed"};

bool is_file(const DatasetSpec& spec) {
  return spec.source == "file";
}

QString file_problem(const QString& file) {
  const QFileInfo info(file);
  if (!info.exists()) return DatasetForm::tr("there is no file %1").arg(file);
  if (info.isDir()) return DatasetForm::tr("%1 is a folder, not a file").arg(file);
  if (!info.isReadable()) return DatasetForm::tr("%1 may not be read by you").arg(file);
  return {};
}

void add_file_problems(const DatasetSpec& spec, std::vector<FieldProblem>& found) {
  const auto add = [&found](const char* path, const QString& sentence) {
    if (!sentence.isEmpty()) found.push_back({path, sentence.toStdString()});
  };
  add("dataset.train", spec.train.empty() ? DatasetForm::tr("name a file of training samples")
                                          : file_problem(QString::fromStdString(spec.train)));
  for (const std::string& test : spec.test) add("dataset.test", file_problem(QString::fromStdString(test)));
}

QString usual_text(double value) {
  return DatasetForm::tr("%1 (usual)").arg(QLocale::c().toString(value, 'g', 6));
}

QString range_of(const ParameterRange& range) {
  const auto number = [](double value) { return QLocale::c().toString(value, 'g', 6); };
  return DatasetForm::tr("%1 to %2").arg(number(range.minimum), number(range.maximum)) +
         (*range.unit ? QLatin1Char(' ') + QString::fromUtf8(range.unit) : QString());
}

}  // namespace

std::pair<QString, QStringList> train_and_test(const QStringList& files) {
  QStringList rest = files;
  qsizetype train = 0;
  const auto says = [](const QString& file, const char* word) {
    return QFileInfo(file).completeBaseName().contains(QLatin1String(word), Qt::CaseInsensitive);
  };
  for (qsizetype k = files.size() - 1; k >= 0; --k)
    if (says(files[k], "train")) train = k;
  if (!files.isEmpty() && says(files[train], "test"))
    for (qsizetype k = files.size() - 1; k >= 0; --k)
      if (!says(files[k], "test")) train = k;
  const QString first = rest.isEmpty() ? QString() : rest.takeAt(train);
  return {first, rest};
}

DatasetForm::DatasetForm(QWidget* parent) : QWidget(parent) {
  form_ = new SchemaForm(this);
  form_->layout()->setContentsMargins(0, 0, 0, 0);
  file_.samples = file_.test_samples = 0;  // a file is taken whole
  add_rows();
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(form_);
  connect(form_, &SchemaForm::edited, this, [this](const std::string& path) {
    if (path == "dataset.source") source_changed();
    check();
  });
  set_experiment(Experiment{});
}

void DatasetForm::add_rows() {
  form_->add_field("dataset.source");
  auto* source = qobject_cast<QComboBox*>(form_->editor("dataset.source"));
  for (int k = 0; k < source->count(); ++k) {
    const std::string name = source->itemData(k).toString().toStdString();
    const GeneratedSource* generated = find_generated_source(name);
    source->setItemText(k, generated ? QString::fromStdString(generated->title) : tr("Open files"));
    source->setItemData(k, equation_of(name), Qt::ToolTipRole);
  }
  equation_ = new QLabel(this);
  equation_->setObjectName(QStringLiteral("equation"));
  equation_->setProperty("role", "hint");
  equation_->setWordWrap(true);
  equation_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  form_->add_block("equation", equation_);
  for (const char* path : file_paths) form_->add_field(path);
  for (const char* path : {"dataset.resolution", "dataset.coefficient", "dataset.boundary", "dataset.forcing",
                           "dataset.viscosity", "dataset.time", "dataset.frames", "dataset.samples",
                           "dataset.test_samples", "dataset.test_resolutions", "dataset.seed",
                           "dataset.input_normalizer", "dataset.output_normalizer", "dataset.input_scale"})
    form_->add_field(path);
  form_->set_blank("dataset.test", "[]", tr("found beside it"));
  form_->set_blank("dataset.map", "\"\"", tr("guessed"));
}

void DatasetForm::set_experiment(const Experiment& experiment) {
  filling_ = true;
  form_->set_experiment(experiment);
  source_ = experiment.dataset.source;
  (is_file(experiment.dataset) ? file_ : generated_) = experiment.dataset;
  show_fields();
  filling_ = false;
  check();
}

void DatasetForm::source_changed() {
  Experiment experiment = form_->experiment();
  DatasetSpec& d = experiment.dataset;
  const bool was_file = source_ == "file";
  source_ = d.source;
  if (was_file != is_file(d)) {
    // The other kind goes on with its own numbers.
    (was_file ? file_ : generated_) = d;
    const DatasetSpec& own = was_file ? generated_ : file_;
    d.samples = own.samples;
    d.test_samples = own.test_samples;
    form_->set_experiment(experiment);
  }
  show_fields();
}

void DatasetForm::take_files(const QStringList& files) {
  if (files.isEmpty()) return;
  Experiment experiment = form_->experiment();
  DatasetSpec& d = experiment.dataset;
  if (!is_file(d)) generated_ = d;
  const auto [train, tests] = train_and_test(files);
  d.source = "file";
  d.train = train.toStdString();
  d.test.clear();
  for (const QString& test : tests) d.test.push_back(test.toStdString());
  d.map.clear();
  d.samples = d.test_samples = 0;
  set_experiment(experiment);
}

void DatasetForm::show_fields() {
  const DatasetSpec& d = form_->experiment().dataset;
  const bool file = is_file(d);
  const GeneratedSource* source = find_generated_source(d.source);
  for (const char* path : file_paths) form_->set_shown(path, file);
  for (const char* path : generated_paths) form_->set_shown(path, !file);
  form_->set_shown("dataset.coefficient", source && source->coefficient);
  form_->set_shown("dataset.boundary", source && source->boundary);
  form_->set_shown("dataset.forcing", source && source->forcing);
  form_->set_shown("dataset.frames", source && source->most_frames > 1);
  const auto parameter = [&](const char* path, const std::optional<ParameterRange>& range,
                             const QString& label) {
    form_->set_shown(path, range.has_value());
    if (!range) return;
    form_->set_details(path, label, QString::fromUtf8(range->unit), range_of(*range));
    form_->set_blank(path, "0.0", usual_text(range->usual));
  };
  if (source) {
    parameter("dataset.viscosity", source->viscosity,
              d.source == "heat" ? tr("Diffusivity κ") : tr("Viscosity ν"));
    parameter("dataset.time", source->time, tr("Time"));
    form_->set_details("dataset.frames", {}, {}, tr("1 to %1").arg(source->most_frames));
    form_->set_details("dataset.resolution", {}, {}, tr("8 to %1 points").arg(source->finest));
  } else {
    form_->set_shown("dataset.viscosity", false);
    form_->set_shown("dataset.time", false);
  }
  for (const char* path : {"dataset.samples", "dataset.test_samples"})
    form_->set_blank(path, file ? "0" : "", file ? tr("all") : QString());
}

DatasetSpec DatasetForm::spec() const {
  DatasetSpec d = form_->experiment().dataset;
  const DatasetSpec usual;
  if (is_file(d)) {
    // What generators take is not looked at, and stays as the document has it.
    return d;
  }
  d.train.clear();
  d.test.clear();
  d.map.clear();
  const GeneratedSource* source = find_generated_source(d.source);
  if (!source) return d;
  if (!source->viscosity) d.viscosity = usual.viscosity;
  if (!source->time) d.time = usual.time;
  if (source->most_frames <= 1) d.frames = usual.frames;
  if (!source->forcing) d.forcing = usual.forcing;
  if (!source->boundary) d.boundary = usual.boundary;
  if (!source->coefficient) d.coefficient = usual.coefficient;
  return d;
}

void DatasetForm::check() {
  if (filling_) return;
  Experiment experiment = form_->experiment();
  experiment.dataset = spec();
  std::vector<FieldProblem> found;
  if (is_file(experiment.dataset)) add_file_problems(experiment.dataset, found);
  for (const FieldProblem& problem : problems(experiment))
    if (problem.path.starts_with("dataset")) found.push_back(problem);
  form_->set_problems(found);
  valid_ = form_->is_valid();
  QStringList lines;
  for (const QString& line : {equation_of(source_), grid_sentence(experiment.dataset)})
    if (!line.isEmpty()) lines << line;
  equation_->setText(lines.join(QLatin1Char('\n')));
  form_->set_shown("equation", !lines.isEmpty());
  Q_EMIT edited();
}

}  // namespace halfwave::widgets
