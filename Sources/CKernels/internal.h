#pragma once

#include "include/ck_kernels.h"

#define CK_INLINE inline __attribute__((always_inline))

/// The widest layers that the matrix product takes.
enum { CK_GEMM_CHANNELS = 512, CK_GEMM_OUTPUTS = 512 };

/// The most tiles that are transformed together.
enum { CK_WINOGRAD_BATCH = 96 };

/// Channels of the blocks that matrix products of many channels are made of.
enum { CK_WINOGRAD_PANEL = 64 };

/// Tiles along each axis, those of all sub-grids.
ck_axes ck_winograd_tile_counts(ck_axes output, ck_axes dilation, ck_axes tile);

/// Floats between the tiles of V: one of the strides that the matrix product has blocks for.
int32_t ck_winograd_stride(int32_t in_channels, int32_t out_channels);

/// Whether V is overwritten by the products.
int ck_winograd_in_place(int32_t in_channels, int32_t out_channels);

/// The direct kernel.
enum {
    /// Runs of outputs that share a chunk of the weights.
    CK_DIRECT_RUNS = 24,
    /// Floats of the weights that are a chunk: most of a first-level cache.
    CK_DIRECT_CHUNK = 7168,
    /// Parts of segments of a chunk; a limit for very short ones.
    CK_DIRECT_PIECES = 64,
    /// The most sums of a run: 6 x 64, 8 x 48, 12 x 32 or 14 x 16.
    CK_DIRECT_SUMS = 384,
    /// The most inputs of a run that a chunk multiplies.
    CK_DIRECT_COPIES = 14 * CK_DIRECT_CHUNK / 16,
};

extern const ck_kernels ck_kernels_avx512, ck_kernels_avx2, ck_kernels_baseline;

/// Outputs that are multiplied together in the 2-D Winograd kernels, and so stand together in their weights.
enum { CK_WINOGRAD2D_PANEL = 32 };

/// Floats between the tiles of V and M in the 2-D Winograd kernels: 64 bytes more than they need, since rows that are a
/// multiple of 4 KB apart would share their sets of the first-level cache.
static inline int64_t ck_winograd2d_tile_stride(int32_t in_channels, int32_t outputs) {
    return (in_channels > outputs ? in_channels : outputs) + 16;
}
