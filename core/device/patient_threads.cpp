#include "core/device/patient_threads.h"

#include <cstdlib>

#ifdef __linux__
#include <unistd.h>
#endif

namespace halfwave {

void restart_with_patient_threads([[maybe_unused]] char** argv) {
#ifdef __linux__
  if (std::getenv("OMP_WAIT_POLICY") || std::getenv("GOMP_SPINCOUNT")) return;
  if (::setenv("OMP_WAIT_POLICY", "passive", 0) != 0 || ::setenv("GOMP_SPINCOUNT", "5000", 0) != 0) return;
  ::execv("/proc/self/exe", argv);
  // Only reached when the restart was refused: then the program works as it is, only less patiently.
#endif
}

}  // namespace halfwave
