#include "app/lab/versions.h"

#include "widgets/qcustomplot_header.h"

#include <Eigen/Core>
#include <nlohmann/json.hpp>
#include <torch/version.h>
#include <vtkVersionMacros.h>

namespace halfwave::lab {

PartVersions part_versions() {
  const auto dotted = [](int a, int b, int c) { return QStringLiteral("%1.%2.%3").arg(a).arg(b).arg(c); };
  return {TORCH_VERSION, VTK_VERSION, QCUSTOMPLOT_VERSION_STR,
          dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION),
          dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)};
}

}  // namespace halfwave::lab
