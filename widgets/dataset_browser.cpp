#include "widgets/dataset_browser.h"

#include "widgets/dataset_form.h"
#include "widgets/sample_files.h"
#include "widgets/sample_view.h"
#include "widgets/theme.h"
#include "widgets/wheel_guard.h"

#include <QBoxLayout>
#include <QDragEnterEvent>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QResizeEvent>

#include <algorithm>
#include <cmath>

namespace halfwave::widgets {

struct DatasetBrowser::Parts {
  QBoxLayout* layout = nullptr;
  QWidget* left = nullptr;
  DatasetForm* form = nullptr;
  QPushButton* load = nullptr;
  QLabel* message = nullptr;
  QWidget* progress_row = nullptr;
  QProgressBar* progress = nullptr;
  QLabel* progress_text = nullptr;
  QPushButton* cancel = nullptr;
  SampleView* samples = nullptr;
  bool loading = false;
  DatasetSpec last;  // what was last told by spec_changed
};

DatasetBrowser::DatasetBrowser(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {
  Parts& p = *parts_;
  p.left = new QWidget(this);
  QWidget* left = p.left;
  auto* column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(spacing);
  p.form = new DatasetForm(left);
  p.load = new QPushButton(left);
  p.load->setObjectName(QStringLiteral("load"));
  p.message = new QLabel(left);
  p.message->setObjectName(QStringLiteral("message"));
  p.message->setProperty("role", "problem");
  p.message->setTextFormat(Qt::PlainText);
  p.message->setWordWrap(true);
  p.message->hide();
  p.progress_row = new QWidget(left);
  auto* progress_layout = new QVBoxLayout(p.progress_row);
  progress_layout->setContentsMargins(0, 0, 0, 0);
  progress_layout->setSpacing(spacing_small);
  p.progress_text = new QLabel(p.progress_row);
  p.progress_text->setProperty("role", "hint");
  p.progress_text->setWordWrap(true);
  p.progress = new QProgressBar(p.progress_row);
  p.progress->setRange(0, 1000);
  p.cancel = new QPushButton(tr("Cancel"), p.progress_row);
  p.cancel->setObjectName(QStringLiteral("cancel"));
  auto* bar = new QHBoxLayout;
  bar->addWidget(p.progress, 1);
  bar->addWidget(p.cancel);
  progress_layout->addWidget(p.progress_text);
  progress_layout->addLayout(bar);
  p.progress_row->hide();
  column->addWidget(p.form);
  column->addWidget(p.load);
  column->addWidget(p.progress_row);
  column->addWidget(p.message);
  column->addStretch(1);

  p.samples = new SampleView(this);
  p.layout = new QBoxLayout(QBoxLayout::TopToBottom, this);
  p.layout->setContentsMargins(spacing, spacing, spacing, spacing);
  p.layout->setSpacing(spacing_large);
  p.layout->addWidget(left);
  p.layout->addWidget(p.samples, 1);

  connect(p.form, &DatasetForm::edited, this, &DatasetBrowser::check);
  connect(p.load, &QPushButton::clicked, this, [this] {
    parts_->message->hide();
    Q_EMIT request_load(spec());
  });
  connect(p.cancel, &QPushButton::clicked, this, [this] {
    parts_->cancel->setEnabled(false);
    parts_->progress_text->setText(tr("Cancelling…"));
    Q_EMIT request_cancel();
  });
  connect(p.samples, &SampleView::sample_shown, this, &DatasetBrowser::sample_shown);
  guard_wheel(*this);
  setAcceptDrops(true);
  p.last = spec();
  check();
}

DatasetBrowser::~DatasetBrowser() = default;

void DatasetBrowser::set_experiment(const Experiment& experiment) {
  parts_->last = experiment.dataset;
  parts_->form->set_experiment(experiment);
}

DatasetSpec DatasetBrowser::spec() const {
  return parts_->form->spec();
}
bool DatasetBrowser::valid() const {
  return parts_->form->valid();
}
bool DatasetBrowser::loading() const {
  return parts_->loading;
}

void DatasetBrowser::check() {
  Parts& p = *parts_;
  const DatasetSpec now = spec();
  p.load->setText(now.source == "file" ? tr("Open") : tr("Generate"));
  p.load->setEnabled(valid() && !p.loading);
  if (!valid() || now == p.last) return;
  p.last = now;
  p.message->hide();
  Q_EMIT spec_changed(now);
}

void DatasetBrowser::set_loading(bool on) {
  Parts& p = *parts_;
  if (on == p.loading) return;
  p.loading = on;
  p.form->setEnabled(!on);
  p.load->setVisible(!on);
  p.load->setEnabled(!on && valid());
  p.progress_row->setVisible(on);
  p.cancel->setEnabled(on);
}

void DatasetBrowser::set_progress(double fraction, const QString& what) {
  Parts& p = *parts_;
  p.message->hide();
  set_loading(true);
  p.progress->setValue(static_cast<int>(std::lround(1000.0 * std::clamp(fraction, 0.0, 1.0))));
  if (p.cancel->isEnabled()) p.progress_text->setText(what);
}

void DatasetBrowser::set_provider(std::shared_ptr<const SampleProvider> provider) {
  set_loading(false);
  parts_->message->hide();
  parts_->samples->set_provider(std::move(provider));
}

void DatasetBrowser::set_failed(const QString& sentence) {
  set_loading(false);
  parts_->message->setText(sentence);
  parts_->message->setVisible(!sentence.isEmpty());
}

void DatasetBrowser::show_sample(int set, int sample) {
  parts_->samples->show_sample(set, sample);
}

void DatasetBrowser::dragEnterEvent(QDragEnterEvent* event) {
  if (!loading() && !dragged_sample_files(*event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void DatasetBrowser::dropEvent(QDropEvent* event) {
  const QStringList files = dragged_sample_files(*event->mimeData());
  if (loading() || files.isEmpty()) return;
  event->acceptProposedAction();
  parts_->form->take_files(files);
  if (valid()) Q_EMIT request_load(spec());
}

void DatasetBrowser::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  // Side by side where there is room for it, so that the pictures are large.
  const bool wide = width() >= 720 && width() > height();
  parts_->layout->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
  parts_->left->setMaximumWidth(wide ? 340 : QWIDGETSIZE_MAX);
}

}  // namespace halfwave::widgets
