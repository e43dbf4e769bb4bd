#pragma once

/// Compiles a function for several instruction sets; the best is chosen when the program starts. Sanitizers
/// run before such choices can be made, so there the plain one serves.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__) && !defined(__CUDACC__)
#define HALFWAVE_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define HALFWAVE_CLONES
#endif
