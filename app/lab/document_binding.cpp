#include "app/lab/document_binding.h"

#include "app/lab/document.h"
#include "app/lab/policy_text.h"
#include "app/lab/views.h"
#include "widgets/dataset_browser.h"
#include "widgets/operator_form.h"
#include "widgets/spectrum_plot.h"
#include "widgets/training_form.h"

#include <algorithm>

namespace halfwave::lab {
namespace {

/// What cannot be read at all never reaches the document: the form's own mark tells, its sentence being the
/// tooltip and its path the name of the editor.
QString marked_in(const QWidget& form, const QString& panel) {
  for (const QWidget* editor : form.findChildren<QWidget*>()) {
    if (!editor->property("problem").toBool()) continue;
    const QString path = editor->objectName();
    return path.contains('.') || path == "seed" ? path + ": " + editor->toolTip()
                                                : panel + ": " + editor->toolTip();
  }
  return DocumentBinding::tr("%1: a field is wrong; it is marked there.").arg(panel);
}

}  // namespace

DocumentBinding::DocumentBinding(Document& document, const Views& views, QObject* parent)
    : QObject(parent), document_(document), views_(views) {
  connect(views.op, &widgets::OperatorForm::edited, this, &DocumentBinding::take_operator);
  connect(views.training, &widgets::TrainingForm::edited, this, [this] {
    document_.edit([this](Experiment& e) { views_.training->apply_to(e); });
    show_problems();
  });
  connect(views.dataset, &widgets::DatasetBrowser::spec_changed, this, [this](const DatasetSpec& spec) {
    taking_dataset_ = true;
    document_.edit([&spec](Experiment& e) { e.dataset = spec; });
    taking_dataset_ = false;
  });
  connect(&document, &Document::replaced, this, &DocumentBinding::show_document);
  connect(&document, &Document::stepped, this, &DocumentBinding::show_document);
  connect(&document, &Document::changed, this, [this] {
    // What is being typed is left alone.
    if (!taking_dataset_ && views_.dataset->valid()) views_.dataset->set_experiment(document_.experiment());
    show_problems();
  });
}

void DocumentBinding::take_operator() {
  const OperatorSpec spec = views_.op->spec();
  document_.edit([&spec](Experiment& e) {
    if (spec.layers != e.op.layers) drop_missing_layers(e.precision, spec.layers);
    e.op = spec;
  });
  show_problems();
}

void DocumentBinding::show_document() {
  const Experiment& experiment = document_.experiment();
  views_.dataset->set_experiment(experiment);
  views_.op->set_spec(experiment.op);
  views_.training->set_experiment(experiment);
  show_problems();
}

void DocumentBinding::show_problems() {
  const auto& problems = document_.problems();
  views_.op->set_problems(problems);
  views_.training->set_problems(problems);
  const auto& modes = document_.experiment().op.modes;
  views_.spectrum->set_modes(modes.empty() ? 0 : *std::min_element(modes.begin(), modes.end()));
  Q_EMIT problem_changed(problem());
}

bool DocumentBinding::has_unread_text() const {
  return document_.problems().empty() &&
         !(views_.dataset->valid() && views_.op->is_valid() && views_.training->is_valid());
}

bool DocumentBinding::owns(const QWidget& editor) const {
  return views_.dataset->isAncestorOf(&editor) || views_.op->isAncestorOf(&editor) ||
         views_.training->isAncestorOf(&editor);
}

QString DocumentBinding::problem() const {
  if (!document_.problems().empty()) {
    const FieldProblem& first = document_.problems().front();
    return QString::fromStdString(first.path + ": " + first.problem);
  }
  if (!views_.dataset->valid()) return marked_in(*views_.dataset, tr("Dataset"));
  if (!views_.op->is_valid()) return marked_in(*views_.op, tr("Operator"));
  if (!views_.training->is_valid()) return marked_in(*views_.training, tr("Training"));
  return {};
}

QString DocumentBinding::problem_dock() const {
  if (!document_.problems().empty()) {
    const QString path = QString::fromStdString(document_.problems().front().path);
    for (const char* dock : {"dataset", "operator"}) {
      if (path.startsWith(dock)) return dock;
    }
    return path.startsWith("precision.policy") || path.startsWith("precision.overrides") ? "precision"
                                                                                         : "training";
  }
  if (!views_.dataset->valid()) return "dataset";
  return views_.op->is_valid() ? "training" : "operator";
}

void DocumentBinding::set_read_only(bool read_only) {
  views_.op->set_read_only(read_only);
  views_.training->set_read_only(read_only);
}

}  // namespace halfwave::lab
