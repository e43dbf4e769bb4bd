#include "widgets/field_slice.h"

#include <QStringList>

#include <algorithm>

namespace halfwave::widgets {

std::size_t points_of(const std::vector<int>& shape) {
  std::size_t points = 1;
  for (const int n : shape) points *= static_cast<std::size_t>(std::max(n, 0));
  return points;
}

QString shape_text(const std::vector<int>& shape) {
  QStringList sizes;
  for (const int n : shape) sizes << QString::number(n);
  return sizes.isEmpty() ? QStringLiteral("nothing") : sizes.join(QStringLiteral(" × "));
}

bool is_drawable(const Field& field) {
  return field.shape.size() >= 1 && field.shape.size() <= 3 && !field.values.empty() &&
         field.values.size() == points_of(field.shape);
}

int slices_of(const Field& field) {
  return field.shape.size() == 3 ? field.shape[0] : 1;
}

Field slice_of(const Field& field, int slice) {
  if (field.shape.size() != 3) return field;
  const std::size_t points = points_of({field.shape[1], field.shape[2]});
  const auto first =
      field.values.begin() + static_cast<std::ptrdiff_t>(points) * std::clamp(slice, 0, slices_of(field) - 1);
  return {{field.shape[1], field.shape[2]}, {first, first + static_cast<std::ptrdiff_t>(points)}};
}

}  // namespace halfwave::widgets
