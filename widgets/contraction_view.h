#pragma once

#include "core/experiment/experiment.h"
#include "core/spectral/weight_forms.h"

#include <QWidget>

#include <memory>

namespace halfwave::widgets {

class ContractionTable;

/// In which order a Fourier layer's contraction would be carried out, and what it would cost, for several
/// forms of its weights; or the same for any einsum that is typed. Both orders stand side by side.
class ContractionView : public QWidget {
  Q_OBJECT
 public:
  explicit ContractionView(QWidget* parent = nullptr);
  ~ContractionView() override;

  /// The layer that is planned: its modes and width, and the batch.
  void set_layer(const OperatorSpec& op, int batch);
  void set_form(WeightForm form);
  void set_rank(double share);
  void set_format(Format format);
  /// Plans a typed expression with sizes as `b=16 i=32`.
  void set_einsum(const QString& expression, const QString& sizes);

  ContractionTable* table(PlanStrategy strategy) const;
  /// What is said when there is nothing to plan; empty when there is.
  QString problem() const;
  /// Ranks and parameters, in a sentence.
  QString facts() const;

 private:
  void build();
  void replan();

  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace halfwave::widgets
