#pragma once

#include "app/lab/parts.h"

#include <QObject>

#include <cstdint>
#include <vector>

namespace halfwave::lab {

/// The modes that an operator could have on these grids (one a set), as close to `modes` as they carry: the
/// same number of axes, never more modes than the coarsest grid has points. Equal to `modes` when those fit.
std::vector<int> fitting_modes(const std::vector<int>& modes,
                               const std::vector<std::vector<std::int64_t>>& grids);

/// When data has come that the operator does not fit, says so and offers modes that do.
class ModesAdvisor : public QObject {
  Q_OBJECT
 public:
  explicit ModesAdvisor(Parts parts, QObject* parent = nullptr);

 private:
  void look();
  void apply();

  Parts parts_;
  std::vector<int> offer_;
  QString said_;  // with the button
};

}  // namespace halfwave::lab
