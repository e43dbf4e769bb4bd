#include "datasets/readers/apart.h"

#include "datasets/readers/format_problem.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace halfwave::datasets {
namespace {

constexpr rlim_t most_seconds = 20;
constexpr rlim_t most_further_bytes = rlim_t{1} << 30;
constexpr std::size_t most_answer_bytes = std::size_t{256} << 20;
constexpr int most_wait_ms = 60'000;

void limit(int what, rlim_t amount) {
  const rlimit limits{amount, amount};
  ::setrlimit(what, &limits);
}

/// The address space of this process, or 0 when it is not known.
rlim_t address_space() {
  unsigned long pages = 0;
  std::FILE* const file = std::fopen("/proc/self/statm", "r");
  if (file == nullptr) return 0;
  if (std::fscanf(file, "%lu", &pages) != 1) pages = 0;
  std::fclose(file);
  return static_cast<rlim_t>(pages) * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
}

void write_all(int handle, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t written = ::write(handle, text.data() + done, text.size() - done);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) ::_exit(3);
    done += static_cast<std::size_t>(written);
  }
}

[[noreturn]] void be_the_other_process(int answer, const std::function<std::string()>& work,
                                       [[maybe_unused]] rlim_t space) {
  for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGINT, SIGTERM, SIGXCPU})
    std::signal(signal, SIG_DFL);
  const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int handle = 0; handle < 3 && nowhere >= 0; ++handle) ::dup2(nowhere, handle);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, most_seconds);
#if !defined(__SANITIZE_ADDRESS__)  // which reserves far more address space than it uses
  if (space > 0) limit(RLIMIT_AS, space + most_further_bytes);
#endif
  std::string text;
  try {
    text = "+" + work();
  } catch (const FormatProblem& problem) {
    text = std::string("-") + problem.what();
  } catch (...) {
    ::_exit(2);
  }
  write_all(answer, text);
  ::_exit(0);
}

/// All that comes out of the pipe; false when it is too much or takes too long.
bool read_all(int handle, std::string& text) {
  std::array<char, 1 << 16> block{};
  for (;;) {
    pollfd waited{handle, POLLIN, 0};
    const int ready = ::poll(&waited, 1, most_wait_ms);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    const ssize_t got = ::read(handle, block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) return true;
    text.append(block.data(), static_cast<std::size_t>(got));
    if (text.size() > most_answer_bytes) return false;
  }
}

}  // namespace

std::mutex& fork_mutex() {
  static std::mutex mutex;
  return mutex;
}

std::string run_apart(const std::function<std::string()>& work, const std::string& failure) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw FormatProblem("cannot be read: no further file can be opened");
  const rlim_t space = address_space();
  const pid_t process = [] {
    const std::lock_guard lock(fork_mutex());
    return ::fork();
  }();
  if (process == 0) be_the_other_process(ends[1], work, space);
  ::close(ends[1]);
  std::string text;
  const bool complete = process > 0 && read_all(ends[0], text);
  ::close(ends[0]);
  if (process < 0) throw FormatProblem("cannot be read: no further process can be started");
  if (!complete) ::kill(process, SIGKILL);
  int status = 0;
  while (::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  const bool ended = WIFEXITED(status) && WEXITSTATUS(status) == 0;
  if (!complete || !ended || text.empty()) throw FormatProblem(failure);
  if (text[0] == '-') throw FormatProblem(text.substr(1));
  text.erase(0, 1);
  return text;
}

}  // namespace halfwave::datasets
