#include "app/lab/data_controller.h"

#include "app/lab/data_loader.h"
#include "app/lab/message_bar.h"
#include "app/lab/sample_provider.h"
#include "app/lab/status_strip.h"
#include "app/lab/training_bridge.h"
#include "app/lab/views.h"
#include "core/training/events.h"
#include "widgets/dataset_browser.h"
#include "widgets/field_panel.h"
#include "widgets/operator_form.h"

namespace halfwave::lab {
namespace {

// Sets are numbered from the training set.
constexpr int first_test_set = 1;

}  // namespace

DataController::DataController(DataLoader& loader, TrainingBridge& bridge, const Views& views,
                               StatusStrip& strip, QObject* parent)
    : QObject(parent), loader_(loader), bridge_(bridge), views_(views), strip_(strip) {
  connect(views.dataset, &widgets::DatasetBrowser::request_load, &loader, &DataLoader::load);
  connect(views.dataset, &widgets::DatasetBrowser::request_cancel, &loader, &DataLoader::cancel);
  connect(views.dataset, &widgets::DatasetBrowser::sample_shown, this, &DataController::show_sample);
  connect(&loader, &DataLoader::started, this, [this] {
    views_.dataset->set_progress(0.0, tr("Preparing data"));
    if (!bridge_.active()) strip_.set_work(-1.0, tr("preparing data"));
  });
  connect(&loader, &DataLoader::progress, this, [this](double fraction, const QString& what) {
    views_.dataset->set_progress(fraction, what);
    if (!bridge_.active()) strip_.set_work(fraction, what);
  });
  connect(&loader, &DataLoader::loaded, this, &DataController::show_data);
  connect(&loader, &DataLoader::failed, this, [this](const QString&, const QString& sentence) {
    if (!bridge_.active()) strip_.clear_progress();
    views_.dataset->set_failed(sentence);
    views_.messages->show_message(MessageBar::Kind::error, sentence);
  });
  connect(&loader, &DataLoader::cancelled, this, [this] {
    if (!bridge_.active()) strip_.clear_progress();
    views_.dataset->set_failed(tr("Cancelled; what was shown before is unchanged."));
  });
}

void DataController::show_data() {
  if (!bridge_.active()) strip_.clear_progress();
  provider_ = std::make_shared<const BundleProvider>(loader_.source(), loader_.spec());
  const auto named = [](const std::string& name, const std::string& unit) {
    return widgets::FieldName{QString::fromStdString(name), QString::fromStdString(unit)};
  };
  views_.op->set_channels(provider_->in_channels(), provider_->out_channels());
  test_sample_ = 0;
  if (!bridge_.active()) {
    // Snapshots are of the first channel.
    views_.fields->set_names(named(provider_->input_channels().front().title, provider_->input_unit()),
                             named(provider_->output_channels().front().title, provider_->output_unit()));
  }
  views_.dataset->set_provider(provider_);
  views_.dataset->show_sample(provider_->sets() > first_test_set ? first_test_set : 0, 0);
}

void DataController::show_sample(int set, int sample) {
  if (!provider_) return;
  if (set == first_test_set) {
    test_sample_ = sample;
    if (bridge_.active() && loader_.data() == bridge_.request().data) bridge_.set_snapshot_sample(sample);
  }
  if (!bridge_.active()) views_.fields->set_snapshot(provider_->snapshot(set, sample));
}

}  // namespace halfwave::lab
