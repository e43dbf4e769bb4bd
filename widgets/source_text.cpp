#include "widgets/source_text.h"

#include "core/experiment/generated_source.h"
#include "widgets/field_slice.h"

#include <QCoreApplication>

namespace halfwave::widgets {
namespace {

constexpr auto context = "SourceText";

struct Equation {
  const char* source;
  const char* sentence;
};

constexpr Equation equations[] = {
    {"darcy",
     QT_TRANSLATE_NOOP("SourceText",
                       "From a permeability a to the pressure u: −∇·(a∇u) = 1 on the unit square, u = 0 "
                       "on its edge.")},
    {"poisson", QT_TRANSLATE_NOOP("SourceText", "From a source f to u: −Δu = f on the unit square.")},
    {"heat",
     QT_TRANSLATE_NOOP("SourceText",
                       "From a temperature u₀ to u at later times: ∂u/∂t = κΔu on the unit square, κ the "
                       "diffusivity.")},
    {"burgers",
     QT_TRANSLATE_NOOP("SourceText",
                       "From u₀(x) to u at later times: ∂u/∂t + ∂(u²/2)/∂x = ν ∂²u/∂x², periodic on [0, "
                       "1]. With more than one frame the target is u(t, x) on a plane.")},
    {"navier-stokes",
     QT_TRANSLATE_NOOP("SourceText",
                       "From a vorticity w₀ to w at later times: ∂w/∂t + v·∇w = νΔw + f on the "
                       "torus, v the flow without divergence whose curl is w.")},
    {"shallow-water",
     QT_TRANSLATE_NOOP(
         "SourceText",
         "From geopotential Φ, vorticity ζ and divergence δ to the same later: a layer of water on "
         "a rotating sphere.")},
};

}  // namespace

QString equation_of(std::string_view source) {
  for (const Equation& equation : equations)
    if (source == equation.source) return QCoreApplication::translate(context, equation.sentence);
  return {};
}

QString grid_sentence(const DatasetSpec& spec) {
  const std::vector<int> grid = generated_grid(spec, spec.resolution);
  if (grid.empty()) return {};
  const GeneratedSource* source = find_generated_source(spec.source);
  QString axes = grid.size() == 1 ? QCoreApplication::translate(context, "points along x")
                                  : QCoreApplication::translate(context, "rows × columns");
  if (source->frames_are_an_axis && grid.size() == 2)
    axes = QCoreApplication::translate(context, "times × points along x");
  if (spec.source == "shallow-water") axes = QCoreApplication::translate(context, "latitudes × longitudes");
  return QCoreApplication::translate(context, "Grid: %1 (%2).").arg(shape_text(grid), axes);
}

}  // namespace halfwave::widgets
