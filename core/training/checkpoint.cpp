#include "core/training/checkpoint.h"

#include "core/error.h"
#include "core/files/atomic_file.h"
#include "core/precision/policy_json.h"
#include "core/training/json_numbers.h"

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/jit/serialization/pickle.h>

namespace halfwave {
namespace {

constexpr int checkpoint_version = 1;

using TensorDict = c10::Dict<std::string, at::Tensor>;

TensorDict to_dict(const Optimizer::Tensors& tensors) {
  TensorDict dict;
  for (const auto& [key, tensor] : tensors) dict.insert(key, tensor);
  return dict;
}

Optimizer::Tensors from_dict(const c10::IValue& value) {
  Optimizer::Tensors tensors;
  for (const auto& entry : value.toGenericDict())
    tensors.emplace(entry.key().toStringRef(), entry.value().toTensor());
  return tensors;
}

nlohmann::json meta_of(const Checkpoint& c) {
  nlohmann::json metrics = nlohmann::json::object();
  for (const auto& [label, value] : c.metrics)
    metrics[label] = {{"l2", number_to_json(value.l2)}, {"h1", number_to_json(value.h1)}};
  return {{"halfwave_checkpoint", checkpoint_version},
          {"epoch", c.position.epoch},
          {"step_in_epoch", c.position.step_in_epoch},
          {"step", c.position.step},
          {"experiment", c.experiment},
          {"train_samples", c.train_samples},
          {"in_channels", c.in_channels},
          {"out_channels", c.out_channels},
          {"phase", c.phase},
          {"policy", policy_to_json(c.policy)},
          {"edits_applied", c.edits_applied},
          {"loss_scale", c.scaler.scale},
          {"good_steps", c.scaler.good_steps},
          {"skipped_in_a_row", c.scaler.skipped_in_a_row},
          {"optimizer_steps", c.optimizer_steps},
          {"shuffle_state", c.shuffle_state},
          {"epoch_loss", c.epoch_loss},
          {"epoch_norms", c.epoch_norms},
          {"epoch_seconds", c.epoch_seconds},
          {"total_seconds", c.total_seconds},
          {"metrics", std::move(metrics)}};
}

Checkpoint from_meta(const nlohmann::json& meta) {
  Checkpoint c;
  c.position = {meta.at("epoch"), meta.at("step_in_epoch"), meta.at("step")};
  c.experiment = meta.at("experiment");
  c.train_samples = meta.at("train_samples");
  c.in_channels = meta.at("in_channels");
  c.out_channels = meta.at("out_channels");
  c.phase = meta.at("phase");
  c.policy = policy_from_json(meta.at("policy"));
  c.edits_applied = meta.value("edits_applied", std::size_t{0});  // versions before edits were recorded
  c.scaler = {meta.at("loss_scale"), meta.at("good_steps"), meta.at("skipped_in_a_row")};
  c.optimizer_steps = meta.at("optimizer_steps");
  c.shuffle_state = meta.at("shuffle_state");
  c.epoch_loss = meta.at("epoch_loss");
  c.epoch_norms = meta.at("epoch_norms");
  c.epoch_seconds = meta.at("epoch_seconds");
  c.total_seconds = meta.at("total_seconds");
  for (const auto& [label, value] : meta.at("metrics").items())
    c.metrics[label] = {number_from_json(value.at("l2")), number_from_json(value.at("h1"))};
  return c;
}

// LibTorch writes a zip archive and, when it reads one, trusts its offsets: it would read past the end of a
// file that is cut. So the archive gets a comment, which zip allows at its very end, with a checksum of all
// before it, and nothing is parsed that does not have the right one.
constexpr std::string_view seal_text = "halfwave checkpoint ";
constexpr std::size_t seal_size = seal_text.size() + 16;

std::string seal_of(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, 64 bits
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3ULL;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(hash));
  return std::string(seal_text) + digits;
}

std::string sealed(const std::vector<char>& archive) {
  std::string bytes(archive.begin(), archive.end());
  // The last two bytes of an archive without comment are the comment's length.
  bytes[bytes.size() - 2] = static_cast<char>(seal_size);
  return bytes + seal_of(bytes);
}

bool has_seal(std::string_view bytes) {
  return bytes.size() > seal_size &&
         bytes.substr(bytes.size() - seal_size) == seal_of(bytes.substr(0, bytes.size() - seal_size));
}

Checkpoint parse(const std::vector<char>& bytes) {
  const auto dict = torch::jit::pickle_load(bytes).toGenericDict();
  const auto meta = nlohmann::json::parse(dict.at("meta").toStringRef());
  if (const int version = meta.at("halfwave_checkpoint"); version > checkpoint_version)
    throw RequestError("it was written by a newer Halfwave (version " + std::to_string(version) +
                       " of the format, this one knows " + std::to_string(checkpoint_version) + ").");
  Checkpoint checkpoint = from_meta(meta);
  checkpoint.weights = from_dict(dict.at("weights"));
  checkpoint.optimizer = from_dict(dict.at("optimizer"));
  checkpoint.normalizers = from_dict(dict.at("normalizers"));
  checkpoint.torch_generator = dict.at("generator").toTensor();
  return checkpoint;
}

}  // namespace

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& file) {
  c10::impl::GenericDict dict(c10::StringType::get(), c10::AnyType::get());
  dict.insert("meta", meta_of(checkpoint).dump());
  dict.insert("weights", to_dict(checkpoint.weights));
  dict.insert("optimizer", to_dict(checkpoint.optimizer));
  dict.insert("normalizers", to_dict(checkpoint.normalizers));
  dict.insert("generator", checkpoint.torch_generator);
  const std::vector<char> bytes = torch::jit::pickle_save(dict);
  replace_file(file, sealed(bytes), /*durable=*/true);
}

Checkpoint load_checkpoint(const std::filesystem::path& file) {
  const std::string text = read_file(file);
  const std::string damaged =
      file.string() +
      " is cut or is no checkpoint of Halfwave; one that `halfwave train` has written "
      "whole would be right.";
  if (!has_seal(text)) throw RequestError(damaged);
  try {
    return parse({text.begin(), text.end()});
  } catch (const RequestError& error) {
    throw RequestError(file.string() + " cannot be used: " + error.what());
  } catch (const std::exception&) {
    throw RequestError(damaged);
  }
}

}  // namespace halfwave
