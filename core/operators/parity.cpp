#include "core/operators/parity.h"

#include "core/error.h"
#include "core/operators/build.h"
#include "core/operators/exported_model.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace halfwave {
namespace {

double relative_error(const at::Tensor& value, const at::Tensor& reference) {
  const at::Tensor v = value.is_complex() ? at::view_as_real(value) : value;
  const at::Tensor r = reference.is_complex() ? at::view_as_real(reference) : reference;
  const double largest = r.abs().max().item<double>();
  const double difference = (v.to(at::kDouble) - r.to(at::kDouble)).abs().max().item<double>();
  return largest > 0.0 ? difference / largest : difference;
}

// Relative L2 summed over the batch, as the recorded losses are.
at::Tensor recorded_loss(const at::Tensor& y, const at::Tensor& target) {
  const at::Tensor difference = (y - target).flatten(2).square().sum(-1).sqrt();
  return (difference / (target.flatten(2).square().sum(-1).sqrt() + 1e-8)).sum();
}

ParityCase compare(Operator& op, const ExportedModel::Case& recorded) {
  ParityCase result;
  for (auto& parameter : op.parameters()) parameter.value.mutable_grad().reset();
  const at::Tensor y = op.forward(recorded.x);
  result.max_output_error = relative_error(y.detach(), recorded.y);
  recorded_loss(y, recorded.target).backward();
  for (const auto& parameter : op.parameters()) {
    const auto found = recorded.gradients.find(parameter.name);
    if (found == recorded.gradients.end()) continue;
    const at::Tensor gradient = to_export_layout(parameter.value.grad(), parameter, found->second.sizes());
    const double error = relative_error(gradient, found->second);
    if (error >= result.max_gradient_error || result.worst_gradient.empty()) {
      result.max_gradient_error = error;
      result.worst_gradient = parameter.name;
    }
  }
  if (result.worst_gradient.empty())
    throw RequestError("the recorded gradients name no parameter of the operator");
  result.passed = result.max_output_error <= parity_output_tolerance &&
                  result.max_gradient_error <= parity_gradient_tolerance;
  return result;
}

std::vector<ParityCase> check_file(const std::filesystem::path& file) {
  const ExportedModel model = read_exported_model(file);
  int in = 1, out = 1;
  Stabilizer stabilizer = Stabilizer::none;
  OperatorSpec spec = spec_from_export(model, in, out, stabilizer);
  std::vector<ParityCase> cases;
  for (const char* engine : {"fft", "dft"}) {
    spec.engine = engine;
    const auto op = build_operator(spec, in, out, 0);
    load_state(*op, model.state);
    Policy policy = make_policy("full", spec.layers);
    for (std::size_t i = 1; i + 1 < policy.layers.size(); ++i) policy.layers[i].stabilizer = stabilizer;
    op->set_policy(policy);
    for (std::size_t i = 0; i < model.cases.size(); ++i) {
      ParityCase result = compare(*op, model.cases[i]);
      result.file = file.filename().string();
      result.engine = engine;
      result.index = static_cast<int>(i);
      cases.push_back(std::move(result));
    }
  }
  return cases;
}

}  // namespace

ParityReport check_parity(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".pt") files.push_back(entry.path());
  if (error) throw RequestError(folder.string() + ": the folder cannot be read (" + error.message() + ").");
  if (files.empty())
    throw RequestError(folder.string() +
                       ": the folder holds no .pt file; exported models are expected there.");
  std::sort(files.begin(), files.end());

  ParityReport report;
  for (const auto& file : files) {
    try {
      auto cases = check_file(file);
      report.cases.insert(report.cases.end(), cases.begin(), cases.end());
    } catch (const Error& problem) {
      report.skipped.push_back({file.filename().string(), problem.what()});
    } catch (const std::exception& problem) {
      const std::string text = problem.what();
      report.skipped.push_back(
          {file.filename().string(), "it cannot be compared: " + text.substr(0, text.find('\n'))});
    }
  }
  return report;
}

}  // namespace halfwave
