#pragma once

#include <chrono>
#include <string>

namespace halfwave::cli {

/// Standard error as a place for progress: on a terminal the last line is redrawn in place, elsewhere only
/// whole lines are written. Used by one thread at a time.
class Console {
 public:
  Console();
  ~Console();  ///< leaves no half-drawn line
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  bool is_terminal() const { return terminal_; }
  /// Redraws the last line, at most ten times a second. Does nothing where there is no terminal.
  void status(const std::string& text);
  /// Writes a line that stays.
  void line(const std::string& text);
  void clear();

 private:
  bool terminal_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

/// `[####----]` of `width` characters between the brackets, for a fraction in [0, 1].
std::string bar(double fraction, int width);

/// 3.4 s, 2:05 or 1:02:03.
std::string duration(double seconds);

/// Four significant digits.
std::string number(double value);

/// 512 B, 3.1 kB, 2.0 GB (powers of 1000).
std::string bytes(double count);

}  // namespace halfwave::cli
