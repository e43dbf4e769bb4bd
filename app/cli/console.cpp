#include "app/cli/console.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace halfwave::cli {
namespace {

constexpr auto redraw_interval = std::chrono::milliseconds(100);

std::size_t terminal_columns() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

bool is_real_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && kind != nullptr && std::strcmp(kind, "dumb") != 0;
}

std::string printed(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

}  // namespace

Console::Console() : terminal_(is_real_terminal()) {}

Console::~Console() {
  clear();
}

void Console::status(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || now < next_) return;
  next_ = now + redraw_interval;
  // A line that wraps could not be redrawn in place.
  std::cerr << '\r' << text.substr(0, terminal_columns() - 1) << "\x1b[K" << std::flush;
  drawn_ = true;
}

void Console::line(const std::string& text) {
  clear();
  std::cerr << text << std::endl;
}

void Console::clear() {
  if (drawn_) std::cerr << "\r\x1b[K" << std::flush;
  drawn_ = false;
  next_ = {};
}

std::string bar(double fraction, int width) {
  const int full = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * width));
  return "[" + std::string(static_cast<std::size_t>(full), '#') +
         std::string(static_cast<std::size_t>(width - full), '-') + "]";
}

std::string duration(double seconds) {
  if (seconds < 60.0) return printed("%.1f s", std::max(seconds, 0.0));
  const auto whole = static_cast<long long>(std::min(std::round(seconds), 1e15));
  char text[64];
  if (whole < 3600)
    std::snprintf(text, sizeof text, "%lld:%02lld", whole / 60, whole % 60);
  else
    std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
  return text;
}

std::string number(double value) {
  return printed("%.4g", value);
}

std::string bytes(double count) {
  const char* const units[] = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; count >= 1000.0 && unit + 1 < std::size(units); ++unit) count /= 1000.0;
  return printed(unit == 0 ? "%.0f " : "%.1f ", count) + units[unit];
}

}  // namespace halfwave::cli
