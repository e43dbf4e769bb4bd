#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/result_output.h"
#include "app/cli/startup.h"
#include "core/error.h"
#include "datasets/file_source.h"
#include "datasets/mapping.h"
#include "datasets/surface_file.h"

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

Json arrays_of(const datasets::ArrayFile& file) {
  Json list = Json::array();
  for (const auto& array : file.arrays()) {
    list.push_back(
        {{"name", array.name}, {"type", array.type}, {"shape", array.shape}, {"layout", array.layout}});
    if (!array.problem.empty()) list.back()["problem"] = array.problem;
  }
  return list;
}

void print_arrays(const datasets::ArrayFile& file) {
  for (const auto& array : file.arrays()) {
    std::cout << "array      " << array.name << ": " << array.type;
    for (std::size_t i = 0; i < array.shape.size(); ++i)
      std::cout << (i == 0 ? ", " : " x ") << array.shape[i];
    if (!array.layout.empty()) std::cout << ", " << array.layout;
    if (!array.problem.empty()) std::cout << " (it " << array.problem << ')';
    std::cout << '\n';
  }
}

void print_samples(const Json& object) {
  std::cout << "name       " << object["name"].get<std::string>() << "\nsamples    " << object["samples"]
            << "\ngrid       ";
  const Json& grid = object["grid"];
  for (std::size_t i = 0; i < grid.size(); ++i) std::cout << (i == 0 ? "" : " x ") << grid[i];
  std::cout << '\n';
  print_field("x", object["x"]);
  print_field("y", object["y"]);
  for (const auto& line : object["provenance"]) std::cout << "from       " << line.get<std::string>() << '\n';
}

/// A file of surfaces is listed with what they are and why nothing trains on them.
int surface_info(const datasets::ArrayFile& arrays, const datasets::SurfaceCounts& counts, Json object,
                 bool json) {
  const auto text = [&](const char* key) {
    const auto found = arrays.texts().find(key);
    return found == arrays.texts().end() ? std::vector<std::string>{} : found->second;
  };
  const auto name = text("name"), provenance = text("provenance");
  if (json) {
    if (!name.empty()) object["name"] = name[0];
    object["samples"] = counts.samples;
    object["surface"] = {{"points", counts.points}, {"triangles", counts.triangles}};
    object["provenance"] = provenance;
    object["arrays"] = arrays_of(arrays);
    print_json(std::cout, object);
    return 0;
  }
  std::cout << "file       " << object["file"].get<std::string>() << '\n';
  print_arrays(arrays);
  if (!name.empty()) std::cout << "name       " << name[0] << '\n';
  std::cout << "samples    " << counts.samples << "\nsurface    " << counts.points << " points, "
            << counts.triangles << " triangles\n";
  for (const auto& line : provenance) std::cout << "from       " << line << '\n';
  std::cout << "grid       none: the file " << datasets::surface_problem() << '\n';
  return 0;
}

int info(const std::string& file, const DatasetMap& map, bool json) {
  prepare_library();
  Json object{{"file", file}};
  const auto arrays = datasets::ArrayFile::open(file);
  if (const auto counts = datasets::surfaces_in(arrays); counts && map.x.empty())
    return surface_info(arrays, *counts, std::move(object), json);
  const auto complete = datasets::complete_map(arrays, map);
  // What is too large to be kept in memory is only listed.
  const auto samples = complete ? datasets::sample_count(arrays, *complete) : 0;
  const bool fits =
      complete && datasets::bytes_of_samples(arrays, *complete, samples) <= datasets::most_bytes_of_samples();
  if (fits) {
    const Dataset dataset = datasets::read_file(file, 0, map);
    object["name"] = dataset.name;
    object["samples"] = dataset.samples();
    object["grid"] = dataset.grid();
    object["x"] = statistics(dataset.x, dataset.input_name, dataset.input_unit);
    object["y"] = statistics(dataset.y, dataset.output_name, dataset.output_unit);
    object["provenance"] = dataset.provenance;
  }
  if (complete) object["map"] = to_text(*complete);
  object["arrays"] = arrays_of(arrays);
  if (json) {
    print_json(std::cout, object);
    return 0;
  }
  std::cout << "file       " << file << '\n';
  print_arrays(arrays);
  if (complete) {
    std::cout << "map        " << to_text(*complete) << '\n';
    if (fits)
      print_samples(object);
    else
      std::cout << "samples    " << samples
                << ", more than memory holds at once, so nothing else was looked at\n";
  } else {
    std::cout << "map        not clear; say which arrays are inputs and targets, for instance --map "
                 "x=coeff,y=sol\n";
  }
  return 0;
}

}  // namespace

DatasetMap map_option(const std::string& text) {
  try {
    return parse_dataset_map(text);
  } catch (const FieldError& error) {
    throw RequestError("--map: " + error.problem());
  }
}

void add_dataset_info(CLI::App& dataset, int& exit_code) {
  struct Request {
    std::string file;
    std::string map;
    bool json = false;
  };
  auto request = std::make_shared<Request>();
  CLI::App* command = dataset.add_subcommand("info", "Tell what a dataset file holds");
  command->add_option("FILE", request->file, "Dataset file (.pt, .npy, .npz, .mat, .h5)")->required();
  command->add_option("--map", request->map, map_help)->type_name("MAP");
  command->add_flag("--json", request->json, "Print it as one JSON object");
  command->callback(
      [request, &exit_code] { exit_code = info(request->file, map_option(request->map), request->json); });
}

}  // namespace halfwave::cli
