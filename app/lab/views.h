#pragma once

class QWidget;

namespace halfwave::widgets {
class CurvePlot;
class DatasetBrowser;
class FieldPanel;
class MemoryPlot;
class OperatorForm;
class PrecisionTable;
class SpectrumPlot;
class TrainingForm;
}  // namespace halfwave::widgets

namespace halfwave::lab {

class MessageBar;

/// The parts of the window, made once. Owned by `parent` until a layout or dock takes them.
struct Views {
  explicit Views(QWidget* parent);

  MessageBar* messages;
  widgets::DatasetBrowser* dataset;
  widgets::OperatorForm* op;
  widgets::TrainingForm* training;
  widgets::PrecisionTable* precision;
  widgets::FieldPanel* fields;
  widgets::CurvePlot* curves;
  widgets::SpectrumPlot* spectrum;
  widgets::MemoryPlot* memory;
};

}  // namespace halfwave::lab
