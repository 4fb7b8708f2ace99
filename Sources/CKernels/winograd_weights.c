#include <string.h>

#include "internal.h"

int64_t ck_winograd_tiles(int32_t depth, int32_t height, int32_t width) {
    return (int64_t)((depth + 3) / 4) * ((height + 3) / 4) * ((width + 3) / 4);
}

int32_t ck_winograd_batch(int32_t in_channels, int32_t out_channels) {
    const int32_t channels = in_channels > out_channels ? in_channels : out_channels;
    return channels <= 16 ? CK_WINOGRAD_BATCH : channels <= 128 ? 14 : 8;
}

int64_t ck_winograd_workspace(int32_t in_channels, int32_t out_channels) {
    const int64_t channels = in_channels > out_channels ? in_channels : out_channels;
    return 216 * (ck_winograd_batch(in_channels, out_channels) * channels + 16);
}

int64_t ck_winograd_weight_count(int32_t in_channels, int32_t out_channels) {
    return (int64_t)216 * in_channels * out_channels;
}

/// G of F(4, 3) for the points 0, sqrt(1/2), -sqrt(1/2), sqrt(2), -sqrt(2), infinity.
static const double G[6][3] = {
    {1, 0, 0},
    {-1 / 1.5, -0.70710678118654752 / 1.5, -0.5 / 1.5},
    {-1 / 1.5, 0.70710678118654752 / 1.5, -0.5 / 1.5},
    {1 / 6.0, 1.41421356237309505 / 6, 2 / 6.0},
    {1 / 6.0, -1.41421356237309505 / 6, 2 / 6.0},
    {0, 0, 1},
};

/// The 216 positions of one 3^3 kernel [kz][ky][kx], written `stride` floats apart.
static void transform_kernel(const float *kernel, float *target, ptrdiff_t stride) {
    double along_x[3][3][6], along_y[3][6][6];
    for (int z = 0; z < 3; z++)
        for (int y = 0; y < 3; y++)
            for (int p = 0; p < 6; p++) {
                const float *row = kernel + (z * 3 + y) * 3;
                along_x[z][y][p] = G[p][0] * row[0] + G[p][1] * row[1] + G[p][2] * row[2];
            }
    for (int z = 0; z < 3; z++)
        for (int p = 0; p < 6; p++)
            for (int x = 0; x < 6; x++)
                along_y[z][p][x] =
                    G[p][0] * along_x[z][0][x] + G[p][1] * along_x[z][1][x] + G[p][2] * along_x[z][2][x];
    for (int p = 0; p < 6; p++)
        for (int i = 0; i < 36; i++) {
            const double *column = &along_y[0][0][0] + i;
            target[(p * 36 + i) * stride] = (float)(G[p][0] * column[0] + G[p][1] * column[36] + G[p][2] * column[72]);
        }
}

void ck_winograd_weights(
    const float *weights, int32_t out, int32_t in, int32_t in_channels, int32_t out_channels, float *transformed) {
    memset(transformed, 0, sizeof(float) * (size_t)ck_winograd_weight_count(in_channels, out_channels));
    const ptrdiff_t stride = (ptrdiff_t)in_channels * out_channels;
    for (int32_t k = 0; k < out; k++)
        for (int32_t c = 0; c < in; c++)
            transform_kernel(
                weights + ((ptrdiff_t)k * in + c) * 27, transformed + (ptrdiff_t)c * out_channels + k, stride);
}
