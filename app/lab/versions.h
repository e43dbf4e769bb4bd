#pragma once

#include <QString>

namespace halfwave::lab {

/// Versions of the libraries the window was built with.
struct PartVersions {
  QString libtorch, vtk, qcustomplot, eigen, json;
};
PartVersions part_versions();

}  // namespace halfwave::lab
