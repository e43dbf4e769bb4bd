#include "core/training/optimizer.h"

#include "core/device/memory_meter.h"
#include "core/error.h"
#include "core/training/adam_kernel.h"
#include "core/training/weight_storage.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

namespace halfwave {
namespace {

bool is_narrow(at::ScalarType type) {
  return type == at::kHalf || type == at::kBFloat16;
}
at::ScalarType master_type(at::ScalarType type) {
  return is_narrow(type) ? at::kFloat : type;
}

/// The shape of the second moment: one value for each pair of a complex parameter.
std::vector<std::int64_t> moment_shape(const Parameter& parameter) {
  std::vector<std::int64_t> shape = parameter.value.sizes().vec();
  if (parameter.complex_axis >= 0) shape.at(static_cast<std::size_t>(parameter.complex_axis)) = 1;
  return shape;
}

AdamLayout layout_of(const Parameter& parameter) {
  if (parameter.complex_axis < 0) return {parameter.value.numel(), 0};
  std::int64_t inner = 1;
  for (std::int64_t axis = parameter.complex_axis + 1; axis < parameter.value.dim(); ++axis)
    inner *= parameter.value.size(axis);
  return {parameter.value.numel() / 2, inner};
}

template <typename T>
void update_on_cpu(const at::Tensor& weight, const at::Tensor& gradient, const at::Tensor& m,
                   const at::Tensor& v, AdamLayout layout, const AdamStep& step) {
  T* w_data = weight.mutable_data_ptr<T>();
  const T* g_data = gradient.const_data_ptr<T>();
  T* m_data = m.mutable_data_ptr<T>();
  T* v_data = v.mutable_data_ptr<T>();
  constexpr std::int64_t grain = 16384;
  at::parallel_for(0, layout.count, grain, [&](std::int64_t begin, std::int64_t end) {
    adam_update(w_data, g_data, m_data, v_data, layout, begin, end, step);
  });
}

/// The same update in tensor operations, for devices other than the CPU.
void update_anywhere(const at::Tensor& weight, at::Tensor gradient, const at::Tensor& m, const at::Tensor& v,
                     int complex_axis, const AdamStep& step) {
  gradient = gradient * step.gradient_factor;
  if (step.l2 != 0.0) gradient.add_(weight, step.l2);
  m.mul_(step.beta1).add_(gradient, 1.0 - step.beta1);
  at::Tensor square = gradient.square();
  if (complex_axis >= 0) square = square.sum({complex_axis}, /*keepdim=*/true);
  v.mul_(step.beta2).add_(square, 1.0 - step.beta2);
  weight.sub_(m / v.sqrt().add_(step.epsilon), step.step_size);
  if (step.decay != 0.0) weight.mul_(1.0 - step.decay);
}

bool finite(const at::Tensor& gradient) {
  if (!gradient.device().is_cpu() || !gradient.is_contiguous()) return gradient.isfinite().all().item<bool>();
  const auto check = [&](auto mask) {
    using Bits = decltype(mask);
    const Bits* bits = static_cast<const Bits*>(gradient.const_data_ptr());
    std::atomic<bool> good{true};
    at::parallel_for(0, gradient.numel(), 65536, [&](std::int64_t begin, std::int64_t end) {
      if (!all_finite(bits + begin, end - begin, mask)) good = false;
    });
    return good.load();
  };
  switch (gradient.scalar_type()) {
    case at::kDouble:
      return check(std::uint64_t{0x7ff0'0000'0000'0000});
    case at::kFloat:
      return check(std::uint32_t{0x7f80'0000});
    case at::kBFloat16:
      return check(std::uint16_t{0x7f80});
    case at::kHalf:
      return check(std::uint16_t{0x7c00});
    default:
      return gradient.isfinite().all().item<bool>();
  }
}

const at::Tensor& find(const Optimizer::Tensors& tensors, const std::string& name, at::IntArrayRef shape) {
  const auto found = tensors.find(name);
  if (found == tensors.end()) throw RequestError("The checkpoint has no tensor " + name + ".");
  if (!found->second.sizes().equals(shape))
    throw RequestError("The checkpoint's tensor " + name + " has another shape than this operator's.");
  return found->second;
}

}  // namespace

Optimizer::Options optimizer_options(std::string_view kind, double weight_decay) {
  Optimizer::Options options;
  if (kind != "adam" && kind != "adamw")
    throw FieldError("training.optimizer",
                     "\"" + std::string(kind) + "\" is not known: adam or adamw would be right");
  options.decoupled_decay = kind == "adamw";
  options.weight_decay = weight_decay;
  return options;
}

Optimizer::Optimizer(std::vector<Parameter>& parameters, Options options)
    : parameters_(parameters), options_(options), slots_(parameters.size()) {
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Parameter& parameter = parameters_[i];
    if (!parameter.value.is_contiguous()) {
      const MemoryScope scope(MemoryCategory::weights);
      replace_weight(parameter, parameter.value.detach().contiguous());
    }
    const MemoryScope scope(MemoryCategory::optimizer);
    const auto moments = parameter.value.options().dtype(master_type(parameter.value.scalar_type()));
    slots_[i].m = at::zeros(parameter.value.sizes(), moments.requires_grad(false));
    slots_[i].v = at::zeros(moment_shape(parameter), moments.requires_grad(false));
    if (is_narrow(parameter.value.scalar_type())) slots_[i].master = parameter.value.detach().to(at::kFloat);
  }
}

at::Tensor Optimizer::exact(std::size_t index) const {
  return slots_[index].master.defined() ? slots_[index].master : parameters_[index].value.detach();
}

void Optimizer::convert(std::size_t index, at::ScalarType type) {
  Parameter& parameter = parameters_[index];
  Slot& slot = slots_[index];
  if (parameter.value.scalar_type() == type) return;
  const at::Tensor values = exact(index);
  const at::ScalarType wide = master_type(type);
  at::Tensor master, leaf;
  {
    const MemoryScope scope(MemoryCategory::optimizer);
    if (is_narrow(type)) {
      master = values.to(wide);
      // A leaf that becomes the master changes its category; a fresh copy already has it.
      recategorize(master, MemoryCategory::optimizer);
    }
    slot.m = slot.m.to(wide);
    slot.v = slot.v.to(wide);
  }
  {
    const MemoryScope scope(MemoryCategory::weights);
    leaf = values.to(type);
    if (!is_narrow(type)) recategorize(leaf, MemoryCategory::weights);
  }
  replace_weight(parameter, leaf);
  slot.master = master;
}

void Optimizer::set_weight_formats(const Policy& policy) {
  const at::NoGradGuard no_grad;
  std::vector<at::ScalarType> types;
  for (const Parameter& parameter : parameters_) types.push_back(weight_type(parameter, policy));
  for (std::size_t i = 0; i < parameters_.size(); ++i) convert(i, types[i]);
}

bool Optimizer::gradients_finite() const {
  for (const Parameter& parameter : parameters_)
    if (const at::Tensor& gradient = parameter.value.grad(); gradient.defined() && !finite(gradient))
      return false;
  return true;
}

void Optimizer::step(double learning_rate, double gradient_factor) {
  const at::NoGradGuard no_grad;
  ++steps_;
  const double t = static_cast<double>(steps_);
  AdamStep step;
  step.beta1 = options_.beta1;
  step.beta2 = options_.beta2;
  step.epsilon = options_.epsilon;
  step.step_size =
      learning_rate * std::sqrt(1.0 - std::pow(options_.beta2, t)) / (1.0 - std::pow(options_.beta1, t));
  step.decay = options_.decoupled_decay ? learning_rate * options_.weight_decay : 0.0;
  step.l2 = options_.decoupled_decay ? 0.0 : options_.weight_decay;
  step.gradient_factor = gradient_factor;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Parameter& parameter = parameters_[i];
    if (!parameter.value.grad().defined()) continue;
    const Slot& slot = slots_[i];
    const at::Tensor weight = exact(i);
    const at::Tensor gradient = parameter.value.grad().detach().to(weight.scalar_type()).contiguous();
    if (!weight.device().is_cpu()) {
      update_anywhere(weight, gradient, slot.m, slot.v, parameter.complex_axis, step);
    } else if (weight.scalar_type() == at::kDouble) {
      update_on_cpu<double>(weight, gradient, slot.m, slot.v, layout_of(parameter), step);
    } else {
      update_on_cpu<float>(weight, gradient, slot.m, slot.v, layout_of(parameter), step);
    }
    if (slot.master.defined()) {
      parameter.value.detach().copy_(slot.master);
    } else {
      parameter.value.unsafeGetTensorImpl()->bump_version();
    }
  }
}

void Optimizer::release_gradients() {
  for (Parameter& parameter : parameters_) parameter.value.mutable_grad() = at::Tensor();
}

Optimizer::Tensors Optimizer::weights() const {
  Tensors result;
  for (std::size_t i = 0; i < parameters_.size(); ++i) result[parameters_[i].name] = exact(i).to(at::kCPU);
  return result;
}

Optimizer::Tensors Optimizer::state() const {
  Tensors result;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    result[parameters_[i].name + ".m"] = slots_[i].m.to(at::kCPU);
    result[parameters_[i].name + ".v"] = slots_[i].v.to(at::kCPU);
  }
  return result;
}

void Optimizer::restore_weights(const Tensors& weights) {
  const at::NoGradGuard no_grad;
  load_weights(parameters_, weights);
  for (std::size_t i = 0; i < parameters_.size(); ++i)
    if (slots_[i].master.defined()) {
      // Rounded by way of the master, as a step does it.
      slots_[i].master.copy_(weights.at(parameters_[i].name));
      parameters_[i].value.detach().copy_(slots_[i].master);
    }
}

void Optimizer::restore(const Tensors& weights, const Tensors& state, std::int64_t steps) {
  const at::NoGradGuard no_grad;
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    find(state, parameters_[i].name + ".m", slots_[i].m.sizes());
    find(state, parameters_[i].name + ".v", slots_[i].v.sizes());
  }
  restore_weights(weights);
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    slots_[i].m.copy_(state.at(parameters_[i].name + ".m"));
    slots_[i].v.copy_(state.at(parameters_[i].name + ".v"));
  }
  steps_ = steps;
}

}  // namespace halfwave
