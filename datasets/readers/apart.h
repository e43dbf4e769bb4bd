#pragma once

#include <functional>
#include <mutex>
#include <string>

namespace halfwave::datasets {

/// Runs `work` in a process of its own, forked for it, and hands back what it returns. For a library that a
/// damaged file can make crash, hang or take all memory: the process gets 20 s of processor time and 1 GiB
/// beyond what this one has, and writes nothing to the terminal. FormatProblem goes through; when the process
/// ends in any other way, FormatProblem with `failure`.
///
/// `work` must not use what other threads may hold a lock on (memory is fine), nor LibTorch.
std::string run_apart(const std::function<std::string()>& work, const std::string& failure);

/// Held while the process forks, and by who uses such a library in this process.
std::mutex& fork_mutex();

}  // namespace halfwave::datasets
