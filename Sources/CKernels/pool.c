#include "CKernels.h"

static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// Combines the windows of one output row into dst: sums (average) or maxima.
static void pool_row(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t row, bool average,
                     float *dst) {
    const int64_t channels = input.channels;
    const int64_t z0 = row / output.height * factor, y0 = row % output.height * factor;
    const int64_t z1 = smaller(z0 + factor, input.depth), y1 = smaller(y0 + factor, input.height);
    for (int64_t x = 0; x < output.width; x++, dst += channels) {
        const int64_t x0 = x * factor, x1 = smaller(x0 + factor, input.width);
        for (int64_t c = 0; c < channels; c++) dst[c] = average ? 0 : -__builtin_inff();
        for (int64_t z = z0; z < z1; z++) {
            for (int64_t y = y0; y < y1; y++) {
                const float *v = src + ((z * input.height + y) * input.width + x0) * channels;
                for (int64_t i = x0; i < x1; i++, v += channels) {
                    for (int64_t c = 0; c < channels; c++) {
                        dst[c] = average ? dst[c] + v[c] : (v[c] > dst[c] ? v[c] : dst[c]);
                    }
                }
            }
        }
        if (!average) continue;
        const float weight = 1.0f / (float)((z1 - z0) * (y1 - y0) * (x1 - x0));
        for (int64_t c = 0; c < channels; c++) dst[c] *= weight;
    }
}

// Pairs along x of four rows of whole windows of 2.
static void average_pairs(const float *restrict src, ck_shape input, int64_t row, int64_t pairs, float *restrict dst) {
    const int64_t channels = input.channels, pitch = input.width * channels;
    const float *a = src + row * pitch, *b = a + pitch, *c = a + input.height * pitch, *d = c + pitch;
    if (channels == 1) {
        for (int64_t x = 0; x < pairs; x++) {
            const int64_t i = 2 * x, j = i + 1;
            dst[x] = 0.125f * (a[i] + a[j] + b[i] + b[j] + c[i] + c[j] + d[i] + d[j]);
        }
        return;
    }
    for (int64_t x = 0; x < pairs; x++)
        for (int64_t k = 0; k < channels; k++) {
            const int64_t i = 2 * x * channels + k, j = i + channels;
            dst[x * channels + k] = 0.125f * (a[i] + a[j] + b[i] + b[j] + c[i] + c[j] + d[i] + d[j]);
        }
}

void ck_average_pool(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t first, int64_t count,
                     float *dst) {
    const int64_t pitch = output.width * output.channels;
    for (int64_t row = first; row < first + count; row++) {
        const int64_t z = row / output.height * factor, y = row % output.height * factor;
        const bool whole = factor == 2 && z + 2 <= input.depth && y + 2 <= input.height && input.width % 2 == 0;
        if (whole) average_pairs(src, input, z * input.height + y, output.width, dst + row * pitch);
        else pool_row(src, input, output, factor, row, true, dst + row * pitch);
    }
}

void ck_max_pool(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t first, int64_t count,
                 float *dst) {
    const int64_t pitch = output.width * output.channels;
    for (int64_t row = first; row < first + count; row++) {
        pool_row(src, input, output, factor, row, false, dst + row * pitch);
    }
}
