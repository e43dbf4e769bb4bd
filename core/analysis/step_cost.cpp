#include "core/analysis/step_cost.h"

#include "core/analysis/transform_cost.h"
#include "core/error.h"
#include "core/operators/parameter_count.h"
#include "core/precision/stage_math.h"
#include "core/spectral/mode_layout.h"

#include <ATen/ATen.h>

#include <cmath>
#include <string>

namespace halfwave {
namespace {

// An erf, an exp or a tanh counts as 16: GELU is erf and 4 more, its derivative erf, exp and 8 more.
constexpr double gelu_flops = 20.0;
constexpr double gelu_backward_flops = 40.0;
constexpr double tanh_flops = 16.0;
constexpr double adam_flops = 12.0;
constexpr double fp32_bytes = 4.0;

/// How one stage of a layer computes, and how wide what it hands on lies in memory.
struct Carried {
  Format format = Format::fp32;
  double bytes = fp32_bytes;
};

class Counter {
 public:
  Counter(const OperatorSpec& spec, const CostProblem& problem, const Policy& policy, bool training)
      : spec_(spec), problem_(problem), policy_(policy), training_(training) {
    if (spec.type != "fno")
      throw RequestError("operator.type: the work of \"" + spec.type + "\" is not counted; only fno is");
    if (spec.engine != "dft" && spec.engine != "fft")
      throw RequestError("operator.engine: the work of \"" + spec.engine +
                         "\" is not counted; use fft or dft");
    if (policy.layers.size() != static_cast<std::size_t>(spec.layers) + 2)
      throw RequestError("The policy has " + std::to_string(policy.layers.size()) + " layers, the operator " +
                         std::to_string(spec.layers + 2) + ".");
    const ModeLayout layout = make_layout(problem.grid, spec.modes);
    batch_ = static_cast<double>(problem.batch);
    width_ = static_cast<double>(spec.width);
    points_ = batch_ * static_cast<double>(layout.point_count());
    modes_ = static_cast<double>(layout.mode_count());
  }

  std::vector<PartCost> count() {
    lifting();
    for (std::size_t layer = 1; layer <= static_cast<std::size_t>(spec_.layers); ++layer) block(layer);
    projection();
    if (training_) {
      loss();
      optimizer();
    }
    return std::move(parts_);
  }

 private:
  Arithmetic computed(std::size_t layer, Stage stage, bool backward) const {
    const StageContext context{policy_.layers[layer], layer, nullptr};
    return backward ? context.gradient_arithmetic(stage, on_cpu_) : context.arithmetic(stage, on_cpu_);
  }

  Carried carried(std::size_t layer, Stage stage, bool backward = false) const {
    const Arithmetic arithmetic = computed(layer, stage, backward);
    const Format format = arithmetic.format;
    if (format == Format::fp64) return {Format::fp64, 8.0};
    const bool transforms = stage == Stage::forward_transform || stage == Stage::inverse_transform;
    const bool native = arithmetic.native && !(transforms && spec_.engine == "fft");
    if (facts(format).storage_bits >= 32 || !native) return {Format::fp32, fp32_bytes};
    return {format, static_cast<double>(storage_bytes(format))};
  }

  double stored(std::size_t layer, Stage stage) const {
    return static_cast<double>(storage_bytes(policy_.layers[layer][stage]));
  }

  // Bytes written beside the pass to keep `count` values, none where they lie there in the format already.
  double kept(double count, double carried_bytes, double stored_bytes) const {
    return training_ && carried_bytes != stored_bytes ? count * stored_bytes : 0.0;
  }

  void add(StepPart part, bool backward, Format format, const Work& work) {
    if (backward && !training_) return;
    for (PartCost& known : parts_)
      if (known.part == part && known.backward == backward && known.format == format) {
        known.work += work;
        return;
      }
    parts_.push_back({part, backward, format, work});
  }

  // x · Wᵀ + b at every point.
  void linear(Work& work, double in, double out, bool bias) const {
    work.add_product(points_, in, out);
    if (bias) work.other_flops += points_ * out;
  }
  void linear_backward(Work& work, double in, double out, bool bias, bool input_gradient = true) const {
    if (input_gradient) work.add_product(points_, out, in);
    work.add_product(out, points_, in);
    if (bias) work.other_flops += points_ * out;
  }

  void mlp(Work& forward, Work& backward, double in, double hidden, double out, bool input_gradient) const {
    linear(forward, in, hidden, true);
    forward.other_flops += points_ * hidden * gelu_flops;
    linear(forward, hidden, out, true);
    linear_backward(backward, hidden, out, true);
    backward.other_flops += points_ * hidden * gelu_backward_flops;
    linear_backward(backward, in, hidden, true, input_gradient);
  }

  // A path around the block and its sum with what it runs beside; backward, its gradient joins another.
  void skip(Work& forward, Work& backward, const std::string& kind) const {
    const double values = points_ * width_;
    if (kind == "none") return;
    forward.other_flops += values;
    backward.other_flops += values;
    if (kind == "linear") {
      linear(forward, width_, width_, false);
      linear_backward(backward, width_, width_, false);
    }
    if (kind == "soft-gating") {
      forward.other_flops += values;
      backward.other_flops += 3.0 * values;
    }
  }

  Work transform(std::size_t layer, Stage stage, bool backward) const {
    return transform_work(spec_.engine, problem_.grid, spec_.modes, problem_.batch, spec_.width,
                          computed(layer, stage, backward));
  }

  double ratio(double of_width) const { return std::floor(of_width * width_); }

  void lifting() {
    const double in = problem_.in_channels;
    const double embedded = in + (spec_.grid_embedding ? static_cast<double>(spec_.modes.size()) : 0.0);
    Work forward, backward;
    mlp(forward, backward, embedded, ratio(spec_.lifting_ratio), width_, false);
    const Carried result = carried(0, Stage::pointwise), gradient = carried(0, Stage::pointwise, true);
    forward.bytes = points_ * (in * fp32_bytes + width_ * result.bytes);
    backward.bytes = points_ * (in * fp32_bytes + width_ * gradient.bytes);
    add(StepPart::lifting, false, result.format, forward);
    add(StepPart::lifting, true, gradient.format, backward);
  }

  void projection() {
    const std::size_t layer = policy_.layers.size() - 1;
    const double out = problem_.out_channels;
    Work forward, backward;
    mlp(forward, backward, width_, ratio(spec_.projection_ratio), out, true);
    const Carried before = carried(layer - 1, Stage::pointwise);
    const Carried gradient = carried(layer, Stage::pointwise, true);
    const double saved = stored(layer, Stage::saved_activations);
    forward.bytes =
        points_ * (width_ * before.bytes + out * fp32_bytes) + kept(points_ * width_, before.bytes, saved);
    backward.bytes = points_ * (width_ * (saved + gradient.bytes) + out * fp32_bytes);
    add(StepPart::projection, false, carried(layer, Stage::pointwise).format, forward);
    add(StepPart::projection, true, gradient.format, backward);
  }

  void block(std::size_t layer) {
    const Carried before = carried(layer - 1, Stage::pointwise);
    forward_transform(layer, before);
    contraction(layer);
    inverse_transform(layer);
    pointwise(layer, before);
  }

  void forward_transform(std::size_t layer, Carried before) {
    const LayerPolicy& row = policy_.layers[layer];
    const double field = points_ * width_, spectrum = 2.0 * batch_ * modes_ * width_;
    const Carried result = carried(layer, Stage::forward_transform);
    const Carried gradient = carried(layer, Stage::forward_transform, true);
    const Carried taken = carried(layer, Stage::contraction, true);
    const Carried beside = carried(layer, Stage::pointwise, true);
    Work forward = transform(layer, Stage::forward_transform, false);
    Work backward = transform(layer, Stage::forward_transform, true);
    forward.bytes = field * before.bytes + spectrum * result.bytes;
    // The gradient of the pointwise paths is there already and joins this one.
    backward.bytes = spectrum * taken.bytes + field * (beside.bytes + gradient.bytes);
    backward.other_flops += field;
    switch (row.stabilizer) {
      case Stabilizer::none:
        break;
      case Stabilizer::tanh:
        forward.other_flops += tanh_flops * field;
        backward.other_flops += (tanh_flops + 3.0) * field;
        break;
      case Stabilizer::hard_clip:
        forward.other_flops += 2.0 * field;
        backward.other_flops += 3.0 * field;
        break;
      case Stabilizer::sigma_clip:
        forward.other_flops += 6.0 * field;
        backward.other_flops += 9.0 * field;
        break;
      case Stabilizer::fixed_scale:
        forward.other_flops += field;
        backward.other_flops += field;
        break;
    }
    const bool needs_field = row.stabilizer != Stabilizer::none && row.stabilizer != Stabilizer::fixed_scale;
    if (needs_field) backward.bytes += field * stored(layer, Stage::saved_activations);
    add(StepPart::forward_transform, false, result.format, forward);
    add(StepPart::forward_transform, true, gradient.format, backward);
  }

  void contraction(std::size_t layer) {
    const double spectrum = 2.0 * batch_ * modes_ * width_, weights = 2.0 * modes_ * width_ * width_;
    const Carried taken = carried(layer, Stage::forward_transform);
    const Carried result = carried(layer, Stage::contraction);
    const Carried gradient = carried(layer, Stage::contraction, true);
    const Carried gradient_taken = carried(layer, Stage::inverse_transform, true);
    const double weight_bytes = stored(layer, Stage::weights);
    const double saved = stored(layer, Stage::contraction);
    // Four real products a complex one: of modes and weights; backward, two more such.
    Work forward, backward;
    forward.add_product(2.0 * batch_ * modes_, 2.0 * width_, width_);
    backward.add_product(2.0 * batch_ * modes_, 2.0 * width_, width_);
    backward.add_product(2.0 * width_ * modes_, 2.0 * batch_, width_);
    forward.bytes =
        spectrum * (taken.bytes + result.bytes) + weights * weight_bytes + kept(spectrum, taken.bytes, saved);
    backward.bytes =
        spectrum * (gradient_taken.bytes + saved + gradient.bytes) + 2.0 * weights * weight_bytes;
    add(StepPart::contraction, false, result.format, forward);
    add(StepPart::contraction, true, gradient.format, backward);
  }

  void inverse_transform(std::size_t layer) {
    const double field = points_ * width_, spectrum = 2.0 * batch_ * modes_ * width_;
    const Carried taken = carried(layer, Stage::contraction);
    const Carried result = carried(layer, Stage::inverse_transform);
    const Carried gradient = carried(layer, Stage::inverse_transform, true);
    const Carried gradient_taken = carried(layer, Stage::pointwise, true);
    Work forward = transform(layer, Stage::inverse_transform, false);
    Work backward = transform(layer, Stage::inverse_transform, true);
    forward.bytes = spectrum * taken.bytes + field * result.bytes;
    backward.bytes = field * gradient_taken.bytes + spectrum * gradient.bytes;
    add(StepPart::inverse_transform, false, result.format, forward);
    add(StepPart::inverse_transform, true, gradient.format, backward);
  }

  // One pass: the block's input and what the inverse transform gave go in, the block's output comes out, and
  // from these two the backward pass can compute all else.
  void pointwise(std::size_t layer, Carried before) {
    const double field = points_ * width_;
    const bool last = layer == static_cast<std::size_t>(spec_.layers);
    const Carried spectral = carried(layer, Stage::inverse_transform);
    const Carried result = carried(layer, Stage::pointwise);
    const Carried gradient = carried(layer, Stage::pointwise, true);
    const double saved = stored(layer, Stage::saved_activations);
    Work forward, backward;
    forward.other_flops += field;  // the spectral convolution's bias
    backward.other_flops += field;
    int activations = last ? 0 : 1;
    skip(forward, backward, spec_.skip);
    if (spec_.channel_mlp) {
      const auto hidden = static_cast<double>(std::lrint(width_ * spec_.channel_mlp_expansion));
      mlp(forward, backward, width_, hidden, width_, true);
      skip(forward, backward, spec_.channel_mlp_skip);
    }
    if (!last) ++activations;
    forward.other_flops += activations * field * gelu_flops;
    backward.other_flops += activations * field * gelu_backward_flops;
    forward.bytes = field * (before.bytes + spectral.bytes + result.bytes) +
                    kept(field, before.bytes, saved) + kept(field, spectral.bytes, saved);
    backward.bytes = field * (gradient.bytes + 2.0 * saved + 2.0 * gradient.bytes);
    add(StepPart::pointwise, false, result.format, forward);
    add(StepPart::pointwise, true, gradient.format, backward);
  }

  void loss() {
    const double values = points_ * problem_.out_channels;
    Work forward, backward;
    forward.other_flops = 5.0 * values;  // a difference and two sums of squares
    forward.bytes = 2.0 * values * fp32_bytes;
    backward.other_flops = 2.0 * values;
    backward.bytes = 3.0 * values * fp32_bytes;
    add(StepPart::loss, false, Format::fp32, forward);
    add(StepPart::loss, true, Format::fp32, backward);
  }

  // Weight and first moment are read and written, the second moment too, one for each complex number.
  void optimizer() {
    const double spectral = 2.0 * modes_ * width_ * width_;
    const double all =
        static_cast<double>(parameter_count(spec_, problem_.in_channels, problem_.out_channels));
    Work work;
    work.other_flops = adam_flops * all;
    double counted = 0.0;
    const auto update = [&](std::size_t layer, double numbers, double second_moments) {
      const Format format = policy_.layers[layer][Stage::weights];
      const double exact = format == Format::fp64 ? 8.0 : fp32_bytes;
      const double leaf = stored(layer, Stage::weights);
      work.bytes += numbers * (4.0 * exact + leaf) + 2.0 * second_moments * exact;
      if (leaf != exact) work.bytes += numbers * leaf;  // the stored weight beside its master
      counted += numbers;
    };
    for (std::size_t layer = 1; layer <= static_cast<std::size_t>(spec_.layers); ++layer)
      update(layer, spectral, spectral / 2.0);
    // The pointwise weights are few; they count as the first block's.
    const double rest = all - counted;
    update(1, rest, rest);
    add(StepPart::optimizer, false, Format::fp32, work);
  }

  const OperatorSpec& spec_;
  const CostProblem& problem_;
  const Policy& policy_;
  bool training_;
  at::Tensor on_cpu_ = at::empty({0});  ///< tells stages where they are computed
  double batch_ = 0.0, width_ = 0.0, points_ = 0.0, modes_ = 0.0;
  std::vector<PartCost> parts_;
};

}  // namespace

std::string_view name(StepPart part) {
  switch (part) {
    case StepPart::lifting:
      return "lifting";
    case StepPart::forward_transform:
      return "forward transform";
    case StepPart::contraction:
      return "contraction";
    case StepPart::inverse_transform:
      return "inverse transform";
    case StepPart::pointwise:
      return "pointwise";
    case StepPart::projection:
      return "projection";
    case StepPart::loss:
      return "loss";
    case StepPart::optimizer:
      break;
  }
  return "optimizer";
}

std::vector<PartCost> training_cost(const OperatorSpec& spec, const CostProblem& problem,
                                    const Policy& policy) {
  return Counter(spec, problem, policy, true).count();
}

std::vector<PartCost> inference_cost(const OperatorSpec& spec, const CostProblem& problem,
                                     const Policy& policy) {
  return Counter(spec, problem, policy, false).count();
}

}  // namespace halfwave
