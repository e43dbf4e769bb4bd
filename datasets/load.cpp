#include "datasets/load.h"

#include "core/experiment/generated_source.h"
#include "core/words.h"
#include "datasets/file_source.h"
#include "datasets/generate.h"

#include <ATen/ATen.h>

#include <cmath>
#include <set>

namespace halfwave::datasets {
namespace {

/// What a set costs against others of the same source.
double cost(const DatasetSpec& spec) {
  return std::pow(spec.resolution, 3.0) * spec.samples;
}

/// Generates one set; what the generator refuses is named as the experiment's field.
Dataset for_fields(const DatasetSpec& spec, std::uint32_t stream, const Progress& progress,
                   const std::string& resolution_field, const std::string& samples_field) {
  try {
    return generate_or_find(spec, stream, progress);
  } catch (const FieldError& error) {
    const std::string& path = error.path();
    throw FieldError(path == "resolution" ? resolution_field
                     : path == "samples"  ? samples_field
                                          : "dataset." + path,
                     error.problem());
  }
}

DataBundle load_generated(const DatasetSpec& spec, const Progress& progress) {
  if (spec.samples < 2)
    throw FieldError("dataset.samples", std::to_string(spec.samples) + " is too few; at least 2 are needed.");
  if (spec.test_resolutions.empty())
    throw FieldError("dataset.test_resolutions", "is empty; at least one resolution is needed.");
  std::set<int> seen;
  for (std::size_t i = 0; i < spec.test_resolutions.size(); ++i)
    if (!seen.insert(spec.test_resolutions[i]).second)
      throw FieldError(
          "dataset.test_resolutions[" + std::to_string(i) + "]",
          std::to_string(spec.test_resolutions[i]) + " is listed twice; each resolution makes one test set.");

  std::vector<DatasetSpec> tests;
  double total = cost(spec);
  for (int resolution : spec.test_resolutions) {
    tests.push_back(spec);
    tests.back().resolution = resolution;
    tests.back().samples = spec.test_samples;
    total += cost(tests.back());
  }

  DataBundle bundle;
  double done = cost(spec) / total;
  bundle.train =
      for_fields(spec, train_stream, progress.part(0.0, done), "dataset.resolution", "dataset.samples");
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const double next = done + cost(tests[i]) / total;
    bundle.tests.push_back(
        {std::to_string(tests[i].resolution),
         for_fields(tests[i], test_stream, progress.part(done, next),
                    "dataset.test_resolutions[" + std::to_string(i) + "]", "dataset.test_samples")});
    done = next;
  }
  return bundle;
}

void scale_input(Dataset& dataset, double scale) {
  dataset.x = dataset.x * scale;
  if (!dataset.x.isfinite().all().item<bool>())
    throw FieldError("dataset.input_scale",
                     std::to_string(scale) + " carries inputs beyond what fp32 holds; use less.");
  dataset.provenance.push_back("Inputs multiplied by " + std::to_string(scale));
}

}  // namespace

DataBundle load(const DatasetSpec& spec, const Progress& progress, int dimension) {
  if (!std::isfinite(spec.input_scale) || spec.input_scale == 0.0)
    throw FieldError("dataset.input_scale",
                     std::to_string(spec.input_scale) + " is no factor; a finite number other than 0 is.");
  if (dimension < 0 || dimension > 3)
    throw RequestError("A dataset has 1 to 3 grid axes, not " + std::to_string(dimension) + ".");
  const bool generated = find_generated_source(spec.source) != nullptr;
  if (!generated && spec.source != "file")
    throw FieldError("dataset.source", "\"" + spec.source + "\" is no source; one of " +
                                           listed(dataset_source_names()) + " is needed.");
  if (progress.cancelled()) throw Cancelled();
  const auto axes = static_cast<int>(generated_grid(spec, spec.resolution).size());
  if (generated && dimension != 0 && dimension != axes)
    throw FieldError("dataset.source", spec.source + " has " + std::to_string(axes) +
                                           (axes == 1 ? " grid axis" : " grid axes") + ", the operator " +
                                           std::to_string(dimension) + ".");

  DataBundle bundle = generated ? load_generated(spec, progress) : load_files(spec, dimension);
  if (spec.input_scale != 1.0) {
    scale_input(bundle.train, spec.input_scale);
    for (auto& test : bundle.tests) scale_input(test.data, spec.input_scale);
  }
  if (progress.report) progress.report(1.0, "Data are ready");
  return bundle;
}

}  // namespace halfwave::datasets
