#pragma once

#include "core/training/events.h"

#include <QString>

#include <cstddef>
#include <vector>

namespace halfwave::widgets {

/// Product of the sizes; 0 if one is not positive.
std::size_t points_of(const std::vector<int>& shape);
/// `64 × 64`.
QString shape_text(const std::vector<int>& shape);
/// True if there are 1 to 3 axes and as many values as points, at least one.
bool is_drawable(const Field& field);
/// How many slices a field has across its first axis: 1 unless it has three axes.
int slices_of(const Field& field);
/// The field itself, or one slice (from 0) across the first of three axes.
Field slice_of(const Field& field, int slice);

}  // namespace halfwave::widgets
