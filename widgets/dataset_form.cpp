#include "widgets/dataset_form.h"

#include "core/experiment/experiment_io.h"
#include "core/experiment/generated_source.h"
#include "core/experiment/schema.h"
#include "widgets/theme.h"

#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>

namespace halfwave::widgets {
namespace {

constexpr int generate = 0;
constexpr int from_file = 1;

QString help_of(const char* path) {
  const FieldInfo* info = find_field(path);
  return info ? QString::fromStdString(info->help) : QString();
}

// Wide limits: what is out of a field's range is marked with a sentence, never changed under the hand.
QSpinBox* number_box(QWidget* parent, const char* path, const QString& suffix) {
  auto* box = new QSpinBox(parent);
  box->setRange(0, 10'000'000);
  box->setSuffix(suffix);
  box->setToolTip(help_of(path));
  return box;
}

QLineEdit* line(QWidget* parent, const char* path, const QString& hint) {
  auto* edit = new QLineEdit(parent);
  edit->setPlaceholderText(hint);
  edit->setToolTip(help_of(path));
  return edit;
}

QFormLayout* form(QWidget* page) {
  auto* layout = new QFormLayout(page);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setHorizontalSpacing(spacing);
  layout->setVerticalSpacing(spacing);
  layout->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  layout->setRowWrapPolicy(QFormLayout::DontWrapRows);
  return layout;
}

// One row; `box` holds the field where it is not alone in its row.
void add_row(QFormLayout& rows, const QString& label, QWidget& field, QLayout* box = nullptr) {
  field.setAccessibleName(label);
  auto* text = new QLabel(label);
  text->setBuddy(&field);
  if (box)
    rows.addRow(text, box);
  else
    rows.addRow(text, &field);
}

QStringList file_list(const QString& text) {
  QStringList files;
  for (const QString& part : text.split(QLatin1Char(';')))
    if (!part.trimmed().isEmpty()) files << part.trimmed();
  return files;
}

QString file_problem(const QString& file) {
  const QFileInfo info(file);
  if (!info.exists()) return DatasetForm::tr("there is no file %1").arg(file);
  if (info.isDir()) return DatasetForm::tr("%1 is a folder, not a file").arg(file);
  if (!info.isReadable()) return DatasetForm::tr("%1 may not be read by you").arg(file);
  return {};
}

}  // namespace

DatasetForm::DatasetForm(QWidget* parent) : QWidget(parent) {
  source_ = new QComboBox(this);
  source_->addItems({tr("Generate Darcy flow"), tr("Open a file")});
  source_->setToolTip(help_of("dataset.source"));
  source_->setAccessibleName(tr("Source"));
  pages_ = new QStackedWidget(this);
  pages_->addWidget(generator_page());
  pages_->addWidget(file_page());
  problem_ = new QLabel(this);
  problem_->setProperty("role", "problem");
  problem_->setWordWrap(true);
  problem_->setObjectName(QStringLiteral("form_problem"));
  problem_->hide();

  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(spacing);
  layout->addWidget(source_);
  layout->addWidget(pages_);
  layout->addWidget(problem_);

  connect(source_, &QComboBox::currentIndexChanged, this, [this](int index) {
    // Only the page in view takes room.
    for (int k = 0; k < pages_->count(); ++k)
      pages_->widget(k)->setSizePolicy(QSizePolicy::Preferred,
                                       k == index ? QSizePolicy::Preferred : QSizePolicy::Ignored);
    pages_->setCurrentIndex(index);
    pages_->adjustSize();
    check();
  });
  for (QSpinBox* box : findChildren<QSpinBox*>())
    connect(box, &QSpinBox::valueChanged, this, &DatasetForm::check);
  for (QLineEdit* edit : {test_resolutions_, seed_, train_, test_})
    connect(edit, &QLineEdit::textChanged, this, &DatasetForm::check);
  set_experiment(Experiment{});
}

QWidget* DatasetForm::generator_page() {
  auto* page = new QWidget(this);
  auto* rows = form(page);
  resolution_ = number_box(page, "dataset.resolution", tr(" points"));
  samples_ = number_box(page, "dataset.samples", {});
  test_samples_ = number_box(page, "dataset.test_samples", {});
  test_resolutions_ = line(page, "dataset.test_resolutions", tr("64, 128"));
  seed_ = line(page, "dataset.seed", tr("0"));
  add_row(*rows, tr("Resolution"), *resolution_);
  add_row(*rows, tr("Training samples"), *samples_);
  add_row(*rows, tr("Test samples"), *test_samples_);
  add_row(*rows, tr("Test resolutions"), *test_resolutions_);
  add_row(*rows, tr("Seed"), *seed_);
  return page;
}

QWidget* DatasetForm::file_page() {
  auto* page = new QWidget(this);
  auto* rows = form(page);
  const auto with_button = [&](QLineEdit* edit, bool many) {
    auto* browse = new QToolButton(page);
    browse->setText(QStringLiteral("…"));
    browse->setToolTip(many ? tr("Choose files") : tr("Choose a file"));
    connect(browse, &QToolButton::clicked, this, [this, edit, many] { choose_file(*edit, many); });
    auto* row = new QHBoxLayout;
    row->setSpacing(spacing_small);
    row->addWidget(edit, 1);
    row->addWidget(browse);
    return row;
  };
  train_ = line(page, "dataset.train", tr("darcy_train_16.pt"));
  test_ = line(page, "dataset.test", tr("found beside it"));
  test_->setToolTip(test_->toolTip() + tr(" Several are separated by semicolons."));
  file_samples_ = number_box(page, "dataset.samples", {});
  file_test_samples_ = number_box(page, "dataset.test_samples", {});
  for (QSpinBox* box : {file_samples_, file_test_samples_}) box->setSpecialValueText(tr("all"));
  add_row(*rows, tr("Training file"), *train_, with_button(train_, false));
  add_row(*rows, tr("Test files"), *test_, with_button(test_, true));
  add_row(*rows, tr("Training samples"), *file_samples_);
  add_row(*rows, tr("Test samples"), *file_test_samples_);
  return page;
}

void DatasetForm::choose_file(QLineEdit& target, bool many) {
  const QString filter = tr("Samples (*.pt *.npy *.npz *.mat *.h5 *.hdf5);;All files (*)");
  const QString folder = QFileInfo(train_->text()).path();
  const QStringList files =
      many ? QFileDialog::getOpenFileNames(this, tr("Test files"), folder, filter)
           : QStringList{QFileDialog::getOpenFileName(this, tr("Training file"), folder, filter)};
  if (!files.isEmpty() && !files.front().isEmpty()) target.setText(files.join(QStringLiteral("; ")));
}

void DatasetForm::set_experiment(const Experiment& experiment) {
  filling_ = true;
  experiment_ = experiment;
  const DatasetSpec& d = experiment.dataset;
  // The page generates what the experiment names; the equation itself is chosen in its document.
  const GeneratedSource* source = find_generated_source(d.source == "file" ? DatasetSpec{}.source : d.source);
  if (source) source_->setItemText(generate, tr("Generate %1").arg(QString::fromStdString(source->title)));
  source_->setCurrentIndex(d.source == "file" ? from_file : generate);
  resolution_->setValue(d.resolution);
  // The page that is not in use starts from what suits it: a file is taken whole.
  const bool file = d.source == "file";
  const DatasetSpec usual;
  samples_->setValue(file ? usual.samples : d.samples);
  test_samples_->setValue(file ? usual.test_samples : d.test_samples);
  file_samples_->setValue(file ? d.samples : 0);
  file_test_samples_->setValue(file ? d.test_samples : 0);
  QStringList resolutions;
  for (const int r : d.test_resolutions) resolutions << QString::number(r);
  test_resolutions_->setText(resolutions.join(QStringLiteral(", ")));
  seed_->setText(QString::number(d.seed));
  train_->setText(QString::fromStdString(d.train));
  QStringList tests;
  for (const std::string& name : d.test) tests << QString::fromStdString(name);
  test_->setText(tests.join(QStringLiteral("; ")));
  filling_ = false;
  check();
}

DatasetSpec DatasetForm::spec() const {
  DatasetSpec d = experiment_.dataset;
  if (source_->currentIndex() == generate) {
    if (d.source == "file") d.source = DatasetSpec{}.source;
    d.resolution = resolution_->value();
    d.samples = samples_->value();
    d.test_samples = test_samples_->value();
    d.test_resolutions.clear();
    for (const QString& part : test_resolutions_->text().split(QLatin1Char(',')))
      if (!part.trimmed().isEmpty()) d.test_resolutions.push_back(part.trimmed().toInt());
    d.seed = seed_->text().trimmed().toULongLong();
    d.train.clear();
    d.test.clear();
  } else {
    d.source = "file";
    d.train = train_->text().trimmed().toStdString();
    d.test.clear();
    for (const QString& file : file_list(test_->text())) d.test.push_back(file.toStdString());
    d.samples = file_samples_->value();
    d.test_samples = file_test_samples_->value();
  }
  return d;
}

void DatasetForm::check() {
  if (filling_) return;
  const bool file = source_->currentIndex() == from_file;
  const std::map<QString, QWidget*> fields = {
      {QStringLiteral("dataset.resolution"), resolution_},
      {QStringLiteral("dataset.samples"), file ? file_samples_ : samples_},
      {QStringLiteral("dataset.test_samples"), file ? file_test_samples_ : test_samples_},
      {QStringLiteral("dataset.test_resolutions"), test_resolutions_},
      {QStringLiteral("dataset.seed"), seed_},
      {QStringLiteral("dataset.train"), train_},
      {QStringLiteral("dataset.test"), test_}};
  // The first problem of each field, in order.
  std::vector<std::pair<QWidget*, QString>> found;
  const auto add = [&](QWidget* field, const QString& sentence) {
    if (sentence.isEmpty()) return;
    for (const auto& [known, text] : found)
      if (known == field) return;
    found.emplace_back(field, sentence);
  };
  if (file) {
    const QString train = train_->text().trimmed();
    add(train_, train.isEmpty() ? tr("name a file of training samples") : file_problem(train));
    for (const QString& test : file_list(test_->text())) add(test_, file_problem(test));
  } else {
    bool number = false;
    seed_->text().trimmed().toULongLong(&number);
    if (!number)
      add(seed_,
          tr("“%1” is not a whole number from 0 to 18446744073709551615").arg(seed_->text().trimmed()));
    for (const QString& part : test_resolutions_->text().split(QLatin1Char(','), Qt::SkipEmptyParts)) {
      part.trimmed().toInt(&number);
      if (!number)
        add(test_resolutions_, tr("“%1” is not a whole number; write 64, 128").arg(part.trimmed()));
    }
  }
  Experiment experiment = experiment_;
  experiment.dataset = spec();
  for (const FieldProblem& problem : problems(experiment)) {
    const QString path = QString::fromStdString(problem.path).section(QLatin1Char('['), 0, 0);
    if (!path.startsWith(QStringLiteral("dataset"))) continue;
    const auto field = fields.find(path);
    add(field == fields.end() ? source_ : field->second, QString::fromStdString(problem.problem));
  }

  for (const auto& [path, widget] : fields) mark_problem(*widget, {});
  mark_problem(*source_, {});
  for (const auto& [widget, sentence] : found) mark_problem(*widget, sentence);
  problem_->setVisible(!found.empty());
  if (!found.empty()) {
    const QString label = found.front().first->accessibleName();
    problem_->setText(label + QStringLiteral(": ") + found.front().second);
  }
  valid_ = found.empty();
  Q_EMIT edited();
}

}  // namespace halfwave::widgets
