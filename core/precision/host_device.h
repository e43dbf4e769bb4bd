#pragma once

/// Marks per-element functions that run on a CPU and, compiled by nvcc, on a GPU.
#if defined(__CUDACC__)
#define HALFWAVE_HD __host__ __device__
#else
#define HALFWAVE_HD
#endif
