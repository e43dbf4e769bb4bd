#include "datasets/surface_file.h"

#include <ATen/ATen.h>

namespace halfwave::datasets {
namespace {

std::vector<std::string> provenance_of(const BluffBodySpec& spec, std::int64_t points,
                                       std::int64_t triangles) {
  std::string solved = "Source panel method (Hess, Smith 1967), a constant source on each of ";
  const auto add = [&](std::uint64_t number, const char* text) {
    solved += std::to_string(number);
    solved += text;
  };
  add(static_cast<std::uint64_t>(triangles), " triangles between ");
  add(static_cast<std::uint64_t>(points), " points (");
  add(static_cast<std::uint64_t>(spec.stations), " rings along a body, ");
  add(static_cast<std::uint64_t>(spec.around), " points a ring); ");
  add(static_cast<std::uint64_t>(spec.samples), " samples, seed ");
  add(spec.seed, ", stream ");
  add(spec.stream, "");
  return {
      "Potential flow around random car-like bodies over the ground (z = 0), wind along x: no wake, hence "
      "no drag",
      solved, "points (samples, points, 3): x along the wind, y to the left, z up, in lengths of the body",
      "triangles (triangles, 3): rows of points, counted from 0, the same for every sample; the corners "
      "turn left when seen from outside",
      "pressure (samples, triangles): coefficient 1 − |v|²/|wind|² at the centre of each triangle"};
}

}  // namespace

NamedArrays bluff_body_arrays(const BluffBodySpec& spec, const Progress& progress) {
  const auto bodies = solve_bluff_bodies(spec, progress);
  // All bodies are one net of triangles, bent in different ways.
  const Surface& first = bodies.front().surface;
  const auto samples = static_cast<std::int64_t>(bodies.size());
  const auto points = static_cast<std::int64_t>(first.points.size());
  const auto triangles = static_cast<std::int64_t>(first.triangles.size());
  at::Tensor places = at::empty({samples, points, 3}, at::kFloat);
  at::Tensor corners = at::empty({triangles, 3}, at::kLong);
  at::Tensor pressure = at::empty({samples, triangles}, at::kFloat);
  auto* place = places.mutable_data_ptr<float>();
  auto* value = pressure.mutable_data_ptr<float>();
  for (const auto& body : bodies) {
    for (const Point& point : body.surface.points)
      for (double x : point) *place++ = static_cast<float>(x);
    for (double coefficient : body.pressure) *value++ = static_cast<float>(coefficient);
  }
  auto* corner = corners.mutable_data_ptr<std::int64_t>();
  for (const auto& triangle : first.triangles)
    for (int point : triangle) *corner++ = point;
  return {{{"points", places}, {"triangles", corners}, {"pressure", pressure}},
          {{"name", "Bodies in the wind"}},
          provenance_of(spec, points, triangles)};
}

std::optional<SurfaceCounts> surfaces_in(const ArrayFile& file) {
  const int points = file.find("points"), triangles = file.find("triangles"),
            pressure = file.find("pressure");
  if (points < 0 || triangles < 0 || pressure < 0) return std::nullopt;
  const auto shape = [&](int array) { return file.info(static_cast<std::size_t>(array)).shape; };
  const auto p = shape(points), t = shape(triangles), c = shape(pressure);
  if (p.size() != 3 || p[2] != 3 || t.size() != 2 || t[1] != 3 || c != std::vector{p[0], t[0]})
    return std::nullopt;
  return SurfaceCounts{p[0], p[1], t[0]};
}

std::string surface_problem() {
  return "holds values on surfaces of triangles, which are no grid to train on; samples on a grid are "
         "needed, "
         "for instance of \"halfwave dataset generate darcy\"";
}

}  // namespace halfwave::datasets
