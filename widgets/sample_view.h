#pragma once

#include "widgets/dataset_browser.h"
#include "widgets/field_view.h"

#include <QWidget>

#include <memory>

class QComboBox;
class QFormLayout;
class QLabel;
class QSlider;
class QSpinBox;
class QStackedWidget;

namespace halfwave::widgets {

class FieldLines;

/// Input and output of one sample at a time, chosen by set, index and channel, with what is known about the
/// set. Keys: Page Up and Page Down go to the sample before and after, `,` and `.` to the output's channel.
class SampleView : public QWidget {
  Q_OBJECT
 public:
  explicit SampleView(QWidget* parent = nullptr);

  void set_provider(std::shared_ptr<const SampleProvider> provider);
  /// Ignored when there is no such sample.
  void show_sample(int set, int sample);
  FieldView* view() const { return view_; }

 Q_SIGNALS:
  void sample_shown(int set, int sample);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void choose_set();
  void show_current();
  void draw();
  void show_summary();
  void show_read_out(const std::optional<FieldPoint>& point);

  std::shared_ptr<const SampleProvider> provider_;
  Field input_, output_;
  QComboBox* set_ = nullptr;
  QSlider* slider_ = nullptr;
  QSpinBox* index_ = nullptr;
  QLabel* count_ = nullptr;
  SampleChannel* input_channel_ = nullptr;
  SampleChannel* output_channel_ = nullptr;
  QWidget* slice_row_ = nullptr;
  QSlider* slice_ = nullptr;
  QLabel* slice_text_ = nullptr;
  QStackedWidget* stack_ = nullptr;
  QLabel* placeholder_ = nullptr;
  FieldView* view_ = nullptr;
  FieldLines* lines_ = nullptr;
  QLabel* read_out_ = nullptr;
  QFormLayout* summary_ = nullptr;
  SampleStatistics* statistics_ = nullptr;
  QWidget* controls_ = nullptr;
};

}  // namespace halfwave::widgets
