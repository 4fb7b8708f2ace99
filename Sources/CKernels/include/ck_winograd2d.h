#pragma once

/// 3 x 3 convolutions in the plane of every slice, stride 1, one voxel of zero padding, by Winograd F(m x m, 3 x 3).

#include "ck_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What of a convolution one call computes, and how.
typedef struct ck_winograd2d_part {
    /// m: outputs along the side of a tile, 2 or 4. The weights are those for this m.
    int32_t tile;
    /// Tiles that are transformed together.
    int32_t batch;
    /// Tiles [first, last) of `ck_winograd2d_tiles`.
    int64_t first, last;
    /// Output channels [first, last), multiples of 32 or the end.
    int32_t first_output, last_output;
} ck_winograd2d_part;

/// How many tiles cover the slices.
int64_t ck_winograd2d_tiles(int32_t depth, int32_t height, int32_t width, int32_t tile);

/// Floats of workspace that one thread needs for `batch` tiles and `outputs` output channels of a part.
int64_t ck_winograd2d_workspace(int32_t in_channels, int32_t outputs, int32_t tile, int32_t batch);

/// Floats of transformed weights.
int64_t ck_winograd2d_weight_count(int32_t in_channels, int32_t out_channels, int32_t tile);

/// Transforms weights [out][in][ky][kx] of `out` x `in` real channels to [position][panel of 32
/// outputs][in_channels][32]
/// (the last panel may have 16), zero where the padded channel counts exceed the real ones.
void ck_winograd2d_weights(
    const float *_Nonnull weights, int32_t out, int32_t in, int32_t in_channels, int32_t out_channels, int32_t tile,
    float *_Nonnull transformed);

#ifdef __cplusplus
}
#endif
