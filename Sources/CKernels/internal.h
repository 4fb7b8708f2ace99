#pragma once

#include "include/ck_kernels.h"

#define CK_INLINE inline __attribute__((always_inline))

/// The widest layers that the matrix product takes.
enum { CK_GEMM_CHANNELS = 512, CK_GEMM_OUTPUTS = 512 };

/// The greatest `ck_winograd_batch`.
enum { CK_WINOGRAD_BATCH = 26 };

/// Tiles that are transformed together, so that V stays in the second-level cache.
int32_t ck_winograd_batch(int32_t in_channels, int32_t out_channels);

extern const ck_kernels ck_kernels_avx512, ck_kernels_avx2, ck_kernels_baseline;
