#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/result_output.h"
#include "app/cli/run_path.h"
#include "app/cli/startup.h"
#include "core/error.h"
#include "datasets/file_source.h"
#include "datasets/mapping.h"
#include "datasets/writers/write.h"

#include <ATen/ATen.h>

#include <iostream>

namespace halfwave::cli {
namespace {

struct Request {
  std::string in;
  std::string out;
  std::string map;
  bool json = false;
};

int convert(const Request& request) {
  prepare_library();
  const DatasetMap map = map_option(request.map);
  if (map.train > 0 || map.test > 0)
    throw RequestError("--map: train and test split a file that is trained on; conversion keeps all samples");
  datasets::require_written_format(request.out);
  check_new_file(request.out);
  const Dataset dataset = datasets::read_file(request.in, 0, map);
  datasets::write_dataset(dataset, request.out);
  std::error_code error;
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(request.out, error));
  if (request.json)
    print_json(std::cout, {{"file", request.out},
                           {"samples", dataset.samples()},
                           {"grid", dataset.grid()},
                           {"channels", {dataset.x.size(1), dataset.y.size(1)}},
                           {"bytes", size}});
  else
    std::cout << request.out << ": " << dataset.samples() << " samples, " << bytes(static_cast<double>(size))
              << '\n';
  return 0;
}

}  // namespace

void add_dataset_convert(CLI::App& dataset, int& exit_code) {
  auto request = std::make_shared<Request>();
  CLI::App* command = dataset.add_subcommand("convert", "Write the samples of a file in another format");
  command->add_option("IN", request->in, "Dataset file (.pt, .npz, .mat, .h5)")->required();
  command->add_option("OUT", request->out, "File to write (.pt, .npz, .h5)")->required();
  command->add_option("--map", request->map, map_help)->type_name("MAP");
  command->add_flag("--json", request->json, "Print what was written as one JSON object");
  command->callback([request, &exit_code] { exit_code = convert(*request); });
}

}  // namespace halfwave::cli
