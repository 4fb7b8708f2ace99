#include "internal.h"

int64_t ck_stem7_workspace(int32_t out_width) {
    const int64_t tiles = (out_width + 2) / 3, pitch = (6 * tiles + 6 + 15) / 16 * 16;
    return (12 + 16 + 16) * pitch + 8 * (tiles * 144 + 16) + 36 * tiles * 64;
}

int32_t ck_stem7_rows(int32_t out_height) { return (out_height + 2) / 3; }

int64_t ck_stem7_weight_count(int32_t out_channels) { return (int64_t)36 * 28 * out_channels; }

/// G of F(3, 4) for the points 0, sqrt(1/2), -sqrt(1/2), sqrt(2), -sqrt(2), infinity.
static const double G[6][4] = {
    {1, 0, 0, 0},
    {-1 / 1.5, -0.70710678118654752 / 1.5, -0.5 / 1.5, -0.35355339059327376 / 1.5},
    {-1 / 1.5, 0.70710678118654752 / 1.5, -0.5 / 1.5, 0.35355339059327376 / 1.5},
    {1 / 6.0, 1.41421356237309505 / 6, 2 / 6.0, 2.82842712474619010 / 6},
    {1 / 6.0, -1.41421356237309505 / 6, 2 / 6.0, -2.82842712474619010 / 6},
    {0, 0, 0, 1},
};

/// Position (x, y), plane kz, signals p of x and q of y of the kernel [kz][ky][kx], whose values are `stride` apart.
static double transformed(const float *kernel, int64_t stride, int32_t x, int32_t y, int32_t kz, int32_t p, int32_t q) {
    double sum = 0;
    for (int32_t j = 0; 2 * j + q < 7; j++)
        for (int32_t i = 0; 2 * i + p < 7; i++)
            sum += G[y][j] * G[x][i] * kernel[((kz * 7 + 2 * j + q) * 7 + 2 * i + p) * stride];
    return sum;
}

void ck_stem7_weights(const float *matrix, int32_t out_channels, int32_t panel, float *weights) {
    for (int32_t channel = 0; channel < out_channels; channel += panel) {
        const int32_t width = out_channels - channel < panel ? out_channels - channel : panel;
        for (int32_t i = 0; i < 36 * 28; i++)
            for (int32_t k = 0; k < width; k++)
                *weights++ = (float)transformed(
                    matrix + channel + k, out_channels, i / 28 / 6, i / 28 % 6, i % 28 / 4, i / 2 % 2, i % 2);
    }
}
