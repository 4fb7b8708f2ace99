#include <string.h>

#include "include/ck_winograd2d.h"
#include "internal.h"

int64_t ck_winograd2d_tiles(int32_t depth, int32_t height, int32_t width, int32_t tile) {
    return (int64_t)depth * ((height + tile - 1) / tile) * ((width + tile - 1) / tile);
}

static int32_t position_count(int32_t tile) { return (tile + 2) * (tile + 2); }

int64_t ck_winograd2d_workspace(int32_t in_channels, int32_t outputs, int32_t tile, int32_t batch) {
    return (position_count(tile) + 1) * (batch * ck_winograd2d_tile_stride(in_channels, outputs) + 16);
}

int64_t ck_winograd2d_weight_count(int32_t in_channels, int32_t out_channels, int32_t tile) {
    return (int64_t)position_count(tile) * in_channels * out_channels;
}

/// G of F(2, 3) for the points 0, 1, -1, infinity.
static const double G2[4][3] = {{1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

/// G of F(4, 3) for the points 0, sqrt(1/2), -sqrt(1/2), sqrt(2), -sqrt(2), infinity.
static const double G4[6][3] = {
    {1, 0, 0},
    {-1 / 1.5, -0.70710678118654752 / 1.5, -0.5 / 1.5},
    {-1 / 1.5, 0.70710678118654752 / 1.5, -0.5 / 1.5},
    {1 / 6.0, 1.41421356237309505 / 6, 2 / 6.0},
    {1 / 6.0, -1.41421356237309505 / 6, 2 / 6.0},
    {0, 0, 1},
};

/// 3 x 3 kernels of one input channel and a panel of outputs.
typedef double kernel_panel[9][CK_WINOGRAD2D_PANEL];

/// G g G^T for every output of the panel, its positions `stride` floats apart.
static void transform_panel(
    const double (*g)[3], int32_t n, const kernel_panel kernels, int32_t outputs, float *target, ptrdiff_t stride) {
    for (int32_t p = 0; p < n; p++) {
        double rows[3][CK_WINOGRAD2D_PANEL];
        for (int32_t x = 0; x < 3; x++)
            for (int32_t k = 0; k < CK_WINOGRAD2D_PANEL; k++)
                rows[x][k] = g[p][0] * kernels[x][k] + g[p][1] * kernels[3 + x][k] + g[p][2] * kernels[6 + x][k];
        for (int32_t q = 0; q < n; q++) {
            float *position = target + (p * n + q) * stride;
            for (int32_t k = 0; k < outputs; k++)
                position[k] = (float)(g[q][0] * rows[0][k] + g[q][1] * rows[1][k] + g[q][2] * rows[2][k]);
        }
    }
}

void ck_winograd2d_weights(
    const float *weights, int32_t out, int32_t in, int32_t in_channels, int32_t out_channels, int32_t tile,
    float *transformed) {
    memset(transformed, 0, sizeof(float) * (size_t)ck_winograd2d_weight_count(in_channels, out_channels, tile));
    const ptrdiff_t stride = (ptrdiff_t)in_channels * out_channels;
    for (int32_t first = 0; first < out; first += CK_WINOGRAD2D_PANEL) {
        const int32_t width = out_channels - first < CK_WINOGRAD2D_PANEL ? out_channels - first : CK_WINOGRAD2D_PANEL;
        const int32_t real = out - first < width ? out - first : width;
        for (int32_t c = 0; c < in; c++) {
            kernel_panel kernels = {{0}};
            for (int32_t k = 0; k < real; k++)
                for (int32_t tap = 0; tap < 9; tap++)
                    kernels[tap][k] = weights[((ptrdiff_t)(first + k) * in + c) * 9 + tap];
            float *target = transformed + (ptrdiff_t)first * in_channels + (ptrdiff_t)c * width;
            transform_panel(tile == 4 ? G4 : G2, tile + 2, kernels, width, target, stride);
        }
    }
}
