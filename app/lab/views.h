#pragma once

class QStackedWidget;
class QWidget;

namespace halfwave::widgets {
class CompareCurves;
class CompareView;
class CurvePlot;
class DatasetBrowser;
class FieldPanel;
class MemoryPlot;
class OperatorForm;
class PrecisionTable;
class RangePlot;
class RunTable;
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
  widgets::CompareView* compare;
  widgets::CurvePlot* curves;
  widgets::SpectrumPlot* spectrum;
  widgets::MemoryPlot* memory;
  widgets::RangePlot* range;
  widgets::RunTable* run_table;
  widgets::CompareCurves* run_curves;  ///< of the runs that are selected in the table
  QStackedWidget* curve_faces;         ///< `curves`, `run_curves`
};

}  // namespace halfwave::lab
