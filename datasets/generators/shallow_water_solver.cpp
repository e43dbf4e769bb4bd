#include "datasets/generators/shallow_water_solver.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace halfwave::datasets {
namespace {

using State = ShallowWaterSolver::State;
using Spectrum = ShallowWaterSolver::Spectrum;

constexpr Spectrum State::*fields[] = {&State::geopotential, &State::vorticity, &State::divergence};

/// a = b + factor · c
void combine(State& a, const State& b, double factor, const State& c) {
  for (const auto field : fields) {
    const Spectrum &from = b.*field, &slope = c.*field;
    Spectrum& target = a.*field;
    target.resize(from.size());
    for (std::size_t i = 0; i < from.size(); ++i) target[i] = from[i] + factor * slope[i];
  }
}

}  // namespace

ShallowWaterSolver::ShallowWaterSolver(int latitudes, double diffusion, double tilt)
    : transform_(latitudes), diffusion_(diffusion) {
  for (auto* field : {&state.geopotential, &state.vorticity, &state.divergence})
    field->assign(transform_.modes(), 0.0);
  for (int i = 0; i < latitudes; ++i)
    for (int j = 0; j < 2 * latitudes; ++j) {
      const double sine = transform_.sines()[i], cosine = std::sqrt(1.0 - sine * sine);
      const double longitude = std::numbers::pi * j / latitudes;
      coriolis_.push_back(2.0 * (sine * std::cos(tilt) - std::cos(longitude) * cosine * std::sin(tilt)));
      secant_squared_.push_back(1.0 / (cosine * cosine));
    }
  first_.resize(transform_.points());
  second_.resize(transform_.points());
  energy_.resize(transform_.points());
  nothing_.assign(transform_.points(), 0.0);
}

Spectrum ShallowWaterSolver::balanced_geopotential(double mean) {
  state.geopotential.assign(transform_.modes(), 0.0);
  State slopes;
  slope(state, slopes);
  const auto& eigenvalues = transform_.eigenvalues();
  Spectrum result(transform_.modes());
  for (std::size_t i = 1; i < result.size(); ++i) result[i] = -slopes.divergence[i] / eigenvalues[i];
  result[0] = mean;
  return result;
}

// ζ_t = −∇·((ζ+f)v), δ_t = k·∇×((ζ+f)v) − ∇²(Φ + v²/2), Φ_t = −∇·(Φv).
void ShallowWaterSolver::slope(const State& at, State& result) {
  transform_.synthesise(at.vorticity, at.geopotential, zeta_, phi_);
  transform_.wind(at.vorticity, at.divergence, east_, north_);
  const std::size_t points = transform_.points();
  for (std::size_t i = 0; i < points; ++i) {
    const double absolute = zeta_[i] + coriolis_[i];
    first_[i] = absolute * east_[i];
    second_[i] = absolute * north_[i];
    energy_[i] = phi_[i] + 0.5 * secant_squared_[i] * (east_[i] * east_[i] + north_[i] * north_[i]);
  }
  transform_.derivatives(first_, second_, result.vorticity, result.divergence);
  transform_.analyse(energy_, nothing_, spectrum_, unused_);
  for (std::size_t i = 0; i < points; ++i) {
    first_[i] = phi_[i] * east_[i];
    second_[i] = phi_[i] * north_[i];
  }
  transform_.derivatives(first_, second_, result.geopotential, curl_);
  const auto& eigenvalues = transform_.eigenvalues();
  for (std::size_t i = 0; i < result.vorticity.size(); ++i) {
    result.vorticity[i] = -result.vorticity[i];
    result.geopotential[i] = -result.geopotential[i];
    result.divergence[i] += eigenvalues[i] * spectrum_[i];
  }
}

/// Greatest |v| + √Φ, from what the last slope left on the grid.
double ShallowWaterSolver::fastest_wave() {
  double fastest = 0.0;
  for (std::size_t i = 0; i < transform_.points(); ++i) {
    const double wind = std::sqrt(secant_squared_[i] * (east_[i] * east_[i] + north_[i] * north_[i]));
    const double speed = wind + std::sqrt(phi_[i]);
    if (!(speed <= fastest)) fastest = speed;  // also when it is no number
    if (!std::isfinite(fastest)) break;
  }
  return fastest;
}

void ShallowWaterSolver::advance(double time, const Progress& progress) {
  const double shortest_wave = transform_.truncation() + 1.0;
  const auto& eigenvalues = transform_.eigenvalues();
  const double top = eigenvalues.back() * eigenvalues.back();
  double done = 0.0;
  while (done < time) {
    if (progress.cancelled()) throw Cancelled();
    slope(state, stages_[0]);
    const double fastest = fastest_wave();
    if (!std::isfinite(fastest))
      throw RunError("The shallow water could not be solved: its geopotential is not positive everywhere.");
    const double remaining = std::ceil((time - done) * (fastest * shortest_wave + 2.0) / 1.5 - 1e-9);
    const bool ends = remaining <= 1.0;
    const double h = (time - done) / std::max(1.0, remaining);
    for (int stage = 1; stage < 4; ++stage) {
      combine(moved_, state, stage == 3 ? h : 0.5 * h, stages_[stage - 1]);
      slope(moved_, stages_[stage]);
    }
    for (const int stage : {0, 1, 2, 3})
      combine(state, state, h / (stage % 3 == 0 ? 6.0 : 3.0), stages_[stage]);
    if (diffusion_ > 0.0)
      for (std::size_t i = 0; i < eigenvalues.size(); ++i) {
        const double factor = std::exp(-diffusion_ * h * eigenvalues[i] * eigenvalues[i] / top);
        for (const auto field : fields) (state.*field)[i] *= factor;
      }
    done = ends ? time : done + h;
  }
}

}  // namespace halfwave::datasets
