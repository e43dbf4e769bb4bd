#pragma once

namespace halfwave::lab {

/// Lets this thread, and the OpenMP threads that it starts later, give way to the window when cores are few.
/// Does nothing where the system cannot do that for one thread.
void run_in_background_priority();

}  // namespace halfwave::lab
