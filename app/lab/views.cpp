#include "app/lab/views.h"

#include "app/lab/message_bar.h"
#include "widgets/compare_curves.h"
#include "widgets/compare_view.h"
#include "widgets/curve_plot.h"
#include "widgets/dataset_browser.h"
#include "widgets/field_panel.h"
#include "widgets/memory_plot.h"
#include "widgets/operator_form.h"
#include "widgets/precision_table.h"
#include "widgets/range_plot.h"
#include "widgets/run_table.h"
#include "widgets/spectrum_plot.h"
#include "widgets/training_form.h"

#include <QStackedWidget>

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
      range(new widgets::RangePlot(parent)),
      run_table(new widgets::RunTable(parent)),
      run_curves(new widgets::CompareCurves(parent)),
      curve_faces(new QStackedWidget(parent)) {
  curve_faces->addWidget(curves);
  curve_faces->addWidget(run_curves);
}

}  // namespace halfwave::lab
