#pragma once

#include <atomic>
#include <functional>
#include <thread>

namespace halfwave::cli {

/// While one lives, the first Ctrl-C (or SIGTERM) is remembered and the second ends the program at once.
/// There is one at a time.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// True once a signal came; work that can be cancelled looks at it.
  const std::atomic<bool>& flag() const;
  /// What the shell expects of a program that a signal ended: 130 for Ctrl-C, 143 for SIGTERM; 0 without one.
  int exit_code() const;
};

/// Calls `action` once, soon after the interrupt came, from a thread of its own.
class OnInterrupt {
 public:
  OnInterrupt(const Interrupt& interrupt, std::function<void()> action);

 private:
  std::jthread watcher_;
};

}  // namespace halfwave::cli
