#pragma once

#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace halfwave {

/// Keeps a plain value of ours in an autograd context, beside the tensors.
template <typename T>
struct SavedState final : torch::CustomClassHolder {
  explicit SavedState(T v) : value(std::move(v)) {}
  T value;

  static void put(torch::autograd::AutogradContext* context, T value) {
    context->saved_data["state"] =
        c10::IValue::make_capsule(c10::make_intrusive<SavedState>(std::move(value)));
  }
  static T& get(torch::autograd::AutogradContext* context) {
    auto capsule = context->saved_data["state"].toCapsule();
    return static_cast<SavedState*>(capsule.get())->value;
  }
};

}  // namespace halfwave
