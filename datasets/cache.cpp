#include "datasets/cache.h"

#include "core/error.h"
#include "core/files/cache_folder.h"
#include "datasets/readers/pt.h"
#include "datasets/writers/pt.h"

namespace halfwave::datasets {
namespace {

namespace fs = std::filesystem;

}  // namespace

std::optional<fs::path> cache_folder() {
  const auto folder = user_cache_folder();
  return folder ? std::optional(*folder / "datasets") : std::nullopt;
}

Dataset cached(const std::string& name, const std::function<bool(const Dataset&)>& fits,
               const std::function<Dataset()>& make) {
  const auto folder = cache_folder();
  if (!folder) {
    Dataset dataset = make();
    dataset.provenance.push_back("Not kept: neither XDG_CACHE_HOME nor HOME names a folder");
    return dataset;
  }
  const fs::path file = *folder / (name + ".pt");
  std::error_code error;
  if (fs::is_regular_file(file, error)) {
    try {
      Dataset dataset = read_pt(file);
      if (fits(dataset)) return dataset;
    } catch (const Error&) {
      // Damaged or unreadable: it is made again below.
    }
  }
  Dataset dataset = make();
  try {
    write_pt(dataset, file);
    dataset.provenance.push_back("Kept in " + file.string());
  } catch (const Error& problem) {
    dataset.provenance.push_back(std::string("Not kept: ") + problem.what());
  }
  return dataset;
}

}  // namespace halfwave::datasets
