#include "datasets/readers/hdf5_description.h"

#include "datasets/readers/byte_source.h"
#include "datasets/readers/element_type.h"
#include "datasets/readers/format_problem.h"
#include "datasets/readers/hdf5_types.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <hdf5.h>
#include <set>
#include <vector>

namespace halfwave::datasets {
namespace {

using Json = nlohmann::json;

constexpr int deepest = 16;
constexpr std::size_t most_objects = 20'000;
constexpr std::uint64_t most_chunks = 4'000'000;
constexpr std::size_t longest_name = 1000;

class Describer {
 public:
  explicit Describer(const std::filesystem::path& path) : bytes_(path) {
    H5open();
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);                       // a file may ask for a filter that lies in a plug-in
    ::setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);  // a file on a read-only disk cannot be locked
    if (H5Fis_hdf5(path.c_str()) <= 0)
      throw FormatProblem("is not an HDF5 file, or its beginning is damaged");
    const H5Id access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    file_ = H5Id(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access), H5Fclose);
    if (!file_) throw FormatProblem("is damaged or cut short: the HDF5 library cannot open it");
    const H5Id creation(H5Fget_create_plist(file_), H5Pclose);
    H5Pget_userblock(creation, &userblock_);
  }

  std::string run() {
    const H5Id root(H5Gopen2(file_, "/", H5P_DEFAULT), H5Gclose);
    if (!root) throw FormatProblem("is damaged: its root group cannot be opened");
    texts(root);
    group(root, "", 0);
    const auto cbor = Json::to_cbor({{"arrays", std::move(arrays_)}, {"texts", std::move(texts_)}});
    return {cbor.begin(), cbor.end()};
  }

 private:
  void texts(hid_t root) {
    texts_ = Json::object();
    const int count = std::min(H5Aget_num_attrs(root), 100);
    for (int i = 0; i < count; ++i) {
      const H5Id attribute(H5Aopen_by_idx(root, ".", H5_INDEX_NAME, H5_ITER_INC, static_cast<hsize_t>(i),
                                          H5P_DEFAULT, H5P_DEFAULT),
                           H5Aclose);
      std::vector<char> name(longest_name);
      if (!attribute || H5Aget_name(attribute, name.size(), name.data()) <= 0) continue;
      const auto lines = text_attribute(attribute);
      if (!lines.empty()) texts_[name.data()] = lines;
    }
  }

  void group(hid_t group_id, const std::string& prefix, int depth) {
    H5G_info_t info;
    if (H5Gget_info(group_id, &info) < 0) throw FormatProblem("is damaged: a group cannot be read");
    for (hsize_t i = 0; i < info.nlinks; ++i) {
      std::vector<char> name(longest_name);
      H5L_info_t link;
      if (H5Lget_name_by_idx(group_id, ".", H5_INDEX_NAME, H5_ITER_INC, i, name.data(), name.size(),
                             H5P_DEFAULT) < 0 ||
          H5Lget_info(group_id, name.data(), &link, H5P_DEFAULT) < 0)
        throw FormatProblem("is damaged: a link cannot be read");
      const std::string path = prefix + name.data();
      if (link.type == H5L_TYPE_EXTERNAL)
        refused(path, "external link", "is a link to another file, which is not followed");
      if (link.type != H5L_TYPE_HARD) continue;
      object(group_id, name.data(), path, depth);
    }
  }

  void object(hid_t parent, const char* name, const std::string& path, int depth) {
    const H5Id object(H5Oopen(parent, name, H5P_DEFAULT), H5Oclose);
    H5O_info_t info;
    if (!object || H5Oget_info2(object, &info, H5O_INFO_BASIC) < 0)
      throw FormatProblem("is damaged: " + printable(path) + " cannot be opened");
    if (!seen_.insert(info.addr).second) return;
    if (seen_.size() > most_objects) throw FormatProblem("holds too many groups and arrays");
    // MATLAB keeps what its cells and objects refer to in groups that begin so.
    if (info.type == H5O_TYPE_GROUP && path[0] != '#' && depth < deepest)
      group(object, path + "/", depth + 1);
    if (info.type == H5O_TYPE_DATASET) dataset(object, path);
  }

  void refused(const std::string& path, const std::string& type, const std::string& problem) {
    arrays_.push_back({{"name", path},
                       {"shape", Json::array()},
                       {"type_text", type},
                       {"layout", ""},
                       {"problem", problem}});
  }

  void dataset(hid_t id, const std::string& path) {
    const H5Id space(H5Dget_space(id), H5Sclose), type(H5Dget_type(id), H5Tclose),
        creation(H5Dget_create_plist(id), H5Pclose);
    const int axes = space ? H5Sget_simple_extent_ndims(space) : -1;
    if (axes < 0 || axes > H5S_MAX_RANK || !type || !creation)
      throw FormatProblem("is damaged: " + printable(path) + " cannot be described");
    if (H5Sget_simple_extent_type(space) == H5S_NULL) return refused(path, "empty", "is empty");
    std::vector<hsize_t> dims(static_cast<std::size_t>(axes));
    H5Sget_simple_extent_dims(space, dims.data(), nullptr);
    std::vector<std::int64_t> shape;
    for (hsize_t size : dims) {
      if (size > static_cast<hsize_t>(INT64_MAX))
        throw FormatProblem("is damaged: " + printable(path) + " claims a shape that no file holds");
      shape.push_back(static_cast<std::int64_t>(size));
    }
    Hdf5Type found = hdf5_type(type);
    const std::string matlab = matlab_class(id);
    if (matlab == "cell" || matlab == "struct" || matlab == "char" || matlab == "function_handle") {
      found.text = matlab;
      found.problem = "is a MATLAB " + matlab + "; arrays of numbers are read";
    }
    if (matlab == "logical" && found.type.bytes == 1) found.type.kind = ElementType::Kind::truth;
    Json json = {{"name", path}, {"shape", shape}, {"layout", ""}, {"problem", found.problem}};
    if (found.problem.empty()) {
      json["type"] = {{"kind", static_cast<int>(found.type.kind)},
                      {"bytes", found.type.bytes},
                      {"big_endian", found.type.big_endian},
                      {"complex", found.type.complex}};
      found.text = type_name(found.type);
      if (found.type.big_endian && found.type.bytes > 1) found.text += ", big-endian";
      place(id, creation, type, dims, json);
    }
    json["type_text"] = found.text;
    arrays_.push_back(std::move(json));
  }

  void place(hid_t id, hid_t creation, hid_t type, const std::vector<hsize_t>& dims, Json& json) {
    const bool empty = std::find(dims.begin(), dims.end(), hsize_t{0}) != dims.end();
    if (H5Pget_external_count(creation) > 0) {
      json["problem"] = "keeps its values in another file, which is not read";
      return;
    }
    switch (H5Pget_layout(creation)) {
      case H5D_COMPACT:
        compact(id, type, json);
        return;
      case H5D_CONTIGUOUS: {
        const haddr_t offset = empty ? 0 : H5Dget_offset(id);
        json["layout"] = "C order";
        if (offset == HADDR_UNDEF)
          json["problem"] = "was never written";
        else
          json["offset"] = static_cast<std::uint64_t>(offset);
        return;
      }
      case H5D_CHUNKED:
        chunked(id, creation, dims, empty, json);
        return;
      default:
        json["problem"] = "is put together from other arrays or files, which is not read";
    }
  }

  static void compact(hid_t id, hid_t type, Json& json) {
    const H5Id space(H5Dget_space(id), H5Sclose);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const std::size_t bytes = H5Tget_size(type);
    // What lies in an object's header is at most 64 KiB.
    if (count < 0 || count > 65'536 || bytes > 64)
      throw FormatProblem("is damaged: an array in a header is too large");
    std::vector<std::uint8_t> data(static_cast<std::size_t>(count) * bytes);
    if (!data.empty() && H5Dread(id, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data.data()) < 0)
      throw FormatProblem("is damaged: an array in a header cannot be read");
    json["layout"] = "in the header";
    json["data"] = Json::binary(std::move(data));
  }

  void chunked(hid_t id, hid_t creation, const std::vector<hsize_t>& dims, bool empty, Json& json) {
    std::vector<hsize_t> chunk(dims.size());
    const std::string name = printable(json["name"].get<std::string>());
    if (H5Pget_chunk(creation, static_cast<int>(chunk.size()), chunk.data()) != static_cast<int>(dims.size()))
      throw FormatProblem("is damaged: the chunks of " + name + " cannot be read");
    std::string layout = "chunks of ";
    for (std::size_t axis = 0; axis < chunk.size(); ++axis) {
      if (chunk[axis] == 0) throw FormatProblem("is damaged: the chunks of " + name + " are empty");
      layout += (axis == 0 ? "" : "×") + std::to_string(chunk[axis]);
    }
    Json filters = Json::array();
    for (int i = 0; i < H5Pget_nfilters(creation); ++i) {
      unsigned flags = 0, config = 0;
      std::size_t values = 0;
      char filter_name[64] = "";
      const H5Z_filter_t filter = H5Pget_filter2(creation, static_cast<unsigned>(i), &flags, &values, nullptr,
                                                 sizeof filter_name, filter_name, &config);
      if (filter != H5Z_FILTER_DEFLATE && filter != H5Z_FILTER_SHUFFLE && filter != H5Z_FILTER_FLETCHER32) {
        json["problem"] = "is packed by the filter " +
                          printable(filter_name[0] != '\0' ? filter_name : std::to_string(filter)) +
                          "; gzip and none are read";
        return;
      }
      layout += filter == H5Z_FILTER_DEFLATE   ? ", deflate"
                : filter == H5Z_FILTER_SHUFFLE ? ", shuffle"
                                               : ", checksum";
      filters.push_back(static_cast<int>(filter));
    }
    json["layout"] = layout;
    json["filters"] = filters;
    json["chunk"] = chunk;
    json["places"] = empty ? Json::array() : places(id, dims, chunk, name, json);
  }

  Json places(hid_t id, const std::vector<hsize_t>& dims, const std::vector<hsize_t>& chunk,
              const std::string& name, Json& json) {
    std::vector<hsize_t> grid;
    hsize_t count = 1;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      grid.push_back((dims[axis] - 1) / chunk[axis] + 1);
      // Every chunk takes a byte of the file at least.
      if (__builtin_mul_overflow(count, grid.back(), &count) || count > most_chunks || count > bytes_.size())
        throw FormatProblem("is damaged: " + name + " claims more chunks than the file holds");
    }
    std::vector<std::uint64_t> numbers;
    std::vector<hsize_t> index(dims.size(), 0), corner(dims.size());
    for (hsize_t i = 0; i < count; ++i) {
      for (std::size_t axis = 0; axis < dims.size(); ++axis) corner[axis] = index[axis] * chunk[axis];
      unsigned skipped = 0;
      haddr_t offset = HADDR_UNDEF;
      hsize_t size = 0;
      if (H5Dget_chunk_info_by_coord(id, corner.data(), &skipped, &offset, &size) < 0)
        throw FormatProblem("is damaged: the chunks of " + name + " cannot be found");
      if (offset == HADDR_UNDEF || size == 0) {
        json["problem"] = "has parts that were never written";
        return Json::array();
      }
      if (i == 0) base_ = chunk_base(id, corner, offset, size);
      numbers.insert(numbers.end(), {offset + base_, size, skipped});
      for (std::size_t axis = dims.size(); axis-- > 0 && ++index[axis] == grid[axis];) index[axis] = 0;
    }
    return numbers;
  }

  /// Some versions of the library count a chunk's place from the end of the user block, some from the file's
  /// beginning; the bytes tell.
  std::uint64_t chunk_base(hid_t id, const std::vector<hsize_t>& corner, haddr_t offset, hsize_t size) {
    if (userblock_ == 0) return 0;
    constexpr hsize_t most = 1 << 24;
    if (size > most || size > bytes_.size()) return userblock_;
    std::vector<char> expected(size), found(size);
    std::uint32_t skipped = 0;
    if (H5Dread_chunk(id, H5P_DEFAULT, corner.data(), &skipped, expected.data()) < 0) return userblock_;
    if (offset <= bytes_.size() && size <= bytes_.size() - offset) {
      bytes_.read(offset, size, found.data());
      if (found == expected) return 0;
    }
    return userblock_;
  }

  FileBytes bytes_;
  H5Id file_;
  hsize_t userblock_ = 0;
  std::uint64_t base_ = 0;
  std::set<haddr_t> seen_;
  Json arrays_ = Json::array();
  Json texts_;
};

}  // namespace

std::string describe_hdf5(const std::filesystem::path& file) {
  return Describer(file).run();
}

}  // namespace halfwave::datasets
