#include "datasets/generated_text.h"

#include "core/experiment/generated_source.h"

#include <charconv>
#include <cmath>

namespace halfwave::datasets {
namespace {

std::string shortest(double value) {
  char text[40];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string grid_text(const std::vector<int>& grid) {
  std::string text;
  for (int points : grid) text += (text.empty() ? "" : "×") + std::to_string(points);
  return text;
}

struct Words {
  const char* source;
  const char *input, *output;
  const char *input_unit, *output_unit;
  const char *equation, *method;
};

constexpr Words words[] = {
    {"darcy", "coefficient a", "pressure u", "", "",
     "Darcy flow: −∇·(a∇u) = 1 on the unit square, u = 0 on the boundary, a made of a Gaussian random field "
     "with covariance (−Δ + 9)⁻²",
     "Finite volumes, values at the cell centres"},
    {"burgers", "initial u", "u", "", "",
     "Burgers' equation: u_t + (u²/2)_x = ν u_xx, periodic, u₀ a Gaussian random field with covariance "
     "625 (−Δ + 25)⁻²",
     "Fourier in x, exponential Runge–Kutta of order 4"},
    {"navier-stokes", "initial vorticity", "vorticity", "", "",
     "Vorticity of plane flow on the unit torus: w_t + v·∇w = ν Δw + f, w₀ a Gaussian random field with "
     "covariance 2·7³ (−Δ + 49)⁻⁵ᐟ²",
     "Fourier in space, Runge–Kutta of order 3 and Crank–Nicolson in time"},
    {"poisson", "source f", "solution u", "", "",
     "Poisson's equation: −Δu = f, f a Gaussian random field with covariance 625 (−Δ + 25)⁻²",
     "Exact in each mode"},
    {"heat", "initial u", "u", "", "",
     "Heat equation: u_t = κ Δu, u₀ a Gaussian random field with covariance 625 (−Δ + 25)⁻²",
     "Exact in each mode"},
    {"shallow-water", "initial geopotential, vorticity, divergence", "geopotential, vorticity, divergence",
     "", "",
     "Shallow water on the rotating Earth in units of its mean geopotential and angular velocity, from "
     "random "
     "balanced and unbalanced waves",
     "Spherical harmonics on a Gauss–Legendre grid, hyperdiffusion ∇⁴, Runge–Kutta of order 4"}};

}  // namespace

std::vector<std::pair<std::string, std::string>> parameters_of(const DatasetSpec& spec) {
  std::vector<std::pair<std::string, std::string>> list;
  const GeneratedSource* source = find_generated_source(spec.source);
  if (!source) return list;
  if (source->viscosity)
    list.emplace_back(spec.source == "heat" ? "diffusivity" : "viscosity", shortest(spec.viscosity));
  if (source->time) list.emplace_back("time", shortest(spec.time));
  if (source->most_frames > 1) list.emplace_back("frames", std::to_string(spec.frames));
  if (source->forcing) list.emplace_back("forcing", spec.forcing);
  if (source->boundary) list.emplace_back("boundary", spec.boundary);
  const DatasetSpec usual;
  if (source->coefficient && spec.coefficient != usual.coefficient)
    list.emplace_back("coefficient", spec.coefficient);
  return list;
}

void describe(Dataset& dataset, const DatasetSpec& spec, std::uint32_t stream) {
  const GeneratedSource* source = find_generated_source(spec.source);
  const std::string grid = grid_text(generated_grid(spec, spec.resolution));
  if (source) {
    dataset.name = source->title;
    dataset.name += " " + grid;
  }
  for (const Words& text : words) {
    if (text.source != spec.source) continue;
    dataset.input_name = text.input;
    dataset.output_name = text.output;
    dataset.input_unit = text.input_unit;
    dataset.output_unit = text.output_unit;
    dataset.provenance = {text.equation};
    std::string line = text.method;
    line += ", on " + grid + " points; " + std::to_string(spec.samples) + " samples, seed " +
            std::to_string(spec.seed) + ", stream " + std::to_string(stream);
    dataset.provenance.push_back(line);
  }
  std::string parameters;
  for (const auto& [key, value] : parameters_of(spec)) {
    if (!parameters.empty()) parameters += ", ";
    parameters += key + " " + value;
  }
  if (!parameters.empty()) dataset.provenance.push_back("With " + parameters);
}

}  // namespace halfwave::datasets
