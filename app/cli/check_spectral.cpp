#include "app/cli/self_check.h"
#include "core/spectral/contraction.h"
#include "core/spectral/engine.h"
#include "core/spectral/spectral_conv.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/grad_mode.h>

#include <complex>
#include <numbers>

namespace halfwave::cli {
namespace {

constexpr std::int64_t batch = 2;
constexpr std::int64_t channels = 3;

/// Odd, prime, even, not powers of two, in one to three dimensions; all modes and few of them.
std::vector<ModeLayout> layouts() {
  return {
      make_layout({16}, {6}),         make_layout({17}, {17}),           make_layout({97}, {24}),
      make_layout({16, 16}, {8, 8}),  make_layout({12, 15}, {5, 6}),     make_layout({7, 11}, {7, 11}),
      make_layout({64, 48}, {16, 8}), make_layout({5, 6, 7}, {3, 4, 4}), make_layout({8, 8, 8}, {8, 8, 8})};
}

std::vector<std::int64_t> shape_of(std::vector<std::int64_t> middle,
                                   std::initializer_list<std::int64_t> front) {
  middle.insert(middle.begin(), front);
  middle.push_back(channels);
  return middle;
}

at::Tensor random_field(const ModeLayout& layout, at::Generator& random) {
  return at::randn(shape_of(layout.grid, {batch}), random, at::kDouble);
}
at::Tensor random_modes(const ModeLayout& layout, at::Generator& random) {
  return at::randn(shape_of(layout.modes, {batch, 2}), random, at::kDouble);
}

/// e^(sign·2πi k·x/n) for every kept mode and point along one axis: (modes, points).
at::Tensor axis_matrix(const ModeLayout& layout, std::size_t axis, double sign) {
  const auto frequencies = kept_frequencies(layout, axis);
  const std::int64_t n = layout.grid[axis];
  at::Tensor matrix = at::empty({static_cast<std::int64_t>(frequencies.size()), n}, at::kComplexDouble);
  auto* out = matrix.data_ptr<c10::complex<double>>();
  for (std::int64_t k : frequencies)
    for (std::int64_t x = 0; x < n; ++x) {
      // Reduced before the division, so that the angle is exact to the last bit.
      const double angle =
          sign * 2.0 * std::numbers::pi * static_cast<double>((k * x) % n) / static_cast<double>(n);
      *out++ = {std::cos(angle), std::sin(angle)};
    }
  return matrix;
}

/// Multiplies a matrix along the axis `axis + 1` of a complex tensor.
at::Tensor along(const at::Tensor& matrix, const at::Tensor& x, std::size_t axis) {
  const auto dim = static_cast<std::int64_t>(axis) + 1;
  return at::matmul(x.movedim(dim, -1), matrix.t()).movedim(-1, dim);
}

/// The definition of the truncated transform, sum by sum in fp64: (B, axis…, C) → (B, 2, mode…, C).
at::Tensor reference_transform(const at::Tensor& field, const ModeLayout& layout) {
  at::Tensor z = field.to(at::kComplexDouble);
  for (std::size_t axis = 0; axis < layout.axes(); ++axis)
    z = along(axis_matrix(layout, axis, -1.0), z, axis);
  z = z / static_cast<double>(layout.point_count());
  return at::stack({at::real(z), at::imag(z)}, 1);
}

/// v_x = Σ_k c_k Re(ẑ_k e^(2πi k·x/n)).
at::Tensor reference_inverse(const at::Tensor& modes, const ModeLayout& layout) {
  at::Tensor z = at::complex(modes.select(1, 0).contiguous(), modes.select(1, 1).contiguous());
  const auto last = layout.axes() - 1;
  at::Tensor weight = at::empty({layout.modes[last]}, at::kDouble);
  for (std::int64_t k = 0; k < layout.modes[last]; ++k)
    weight.data_ptr<double>()[k] = k > 0 && 2 * k < layout.grid[last] ? 2.0 : 1.0;
  z = (z.movedim(static_cast<std::int64_t>(last) + 1, -1) * weight)
          .movedim(-1, static_cast<std::int64_t>(last) + 1);
  for (std::size_t axis = 0; axis < layout.axes(); ++axis)
    z = along(axis_matrix(layout, axis, 1.0).t(), z, axis);
  return at::real(z).contiguous();
}

/// Largest difference over the largest magnitude of the reference.
double relative_error(const at::Tensor& actual, const at::Tensor& reference) {
  const auto scale = reference.abs().max().item<double>();
  return (actual.to(at::kDouble) - reference).abs().max().item<double>() / (scale > 0.0 ? scale : 1.0);
}

at::Tensor in_working_type(const at::Tensor& x, Format format) {
  return x.to(format == Format::fp64 ? at::kDouble : at::kFloat);
}

/// What may be lost: sums of a few thousand terms in fp64 and fp32; for a narrow format the roundings of the
/// operands and of each pass's result, a handful of unit roundoffs of values near the largest. Strict sums
/// are rounded at each of up to some hundred terms, errors that mostly cancel.
double tolerance_of(Arithmetic arithmetic) {
  if (arithmetic.format == Format::fp64) return 1e-12;
  if (arithmetic.format == Format::fp32) return 1e-5;
  const double unit = facts(arithmetic.format).unit_roundoff;
  if (arithmetic.strict) return 32.0 * unit;
  return (storage_bytes(arithmetic.format) > 1 ? 8.0 : 4.0) * unit;
}

/// Every format; fp16 with each partial sum rounded, too.
std::vector<Arithmetic> checked_arithmetics() {
  std::vector<Arithmetic> all;
  for (Format format : all_formats) all.push_back(Arithmetic::of(format, at::kCPU));
  Arithmetic strict = Arithmetic::of(Format::fp16, at::kCPU);
  strict.strict = true;
  all.push_back(strict);
  return all;
}

std::string text_of(Arithmetic arithmetic) {
  std::string text(name(arithmetic.format));
  if (arithmetic.strict) text += " strict";
  return text;
}

void check_engine(const std::string& engine_name, Arithmetic arithmetic, std::vector<SelfCheck>& checks) {
  const auto engine = make_engine(engine_name);
  const Format format = arithmetic.format;
  const std::string subject = engine_name + " " + text_of(arithmetic);
  auto random = at::make_generator<at::CPUGeneratorImpl>(1);
  checks.push_back(run_check("transform", subject, tolerance_of(arithmetic), [&](Deviation& deviation) {
    for (const auto& layout : layouts()) {
      const at::Tensor field = random_field(layout, random);
      deviation.add(relative_error(engine->transform(in_working_type(field, format), layout, arithmetic),
                                   reference_transform(field, layout)));
    }
  }));
  checks.push_back(
      run_check("inverse transform", subject, tolerance_of(arithmetic), [&](Deviation& deviation) {
        for (const auto& layout : layouts()) {
          const at::Tensor modes = random_modes(layout, random);
          deviation.add(relative_error(engine->inverse(in_working_type(modes, format), layout, arithmetic),
                                       reference_inverse(modes, layout)));
        }
      }));
}

/// ⟨T v, w⟩ = ⟨v, T* w⟩ for both maps, in fp64.
void check_adjoints(const std::string& engine_name, std::vector<SelfCheck>& checks) {
  const auto engine = make_engine(engine_name);
  const Arithmetic exact = Arithmetic::of(Format::fp64, at::kCPU);
  auto random = at::make_generator<at::CPUGeneratorImpl>(2);
  const auto product = [](const at::Tensor& a, const at::Tensor& b) { return (a * b).sum().item<double>(); };
  const auto norms = [](const at::Tensor& a, const at::Tensor& b) {
    return a.norm().item<double>() * b.norm().item<double>();
  };
  checks.push_back(run_check("adjoints", engine_name + " fp64", 1e-12, [&](Deviation& deviation) {
    for (const auto& layout : layouts()) {
      const at::Tensor field = random_field(layout, random);
      const at::Tensor modes = random_modes(layout, random);
      const at::Tensor forward = engine->transform(field, layout, exact);
      const at::Tensor back = engine->transform_adjoint(modes, layout, exact);
      deviation.add(std::abs(product(forward, modes) - product(field, back)) / norms(forward, modes));
      const at::Tensor inverse = engine->inverse(modes, layout, exact);
      const at::Tensor inverse_back = engine->inverse_adjoint(field, layout, exact);
      deviation.add(std::abs(product(inverse, field) - product(modes, inverse_back)) / norms(inverse, field));
    }
  }));
}

at::Tensor complex_modes(const at::Tensor& modes) {
  return at::complex(modes.select(1, 0).contiguous(), modes.select(1, 1).contiguous()).flatten(1, -2);
}
/// (mode…, 2, C_in, C_out) → complex (modes, C_in, C_out).
at::Tensor complex_weight(const at::Tensor& weight) {
  return at::complex(weight.select(-3, 0).contiguous(), weight.select(-3, 1).contiguous()).flatten(0, -3);
}
at::Tensor parts(const at::Tensor& z, int dim) {
  return at::stack({at::real(z), at::imag(z)}, dim);
}

void check_contraction(Arithmetic arithmetic, std::vector<SelfCheck>& checks) {
  const Format format = arithmetic.format;
  auto random = at::make_generator<at::CPUGeneratorImpl>(3);
  constexpr std::int64_t out_channels = 5;
  checks.push_back(
      run_check("contraction", text_of(arithmetic), tolerance_of(arithmetic), [&](Deviation& deviation) {
        for (const auto& layout : layouts()) {
          const at::Tensor modes = random_modes(layout, random);
          auto weight_shape = layout.modes;
          weight_shape.insert(weight_shape.end(), {2, channels, out_channels});
          const at::Tensor weight = at::randn(weight_shape, random, at::kDouble);
          auto gradient_shape = shape_of(layout.modes, {batch, 2});
          gradient_shape.back() = out_channels;
          const at::Tensor gradient = at::randn(gradient_shape, random, at::kDouble);
          const at::Tensor z = complex_modes(modes);
          const at::Tensor r = complex_weight(weight);
          const at::Tensor g = complex_modes(gradient);
          const auto x = [&](const at::Tensor& t) { return in_working_type(t, format); };
          deviation.add(relative_error(contract(x(modes), x(weight), arithmetic).flatten(2, -2),
                                       parts(at::einsum("bki,kio->bko", {z, r}), 1)));
          deviation.add(
              relative_error(contract_adjoint_modes(x(gradient), x(weight), arithmetic).flatten(2, -2),
                             parts(at::einsum("bko,kio->bki", {g, r.conj()}), 1)));
          deviation.add(relative_error(
              contract_adjoint_weight(x(gradient), x(modes), x(weight), arithmetic).flatten(0, -4),
              parts(at::einsum("bko,bki->kio", {g, z.conj()}), 1)));
        }
      }));
}

StageContext exact_context(Stabilizer stabilizer) {
  StageContext context;
  for (auto stage : all_stages) context.policy[stage] = Format::fp64;
  context.policy.stabilizer = stabilizer;
  return context;
}

/// Moves values away from where a clip has its corner, so that differences do not reach across it.
at::Tensor clear_of_corners(at::Tensor field, const LayerPolicy& layer) {
  constexpr double distance = 1e-3;
  for (int round = 0; round < 20; ++round) {
    at::Tensor centre = at::zeros({1, 1}, at::kDouble);
    at::Tensor reach = at::full({1, 1}, layer.level(), at::kDouble);
    const at::Tensor samples = field.flatten(1);
    if (layer.stabilizer == Stabilizer::sigma_clip) {
      centre = samples.mean(1, true);
      reach = layer.level() * (samples - centre).square().mean(1, true).sqrt();
    }
    const at::Tensor near = ((samples - centre).abs() - reach).abs() < distance;
    if (!near.any().item<bool>()) break;
    field = at::where(near, samples - 3.0 * distance * samples.sign(), samples).view(field.sizes());
  }
  return field;
}

/// Gradients of the whole spectral convolution against central differences along random directions, in fp64.
void check_convolution(const std::string& engine_name, Stabilizer stabilizer,
                       std::vector<SelfCheck>& checks) {
  const std::string subject = engine_name + " stabilizer " + std::string(name(stabilizer));
  auto random = at::make_generator<at::CPUGeneratorImpl>(4);
  // Step 1e-5: truncation of order 1e-10 and rounding of order 1e-11 of the value.
  checks.push_back(run_check("spectral convolution", subject, 1e-7, [&](Deviation& deviation) {
    const auto engine = make_engine(engine_name);
    for (const auto& layout : layouts()) {
      auto weight_shape = layout.modes;
      weight_shape.insert(weight_shape.end(), {2, channels, channels});
      at::Tensor field = random_field(layout, random);
      if (stabilizer == Stabilizer::hard_clip || stabilizer == Stabilizer::sigma_clip)
        field = clear_of_corners(field, exact_context(stabilizer).policy);
      field.requires_grad_();
      const at::Tensor weight = at::randn(weight_shape, random, at::kDouble).requires_grad_();
      const at::Tensor bias = at::randn({channels}, random, at::kDouble).requires_grad_();
      const at::Tensor target = random_field(layout, random);
      const auto value = [&](const at::Tensor& f, const at::Tensor& w, const at::Tensor& b) {
        return (spectral_conv(f, w, b, layout, engine, exact_context(stabilizer)) * target).sum();
      };
      const auto gradients = torch::autograd::grad({value(field, weight, bias)}, {field, weight, bias});
      const at::NoGradGuard no_grad;
      const at::Tensor df = at::randn(field.sizes(), random, at::kDouble);
      const at::Tensor dw = at::randn(weight.sizes(), random, at::kDouble);
      const at::Tensor db = at::randn(bias.sizes(), random, at::kDouble);
      constexpr double h = 1e-5;
      const double expected = (value(field + h * df, weight + h * dw, bias + h * db) -
                               value(field - h * df, weight - h * dw, bias - h * db))
                                  .item<double>() /
                              (2.0 * h);
      const double found =
          ((gradients[0] * df).sum() + (gradients[1] * dw).sum() + (gradients[2] * db).sum()).item<double>();
      const double scale = gradients[0].norm().item<double>() * df.norm().item<double>() +
                           gradients[1].norm().item<double>() * dw.norm().item<double>();
      deviation.add(std::abs(found - expected) / scale);
    }
  }));
}

}  // namespace

void check_spectral(std::vector<SelfCheck>& checks) {
  const auto arithmetics = checked_arithmetics();
  for (const char* engine : {"fft", "dft"}) {
    for (const auto& arithmetic : arithmetics) check_engine(engine, arithmetic, checks);
    check_adjoints(engine, checks);
    for (const auto stabilizer : all_stabilizers) check_convolution(engine, stabilizer, checks);
  }
  for (const auto& arithmetic : arithmetics) check_contraction(arithmetic, checks);
}

}  // namespace halfwave::cli
