#include "core/training/events.h"

namespace halfwave {

const char* name(RunState state) {
  switch (state) {
    case RunState::idle:
      return "idle";
    case RunState::preparing:
      return "preparing";
    case RunState::running:
      return "running";
    case RunState::paused:
      return "paused";
    case RunState::finished:
      return "finished";
    case RunState::stopped:
      return "stopped";
    case RunState::failed:
      break;
  }
  return "failed";
}

}  // namespace halfwave
