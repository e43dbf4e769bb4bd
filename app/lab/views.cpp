#include "app/lab/views.h"

#include "app/lab/message_bar.h"
#include "widgets/compare_view.h"
#include "widgets/curve_plot.h"
#include "widgets/dataset_browser.h"
#include "widgets/field_panel.h"
#include "widgets/memory_plot.h"
#include "widgets/operator_form.h"
#include "widgets/precision_table.h"
#include "widgets/range_plot.h"
#include "widgets/spectrum_plot.h"
#include "widgets/training_form.h"

namespace halfwave::lab {

Views::Views(QWidget* parent)
    : messages(new MessageBar(parent)),
      dataset(new widgets::DatasetBrowser(parent)),
      op(new widgets::OperatorForm(parent)),
      training(new widgets::TrainingForm(parent)),
      precision(new widgets::PrecisionTable(parent)),
      fields(new widgets::FieldPanel(parent)),
      compare(new widgets::CompareView(parent)),
      curves(new widgets::CurvePlot(parent)),
      spectrum(new widgets::SpectrumPlot(parent)),
      memory(new widgets::MemoryPlot(parent)),
      range(new widgets::RangePlot(parent)) {}

}  // namespace halfwave::lab
