#pragma once

#include "support/array_files.h"

#include <filesystem>
#include <string>
#include <unistd.h>

/// The committed corpus is written by these, one a format. A name that begins with `bad-` is of a file that a
/// reader must refuse, in whole or one of its arrays.
namespace halfwave::fuzz {

struct CorpusFolder {
  std::filesystem::path path;

  void add(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(path);
    array_files::write_bytes(path / name, bytes);
  }
};

void write_npy(const CorpusFolder& folder);
void write_npz(const CorpusFolder& folder);
void write_mat(const CorpusFolder& folder);
void write_pt(const CorpusFolder& folder);
void write_h5(const CorpusFolder& folder);

/// 0, 1, 2 … modulo 7.
template <typename Number>
std::string numbers(int count) {
  std::vector<Number> list;
  for (int i = 0; i < count; ++i) list.push_back(static_cast<Number>(i % 7));
  return array_files::raw(list);
}

}  // namespace halfwave::fuzz
