#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/result_output.h"
#include "app/cli/startup.h"
#include "datasets/file_source.h"

#include <ATen/ATen.h>

#include <iostream>

namespace halfwave::cli {
namespace {

using Json = nlohmann::ordered_json;

Json statistics(const at::Tensor& values, const std::string& name, const std::string& unit) {
  const at::Tensor wide = values.to(at::kDouble);
  return {{"name", name},
          {"unit", unit},
          {"channels", values.size(1)},
          {"minimum", wide.min().item<double>()},
          {"maximum", wide.max().item<double>()},
          {"mean", wide.mean().item<double>()},
          {"deviation", wide.numel() > 1 ? wide.std().item<double>() : 0.0}};
}

void print_field(const char* label, const Json& field) {
  const auto value = [&](const char* key) { return number(field[key].get<double>()); };
  std::cout << label << "          " << field["name"].get<std::string>();
  if (const auto unit = field["unit"].get<std::string>(); !unit.empty()) std::cout << " in " << unit;
  std::cout << ", " << field["channels"] << (field["channels"] == 1 ? " channel" : " channels") << ", "
            << value("minimum") << " to " << value("maximum") << ", mean " << value("mean") << ", deviation "
            << value("deviation") << '\n';
}

int info(const std::string& file, bool json) {
  prepare_library();
  const Dataset dataset = datasets::read_file(file);
  const Json object{{"file", file},
                    {"name", dataset.name},
                    {"samples", dataset.samples()},
                    {"grid", dataset.grid()},
                    {"x", statistics(dataset.x, dataset.input_name, dataset.input_unit)},
                    {"y", statistics(dataset.y, dataset.output_name, dataset.output_unit)},
                    {"provenance", dataset.provenance}};
  if (json) {
    print_json(std::cout, object);
    return 0;
  }
  std::cout << "file       " << file << "\nname       " << dataset.name << "\nsamples    "
            << dataset.samples() << "\ngrid       ";
  const auto grid = dataset.grid();
  for (std::size_t i = 0; i < grid.size(); ++i) std::cout << (i == 0 ? "" : " x ") << grid[i];
  std::cout << '\n';
  print_field("x", object["x"]);
  print_field("y", object["y"]);
  for (const auto& line : dataset.provenance) std::cout << "from       " << line << '\n';
  return 0;
}

}  // namespace

void add_dataset_info(CLI::App& dataset, int& exit_code) {
  struct Request {
    std::string file;
    bool json = false;
  };
  auto request = std::make_shared<Request>();
  CLI::App* command = dataset.add_subcommand("info", "Tell what a dataset file holds");
  command->add_option("FILE", request->file, "Dataset file (.pt)")->required();
  command->add_flag("--json", request->json, "Print it as one JSON object");
  command->callback([request, &exit_code] { exit_code = info(request->file, request->json); });
}

}  // namespace halfwave::cli
