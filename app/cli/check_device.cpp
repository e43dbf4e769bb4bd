#include "app/cli/self_check.h"
#include "core/device/cuda_module.h"
#include "core/error.h"
#include "core/operators/pointwise.h"
#include "core/precision/range_statistics.h"
#include "core/precision/round_tensor.h"
#include "core/precision/stabilizer.h"
#include "core/spectral/contraction.h"
#include "core/spectral/half_fft.h"
#include "core/spectral/spectral_conv.h"

#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <array>

namespace halfwave::cli {
namespace {

constexpr std::array formats = {Format::fp64, Format::fp32,     Format::tf32,    Format::bf16,
                                Format::fp16, Format::fp8_e4m3, Format::fp8_e5m2};

struct Shape {
  ModeLayout layout;
  std::int64_t batch, channels;
};

/// Odd, prime, even, powers of two, one sample and many channels, one to three dimensions, and a large field.
std::vector<Shape> shapes() {
  return {{make_layout({17}, {17}), 2, 3},           {make_layout({97}, {24}), 1, 5},
          {make_layout({16, 16}, {8, 8}), 1, 1},     {make_layout({12, 15}, {5, 6}), 3, 4},
          {make_layout({7, 11}, {7, 11}), 2, 7},     {make_layout({64, 32}, {64, 32}), 2, 33},
          {make_layout({8, 8, 8}, {8, 8, 8}), 2, 3}, {make_layout({128, 128}, {32, 32}), 4, 32}};
}

at::Tensor random_tensor(std::vector<std::int64_t> shape, at::Generator& random) {
  return at::randn(shape, random, at::kDouble);
}

std::vector<std::int64_t> field_shape(const Shape& s) {
  std::vector<std::int64_t> shape{s.batch};
  shape.insert(shape.end(), s.layout.grid.begin(), s.layout.grid.end());
  shape.push_back(s.channels);
  return shape;
}

/// What may be lost between a device and its reference: the roundings of operands, passes and results.
double tolerance_of(Format format) {
  if (format == Format::fp64) return 1e-12;
  if (format == Format::fp32) return 1e-5;
  return (storage_bytes(format) > 1 ? 16.0 : 4.0) * facts(format).unit_roundoff;
}

/// A layer in 8 bits saturates and underflows: the CPU in the same format is the measure then, from which
/// only roundings of neighbouring values may differ.
Format reference_of(Format format) {
  return storage_bytes(format) > 1 ? Format::fp64 : format;
}

class DeviceChecks {
 public:
  DeviceChecks(const DeviceInfo& info, std::vector<SelfCheck>& checks)
      : name_(info.name), device_(info.name), checks_(checks) {}

  void run() {
    for (const Format format : formats) {
      check_rounding(format);
      check_pointwise(format);
      // The CPU in 8 bits would be compared with itself.
      if (storage_bytes(format) > 1 || !device_.is_cpu())
        for (const char* engine : {"fft", "dft"}) check_layer(engine, format);
    }
    if (!device_.is_cpu()) check_leaks();
  }

 private:
  at::Tensor here(const at::Tensor& x, Format format) const {
    return x.to(device_, format == Format::fp64 ? at::kDouble : at::kFloat);
  }
  static double error(const at::Tensor& actual, const at::Tensor& reference) {
    const double scale = reference.abs().max().item<double>();
    return (actual.detach().to(at::kCPU, at::kDouble) - reference.detach()).abs().max().item<double>() /
           (scale > 0.0 ? scale : 1.0);
  }
  void add(const std::string& kernel, const std::string& subject, double tolerance,
           const std::function<void(Deviation&)>& body) {
    checks_.push_back(run_check(kernel, subject, tolerance, body));
    checks_.back().device = name_;
  }
  static StageContext context_of(Format format, Stabilizer stabilizer = Stabilizer::none) {
    StageContext context;
    for (const auto stage : all_stages) context.policy[stage] = format;
    context.policy.stabilizer = stabilizer;
    return context;
  }

  /// The CPU's own rounding is checked against integer arithmetic elsewhere: a device's must be the same to
  /// the bit, and so must its histograms.
  void check_rounding(Format format) {
    if (format == Format::fp64) return;
    add("rounding and range", std::string(halfwave::name(format)), 0.0, [&](Deviation& deviation) {
      auto random = at::make_generator<at::CPUGeneratorImpl>(1);
      for (const std::int64_t count : {1, 257, 100003}) {
        at::Tensor x =
            (random_tensor({count}, random) * random_tensor({count}, random).mul(12).exp2()).to(at::kFloat);
        const at::Tensor there = x.to(device_);
        deviation.add(at::equal(rounded_copy(there, format).cpu(), rounded_copy(x, format)) ? 0.0 : 1.0);
        const RangeHistogram a = measure_range(there, format), b = measure_range(x, format);
        deviation.add(a.bins == b.bins && a.subnormal == b.subnormal && a.infinite == b.infinite ? 0.0 : 1.0);
      }
    });
  }

  void check_pointwise(Format format) {
    add("pointwise stages", std::string(halfwave::name(format)), tolerance_of(format),
        [&](Deviation& deviation) {
          auto random = at::make_generator<at::CPUGeneratorImpl>(2);
          for (const std::int64_t channels : {1, 7, 64}) {
            const at::Tensor x = random_tensor({2, 13, channels}, random),
                             y = random_tensor({2, 13, channels}, random);
            const at::Tensor w = random_tensor({5, channels}, random), b = random_tensor({5}, random);
            const at::Tensor gate = random_tensor({channels}, random);
            const auto all = [&](Format f, const auto& bring) {
              const StageContext context = context_of(f);
              at::Tensor leaf = bring(x).requires_grad_(), weight = bring(gate).requires_grad_();
              const at::Tensor activated = pointwise_gelu(leaf, context);
              const at::Tensor gated = pointwise_gate(leaf, weight, context);
              const at::Tensor total = activated.sum(at::kDouble) + gated.sum(at::kDouble);
              const auto gradients = torch::autograd::grad({total}, {leaf, weight});
              return std::vector<at::Tensor>{activated,
                                             gated,
                                             pointwise_sum(leaf, bring(y), context),
                                             pointwise_linear(leaf, bring(w), bring(b), context),
                                             gradients[0],
                                             gradients[1]};
            };
            const auto found = all(format, [&](const at::Tensor& t) { return here(t, format).clone(); });
            const auto exact = all(Format::fp64, [](const at::Tensor& t) { return t.clone(); });
            for (std::size_t i = 0; i < found.size(); ++i) deviation.add(error(found[i], exact[i]));
          }
        });
  }

  /// A spectral layer with tanh before it, forward and backward. Sizes that a card has no 16-bit fft of must
  /// be refused.
  void check_layer(const std::string& engine_name, Format format) {
    add("spectral layer", engine_name + " " + std::string(halfwave::name(format)), tolerance_of(format),
        [&](Deviation& deviation) {
          auto random = at::make_generator<at::CPUGeneratorImpl>(3);
          const auto engine = make_engine(engine_name);
          for (const Shape& s : shapes()) {
            auto weight_shape = s.layout.modes;
            weight_shape.insert(weight_shape.end(), {2, s.channels, 4});
            const at::Tensor x = random_tensor(field_shape(s), random),
                             w = random_tensor(weight_shape, random);
            const auto layer = [&](Format f, const auto& bring) {
              at::Tensor leaf = bring(x).requires_grad_(), weight = bring(w).requires_grad_();
              const at::Tensor y =
                  spectral_conv(leaf, weight, {}, s.layout, engine, context_of(f, Stabilizer::tanh));
              const auto gradients =
                  torch::autograd::grad({y.to(at::kDouble).square().mean()}, {leaf, weight});
              return std::vector<at::Tensor>{y, gradients[0], gradients[1]};
            };
            const auto bring = [&](const at::Tensor& t) { return here(t, format).clone(); };
            if (!device_.is_cpu() && engine_name == "fft" &&
                !half_fft_problem(format, s.layout.grid, 90).empty()) {
              deviation.add(is_refused([&] { layer(format, bring); }) ? 0.0 : 1.0);
              continue;
            }
            const auto found = layer(format, bring);
            const auto exact = layer(reference_of(format), [&](const at::Tensor& t) {
              return t.to(reference_of(format) == Format::fp64 ? at::kDouble : at::kFloat).clone();
            });
            for (std::size_t i = 0; i < found.size(); ++i) deviation.add(error(found[i], exact[i]));
          }
        });
  }

  static bool is_refused(const std::function<void()>& work) {
    try {
      work();
    } catch (const RequestError&) {
      return true;
    }
    return false;
  }

  /// Bytes in tensors after some steps and after a thousand more.
  void check_leaks() {
    add("memory of 1,000 steps", "bytes left behind", 0.0, [&](Deviation& deviation) {
      auto random = at::make_generator<at::CPUGeneratorImpl>(4);
      const Shape s{make_layout({16, 16}, {8, 8}), 2, 8};
      const at::Tensor x = here(random_tensor(field_shape(s), random), Format::fp32);
      const at::Tensor w = here(random_tensor({8, 5, 2, 8, 8}, random), Format::fp32);
      const auto engine = make_engine("dft"), fft = make_engine("fft");
      const auto steps = [&](int count) {
        for (int i = 0; i < count; ++i) {
          at::Tensor leaf = x.clone().requires_grad_(), weight = w.clone().requires_grad_();
          const at::Tensor y = spectral_conv(leaf, weight, {}, s.layout, i % 2 == 0 ? engine : fft,
                                             context_of(Format::fp16, Stabilizer::tanh));
          torch::autograd::grad({y.sum(at::kDouble)}, {leaf, weight});
        }
        return cuda_module().memory(device_.has_index() ? device_.index() : 0).allocated;
      };
      const auto before = steps(20), after = steps(1000);
      deviation.add(static_cast<double>(std::max<std::int64_t>(after - before, 0)));
    });
  }

  std::string name_;
  at::Device device_;
  std::vector<SelfCheck>& checks_;
};

}  // namespace

void check_device(const DeviceInfo& device, std::vector<SelfCheck>& checks) {
  DeviceChecks(device, checks).run();
}

}  // namespace halfwave::cli
