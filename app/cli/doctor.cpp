#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/device_probe.h"
#include "app/cli/result_output.h"
#include "app/cli/self_check.h"
#include "app/cli/startup.h"
#include "app/cli/version.h"
#include "core/device/stage_support.h"
#include "core/operators/parity.h"
#include "core/training/json_numbers.h"

#include <array>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>

namespace halfwave::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Findings {
  std::vector<DeviceInfo> devices;
  std::map<std::string, std::vector<ProductProbe>> probes;  ///< by device
  std::vector<SelfCheck> checks;
  std::optional<ParityReport> parity;

  bool passed() const {
    bool all = true;
    for (const auto& [device, products] : probes)
      for (const auto& product : products) all = all && product.fp32_accumulation;
    for (const auto& check : checks) all = all && check.passed();
    if (parity)
      for (const auto& fixture : parity->cases) all = all && fixture.passed;
    return all;
  }
};

/// What a cell of the policy table may have to do in its format.
struct Work {
  const char* key;
  const char* title;
  Stage stage;
  const char* engine;
  Accumulation accumulation;
};
constexpr std::array kinds_of_work = {
    Work{"transform_fft", "transform by fft", Stage::forward_transform, "fft", Accumulation::fp32},
    Work{"transform_dft", "transform by dft", Stage::forward_transform, "dft", Accumulation::fp32},
    Work{"products", "products", Stage::contraction, "dft", Accumulation::fp32},
    Work{"pointwise", "pointwise", Stage::pointwise, "dft", Accumulation::fp32},
    Work{"strict", "strict", Stage::contraction, "dft", Accumulation::strict},
};

Support support_of(const Work& work, Format format, const DeviceInfo& device) {
  LayerPolicy layer;
  layer[work.stage] = format;
  layer.accumulation = work.accumulation;
  return stage_support(layer, work.stage, work.engine, device);
}

Json device_to_json(const DeviceInfo& device, const std::vector<ProductProbe>& probes) {
  Json object{{"name", device.name}, {"available", device.available}, {"description", device.description}};
  if (!device.available) {
    object["reason"] = device.reason;
    return object;
  }
  object["memory_bytes"] = device.memory_bytes;
  if (device.threads > 0) object["threads"] = device.threads;
  for (Format format : all_formats) {
    const std::string key(name(format));
    object["formats"][key] = name(device.supports(format));
    for (const Work& work : kinds_of_work)
      object["stages"][key][work.key] = name(support_of(work, format, device));
  }
  object["products"] = Json::object();
  for (const ProductProbe& probe : probes)
    object["products"][std::string(name(probe.format))] = {
        {"accumulation", probe.fp32_accumulation ? "fp32" : "narrower than fp32"},
        {"gflops", probe.rate},
        {"fp32_gflops", probe.fp32_rate}};
  return object;
}

Json findings_to_json(const Findings& findings) {
  Json object{
      {"version", halfwave_version()}, {"libtorch", libtorch_version()}, {"passed", findings.passed()}};
  object["devices"] = Json::array();
  for (const auto& device : findings.devices)
    object["devices"].push_back(device_to_json(device, findings.probes.at(device.name)));
  object["checks"] = Json::array();
  for (const auto& check : findings.checks) {
    Json entry{{"kernel", check.kernel},
               {"device", check.device},
               {"subject", check.subject},
               {"cases", check.cases},
               {"worst", number_to_json(check.worst)},
               {"tolerance", check.tolerance},
               {"passed", check.passed()}};
    if (!check.problem.empty()) entry["problem"] = check.problem;
    object["checks"].push_back(std::move(entry));
  }
  if (!findings.parity) return object;
  object["fixtures"] = Json::array();
  for (const auto& fixture : findings.parity->cases)
    object["fixtures"].push_back({{"file", fixture.file},
                                  {"engine", fixture.engine},
                                  {"case", fixture.index},
                                  {"max_output_error", number_to_json(fixture.max_output_error)},
                                  {"max_gradient_error", number_to_json(fixture.max_gradient_error)},
                                  {"worst_gradient", fixture.worst_gradient},
                                  {"passed", fixture.passed}});
  object["skipped"] = Json::array();
  for (const auto& skip : findings.parity->skipped)
    object["skipped"].push_back({{"file", skip.file}, {"reason", skip.reason}});
  return object;
}

void print_support(const DeviceInfo& device) {
  std::printf("  %-10s", "format");
  for (const Work& work : kinds_of_work) std::printf("%-18s", work.title);
  std::printf("\n");
  for (Format format : all_formats) {
    std::printf("  %-10s", std::string(name(format)).c_str());
    for (const Work& work : kinds_of_work) std::printf("%-18s", name(support_of(work, format, device)));
    std::printf("\n");
  }
}

void print_devices(const Findings& findings) {
  for (const auto& device : findings.devices) {
    std::printf("%-10s %s\n", device.name.c_str(),
                device.available ? device.description.c_str() : ("not available: " + device.reason).c_str());
    if (!device.available) continue;
    print_support(device);
    for (const ProductProbe& probe : findings.probes.at(device.name))
      std::printf("  Products in %s are summed in %s; a large one runs at %.0f GFLOP/s, in fp32 at %.0f.\n",
                  std::string(name(probe.format)).c_str(),
                  probe.fp32_accumulation ? "fp32" : "less than fp32", probe.rate, probe.fp32_rate);
  }
}

void print_checks(const std::vector<SelfCheck>& checks) {
  std::printf("\n%-22s %-7s %-22s %8s %10s %10s\n", "kernel", "device", "subject", "cases", "worst",
              "allowed");
  for (const auto& check : checks) {
    std::printf("%-22s %-7s %-22s %8d %10.2e %10.2e  %s\n", check.kernel.c_str(), check.device.c_str(),
                check.subject.c_str(), check.cases, check.worst, check.tolerance,
                check.passed() ? "ok" : "MISSED");
    if (!check.problem.empty()) std::printf("  %s\n", check.problem.c_str());
  }
}

void print_parity(const ParityReport& report) {
  std::printf("\n%-22s %-7s %4s %10s %10s\n", "fixture", "engine", "case", "output", "gradient");
  for (const auto& fixture : report.cases) {
    std::printf("%-22s %-7s %4d %10.2e %10.2e  %s\n", fixture.file.c_str(), fixture.engine.c_str(),
                fixture.index, fixture.max_output_error, fixture.max_gradient_error,
                fixture.passed ? "ok" : "MISSED");
    if (!fixture.passed) std::printf("  worst gradient: %s\n", fixture.worst_gradient.c_str());
  }
  for (const auto& skip : report.skipped)
    std::printf("%-22s skipped: %s\n", skip.file.c_str(), skip.reason.c_str());
}

int doctor(const std::string& device, const std::string& fixtures, bool json) {
  prepare_library();
  Findings findings;
  if (!device.empty())
    findings.devices = {require_device(device)};
  else
    findings.devices = list_devices();
  Console console;
  console.status("probing devices ...");
  for (const auto& info : findings.devices) findings.probes[info.name] = probe_products(info);
  console.status("checking kernels ...");
  findings.checks = run_self_checks();
  // The CPU's own only where it is asked for: what they compare it with was checked above.
  for (const auto& info : findings.devices)
    if (info.available && (info.name != "cpu" || !device.empty())) check_device(info, findings.checks);
  if (!fixtures.empty()) {
    console.status("comparing with the fixtures ...");
    findings.parity = check_parity(fixtures);
  }
  console.clear();
  if (json) {
    print_json(std::cout, findings_to_json(findings));
  } else {
    std::printf("Halfwave %s, LibTorch %s\n\n", halfwave_version().c_str(), libtorch_version().c_str());
    print_devices(findings);
    print_checks(findings.checks);
    if (findings.parity) print_parity(*findings.parity);
    std::printf("\n%s\n", findings.passed() ? "All checks passed." : "Some checks were missed.");
    std::fflush(stdout);
  }
  return findings.passed() ? 0 : 1;
}

}  // namespace

void add_doctor(CLI::App& app, int& exit_code) {
  struct Request {
    std::string device;
    std::string fixtures;
    bool json = false;
  };
  auto request = std::make_shared<Request>();
  CLI::App* command = app.add_subcommand(
      "doctor", "Check this machine: devices, formats, every kernel against its reference");
  command->add_option("--device", request->device, "Only this device: cpu, cuda or cuda:N")
      ->type_name("DEVICE");
  command
      ->add_option("--fixtures", request->fixtures,
                   "Folder of exported neuraloperator models to compare with")
      ->type_name("DIR");
  command->add_flag("--json", request->json, "Print the findings as one JSON object");
  command->callback(
      [request, &exit_code] { exit_code = doctor(request->device, request->fixtures, request->json); });
}

}  // namespace halfwave::cli
