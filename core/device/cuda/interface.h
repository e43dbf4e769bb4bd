#pragma once

#include <stdint.h>

/* The border between the program and the CUDA module: plain C, so that either can be built without the other.
   Functions return 0, or another number after writing one sentence into `reason` (`reason_size` bytes). */

#define HALFWAVE_CUDA_VERSION 1
#define HALFWAVE_CUDA_ENTRY "halfwave_cuda_table"

typedef struct {
  char name[256];
  int64_t memory_bytes;
  int32_t major;
  int32_t minor;
} HalfwaveCudaCard;

/* Bytes of LibTorch's caching allocator on one card, and of the card as a whole. */
typedef struct {
  int64_t allocated;      /* in tensors */
  int64_t peak_allocated; /* the most since the last reset_peak */
  int64_t reserved;       /* taken from the card, in tensors or kept for reuse */
  int64_t peak_reserved;
  int64_t card_free;
  int64_t card_total;
} HalfwaveCudaMemory;

typedef struct {
  int32_t version; /* HALFWAVE_CUDA_VERSION of the module */
  /* Number of usable cards; 0 with the reason when there is none. */
  int32_t (*card_count)(char* reason, int32_t reason_size);
  int32_t (*card)(int32_t index, HalfwaveCudaCard* card, char* reason, int32_t reason_size);
  int32_t (*memory)(int32_t index, HalfwaveCudaMemory* memory, char* reason, int32_t reason_size);
  int32_t (*reset_peak)(int32_t index, char* reason, int32_t reason_size);
  /* Writes the versions of CUDA's runtime, its driver and cuFFT, as 1000 * major + 10 * minor. */
  int32_t (*versions)(int32_t* runtime, int32_t* driver, int32_t* cufft, char* reason, int32_t reason_size);
} HalfwaveCudaTable;

typedef const HalfwaveCudaTable* (*HalfwaveCudaEntry)(void);
