#pragma once

#include <filesystem>
#include <functional>
#include <ostream>

namespace halfwave::datasets {

/// Writes a file so that others see the old one or the whole new one, never a part: into a temporary file
/// beside it, synced, then renamed. Missing folders are made. Throws RequestError when the place cannot be
/// written to, RunError when writing fails halfway (a full disk); the temporary file is removed.
void write_atomically(const std::filesystem::path& file, const std::function<void(std::ostream&)>& write);

/// The same for who needs a file's name in place of a stream; `write` makes the file at that name.
void replace_atomically(const std::filesystem::path& file,
                        const std::function<void(const std::filesystem::path&)>& write);

}  // namespace halfwave::datasets
