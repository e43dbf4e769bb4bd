#include "app/lab/worker_priority.h"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace halfwave::lab {

void run_in_background_priority() {
#ifdef __linux__
  // On Linux a nice value belongs to a thread, and new threads inherit it.
  constexpr int gives_way = 5;
  const auto thread = static_cast<id_t>(::syscall(SYS_gettid));
  if (::setpriority(PRIO_PROCESS, thread, gives_way) != 0) return;
#endif
}

}  // namespace halfwave::lab
