#include "core/operators/exported_model.h"

#include "core/error.h"

#include <ATen/ATen.h>
#include <nlohmann/json.hpp>
#include <torch/csrc/autograd/grad_mode.h>
#include <torch/csrc/jit/serialization/pickle.h>

#include <fstream>
#include <iterator>

namespace halfwave {
namespace {

using nlohmann::json;

std::vector<char> read_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw RequestError(file.string() + ": the file cannot be opened.");
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// LibTorch's reader does not notice that a file was cut: an archive must end with its directory's end record.
void require_whole_archive(const std::vector<char>& bytes, const std::filesystem::path& file) {
  constexpr std::size_t end_record = 22;
  constexpr char signature[] = {'P', 'K', 5, 6};
  if (bytes.size() < end_record ||
      !std::equal(std::begin(signature), std::end(signature), bytes.end() - end_record))
    throw RequestError(file.string() + ": the file is cut short or no .pt archive; export it again.");
}

using Dict = c10::Dict<c10::IValue, c10::IValue>;

std::map<std::string, at::Tensor> tensors_of(const c10::IValue& value) {
  std::map<std::string, at::Tensor> result;
  for (const auto& item : value.toGenericDict())
    if (item.value().isTensor()) result[item.key().toStringRef()] = item.value().toTensor();
  return result;
}

[[noreturn]] void unsupported(const std::string& argument, const json& value) {
  throw RequestError("argument " + argument + " = " + value.dump() + " is not supported by Halfwave's FNO");
}

}  // namespace

ExportedModel read_exported_model(const std::filesystem::path& file) {
  ExportedModel model;
  const std::vector<char> bytes = read_bytes(file);
  require_whole_archive(bytes, file);
  try {
    const Dict root = torch::jit::pickle_load(bytes).toGenericDict();
    const json meta = json::parse(root.at("meta").toStringRef());
    model.model = meta.at("model").get<std::string>();
    model.arguments_json = meta.at("arguments").dump();
    model.state = tensors_of(root.at("state"));
    for (const c10::IValue& item : root.at("cases").toList()) {
      const auto entry = item.toGenericDict();
      ExportedModel::Case c;
      c.x = entry.at("x").toTensor();
      c.target = entry.at("target").toTensor();
      c.y = entry.at("y").toTensor();
      c.loss = entry.at("loss").isTensor() ? entry.at("loss").toTensor().item<double>()
                                           : entry.at("loss").toDouble();
      c.gradients = tensors_of(entry.at("grads"));
      model.cases.push_back(std::move(c));
    }
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    throw RequestError(file.string() +
                       ": not an exported model (a dict of meta, state and cases is expected).");
  }
  return model;
}

OperatorSpec spec_from_export(const ExportedModel& model, int& in_channels, int& out_channels,
                              Stabilizer& stabilizer) {
  if (model.model != "FNO") throw RequestError("model class " + model.model + " is not supported; FNO is");
  OperatorSpec spec;
  spec.modes.clear();
  spec.layers = 4;
  stabilizer = Stabilizer::none;
  const auto skip_name = [](const json& value) {
    return value.is_null() ? "none" : value.get<std::string>();
  };
  const json arguments = json::parse(model.arguments_json);
  for (const auto& [key, value] : arguments.items()) {
    const bool may_be_null = key.ends_with("skip") || key == "positional_embedding" || key == "stabilizer";
    if (value.is_null() && !may_be_null) continue;
    if (key == "n_modes")
      spec.modes = value.get<std::vector<int>>();
    else if (key == "in_channels")
      in_channels = value.get<int>();
    else if (key == "out_channels")
      out_channels = value.get<int>();
    else if (key == "hidden_channels")
      spec.width = value.get<int>();
    else if (key == "n_layers")
      spec.layers = value.get<int>();
    else if (key == "lifting_channel_ratio")
      spec.lifting_ratio = value.get<double>();
    else if (key == "projection_channel_ratio")
      spec.projection_ratio = value.get<double>();
    else if (key == "use_channel_mlp")
      spec.channel_mlp = value.get<bool>();
    else if (key == "channel_mlp_expansion")
      spec.channel_mlp_expansion = value.get<double>();
    else if (key == "fno_skip")
      spec.skip = skip_name(value);
    else if (key == "channel_mlp_skip")
      spec.channel_mlp_skip = skip_name(value);
    else if (key == "positional_embedding" && (value.is_null() || value == "grid"))
      spec.grid_embedding = !value.is_null();
    else if (key == "stabilizer" && (value.is_null() || value == "tanh"))
      stabilizer = value.is_null() ? Stabilizer::none : Stabilizer::tanh;
    else
      unsupported(key, value);
  }
  return spec;
}

at::Tensor to_parameter_layout(const at::Tensor& tensor, const Parameter& parameter) {
  if (parameter.complex_axis < 0) return tensor.to(at::kFloat).reshape(parameter.value.sizes()).contiguous();
  // (C_in, C_out, mode…) complex → (mode…, 2, C_in, C_out)
  const at::Tensor planes = at::view_as_real(tensor.to(at::kComplexFloat).contiguous());
  return planes.movedim({0, 1}, {-2, -1}).contiguous();
}

at::Tensor to_export_layout(const at::Tensor& value, const Parameter& parameter, at::IntArrayRef shape) {
  if (parameter.complex_axis < 0) return value.reshape(shape);
  return at::view_as_complex(value.movedim({-2, -1}, {0, 1}).contiguous());
}

void load_state(Operator& op, const std::map<std::string, at::Tensor>& state) {
  const c10::AutoGradMode no_gradient(false);
  for (auto& parameter : op.parameters()) {
    const auto found = state.find(parameter.name);
    if (found == state.end()) throw RequestError("the state has no parameter " + parameter.name);
    if (found->second.numel() * (parameter.complex_axis < 0 ? 1 : 2) != parameter.value.numel())
      throw RequestError("parameter " + parameter.name + " has another shape than the operator's");
    parameter.value.copy_(to_parameter_layout(found->second, parameter));
  }
  if (state.size() != op.parameters().size())
    throw RequestError("the state has " + std::to_string(state.size()) + " parameters, the operator " +
                       std::to_string(op.parameters().size()));
}

}  // namespace halfwave
