#include "core/precision/saved_pack.h"

#include "core/precision/round_tensor.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

namespace halfwave {
namespace {

using WeakTensor = c10::weak_intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>;

WeakTensor weak(const at::Tensor& tensor) {
  return WeakTensor(tensor.getIntrusivePtr());
}

at::Tensor alive(const WeakTensor& tensor) {
  return at::Tensor(tensor.lock());
}

/// A field of this thread's forward passes and how it is kept. Nothing is kept alive by it: a field's memory
/// may be used again, but not the place of its TensorImpl, so that no later field is taken for it.
struct Entry {
  WeakTensor field;
  const void* data;
  std::int64_t version;
  Format format;
  WeakTensor kept;
  std::weak_ptr<Recomputed> recomputed;
  bool is_recomputed;

  bool expired() const {
    return kept.expired() || field.expired() || (is_recomputed && recomputed.expired());
  }
  bool is_of(const at::Tensor& x, Format wanted) const {
    return field._unsafe_get_target() == x.unsafeGetTensorImpl() && format == wanted &&
           data == x.const_data_ptr() && version == x._version();
  }
};

class Registry {
 public:
  KeptField find(const at::Tensor& field, Format format) {
    entries_.erase(
        std::remove_if(entries_.begin(), entries_.end(), [](const Entry& e) { return e.expired(); }),
        entries_.end());
    for (const Entry& entry : entries_)
      if (entry.is_of(field, format)) return {alive(entry.kept), entry.recomputed.lock()};
    return {};
  }

  void add(const at::Tensor& field, const KeptField& kept, Format format) {
    entries_.push_back({weak(field), field.const_data_ptr(), field._version(), format, weak(kept.tensor),
                        kept.recomputed, kept.recomputed != nullptr});
  }

 private:
  std::vector<Entry> entries_;
};

Registry& registry() {
  static thread_local Registry instance;
  return instance;
}

bool can_be_followed(const at::Tensor& field) {
  return field.defined() && field.has_storage() && !field.is_inference();
}

}  // namespace

at::Tensor Recomputed::from(const at::Tensor& kept) {
  at::Tensor values = values_.defined() ? values_ : function_(kept);
  values_ = values;
  if (++asked_ >= users_) {
    asked_ = 0;
    values_ = at::Tensor();
  }
  return values;
}

KeptField keep_field(const at::Tensor& field, const StageContext& context) {
  const Format format = context.policy[Stage::saved_activations];
  const bool followed = can_be_followed(field);
  if (followed) {
    KeptField known = registry().find(field, format);
    if (known.recomputed) known.recomputed->add_user();
    if (known.tensor.defined()) return known;
  }
  KeptField kept{pack_saved(field, format), nullptr};
  if (followed) registry().add(field, kept, format);
  context.report(Stage::saved_activations, false, kept.tensor);
  return kept;
}

at::Tensor restored(const at::Tensor& tensor, const std::shared_ptr<Recomputed>& recomputed) {
  return recomputed ? recomputed->from(tensor) : tensor;
}

std::shared_ptr<Recomputed> can_recompute(const at::Tensor& field, const at::Tensor& kept, Format format,
                                          Recomputed::Function function, std::optional<Format> gelu) {
  auto recomputed = std::make_shared<Recomputed>(std::move(function), gelu);
  if (can_be_followed(field)) registry().add(field, {kept, recomputed}, format);
  return recomputed;
}

at::Tensor saved_operand(const at::Tensor& saved, Arithmetic arithmetic) {
  return as_operand(saved.scalar_type() == tensor_type(arithmetic.format) ? saved : in_working_type(saved),
                    arithmetic);
}

}  // namespace halfwave
