#pragma once

#include "datasets/readers/array_file.h"

namespace halfwave::datasets {

// Each looks into a file of one format and adds the arrays it finds. All throw FormatProblem.

/// Chooses by the extension, else by the first bytes.
void open_format(const std::filesystem::path& file, ArrayFile& result);

/// True when the file's extension is one of a format that is read.
bool is_read(const std::filesystem::path& file);

void open_pt(const std::filesystem::path& file, ArrayFile& result);
void open_npy(const std::filesystem::path& file, ArrayFile& result);
void open_npz(const std::filesystem::path& file, ArrayFile& result);
/// MATLAB's format of version 5 (to 7); hands a file of version 7.3 on to `open_hdf5`.
void open_mat(const std::filesystem::path& file, ArrayFile& result);
void open_hdf5(const std::filesystem::path& file, ArrayFile& result);

/// An array in NumPy's own format within `bytes`; text arrays go to the file's texts.
void add_npy(const std::shared_ptr<ByteSource>& bytes, const std::string& name, ArrayFile& result);

}  // namespace halfwave::datasets
