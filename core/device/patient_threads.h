#pragma once

namespace halfwave {

/// Restarts the program with OpenMP's idle threads asleep after a short spin instead of spinning on; returns
/// at once when that is so already, or when a person has chosen by OMP_WAIT_POLICY or GOMP_SPINCOUNT. Call it
/// first in `main`: the runtime reads its settings before any code of the program runs.
///
/// Why: a spinning thread takes the processor from the one it waits for as soon as anything else wants to
/// run, such as a window. On two busy cores an epoch of `darcy-quick` took 46 s with spinning threads and 5 s
/// with sleeping ones. The short spin bridges the pause between two passes: without it a step of shape S took
/// a quarter longer.
void restart_with_patient_threads(char** argv);

}  // namespace halfwave
