#include "app/lab/run_opener.h"

#include "app/lab/data_loader.h"
#include "app/lab/document.h"
#include "app/lab/message_bar.h"
#include "app/lab/policy_controller.h"
#include "app/lab/run_fields.h"
#include "app/lab/run_views.h"
#include "app/lab/status_strip.h"
#include "app/lab/views.h"
#include "core/analysis/radial_spectrum.h"
#include "core/training/run_folder.h"
#include "widgets/field_panel.h"

#include <exception>
#include <optional>

namespace halfwave::lab {

struct RunOpener::Content {
  RunRecord record;
  std::optional<SnapshotEvent> snapshot;
  std::optional<SpectrumEvent> spectrum;
  std::string problem;

  void read(const std::filesystem::path& folder) {
    try {
      record = read_run(folder);
      snapshot = read_run_fields(folder);
      if (!snapshot) return;
      RadialSpectrum truth = radial_spectrum(snapshot->truth);
      RadialSpectrum prediction = radial_spectrum(snapshot->prediction);
      spectrum = SpectrumEvent{snapshot->step, std::move(truth.wavenumber), std::move(truth.power),
                               std::move(prediction.power)};
    } catch (const std::exception& error) {
      problem = error.what();
    }
  }
};

RunOpener::RunOpener(Parts parts, QObject* parent) : QObject(parent), parts_(parts) {
  // After the dataset panel has shown its first sample, which the run's fields then replace.
  connect(&parts_.loader, &DataLoader::loaded, this, [this] {
    if (std::exchange(waits_for_data_, false)) show_fields();
  });
}

RunOpener::~RunOpener() {
  if (thread_.joinable()) thread_.join();
}

void RunOpener::open(const QString& folder) {
  if (thread_.joinable()) return;
  folder_ = folder;
  content_ = std::make_unique<Content>();
  thread_ = std::thread([this, path = std::filesystem::path(folder.toStdString())] {
    content_->read(path);
    QMetaObject::invokeMethod(this, &RunOpener::show, Qt::QueuedConnection);
  });
}

void RunOpener::show() {
  thread_.join();
  if (!content_->problem.empty()) {
    Q_EMIT failed(QString::fromStdString(content_->problem));
    return;
  }
  const RunRecord& record = content_->record;
  parts_.document.replace(record.experiment);
  parts_.views.messages->dismiss();
  parts_.run_views.show_recorded(record, content_->spectrum);
  parts_.strip.set_peak(record.memory.peak_total);
  if (record.non_finite) parts_.policy.show_fault(*record.non_finite);
  show_fields();
  waits_for_data_ = true;
  parts_.loader.load(record.experiment.dataset);
  if (!record.message.empty()) {
    parts_.views.messages->show_message(MessageBar::Kind::information,
                                        QString::fromStdString(record.message));
  }
  Q_EMIT opened(folder_, record.experiment, record.state);
}

void RunOpener::show_fields() {
  if (content_->snapshot) {
    parts_.views.fields->set_snapshot(*content_->snapshot);
  } else {
    parts_.views.fields->clear(tr("This run has recorded no fields yet."));
  }
}

}  // namespace halfwave::lab
