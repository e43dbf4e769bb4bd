#pragma once

#include <filesystem>
#include <string>

namespace halfwave::datasets {

/// What the HDF5 library finds in a file, as JSON in CBOR: {"arrays": [{"name", "shape", "type": {"kind",
/// "bytes", "big_endian", "complex"}, "type_text", "layout", "problem", and one of "offset" (of elements in a
/// row), "data" (bytes), "chunk" + "filters" + "places" (offset, size, skipped, …)}], "texts": {name:
/// [line …]}}. No link to another file is followed, no plug-in is loaded, no array is read. Meant for
/// `run_apart`: a damaged file may crash the library. Throws FormatProblem.
std::string describe_hdf5(const std::filesystem::path& file);

}  // namespace halfwave::datasets
