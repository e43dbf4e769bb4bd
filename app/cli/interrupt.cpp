#include "app/cli/interrupt.h"

#include <chrono>
#include <csignal>

namespace halfwave::cli {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> received{0};
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may touch nothing else");

void remember(int signal) {
  received = signal;
  interrupted = true;
}

/// SA_RESETHAND restores the default, so the second signal ends the program.
void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART | (handler == SIG_DFL ? 0 : static_cast<int>(SA_RESETHAND));
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

Interrupt::Interrupt() {
  interrupted = false;
  received = 0;
  install(remember);
}

Interrupt::~Interrupt() {
  install(SIG_DFL);
}

const std::atomic<bool>& Interrupt::flag() const {
  return interrupted;
}

int Interrupt::exit_code() const {
  return received == 0 ? 0 : 128 + received;
}

OnInterrupt::OnInterrupt(const Interrupt& interrupt, std::function<void()> action)
    : watcher_([&flag = interrupt.flag(), action = std::move(action)](const std::stop_token& done) {
        while (!done.stop_requested() && !flag) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        if (flag) action();
      }) {}

}  // namespace halfwave::cli
