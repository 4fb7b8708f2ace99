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

void ck_average_pool(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t first, int64_t count,
                     float *dst) {
    const int64_t pitch = output.width * output.channels;
    for (int64_t row = first; row < first + count; row++) {
        pool_row(src, input, output, factor, row, true, dst + row * pitch);
    }
}

void ck_max_pool(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t first, int64_t count,
                 float *dst) {
    const int64_t pitch = output.width * output.channels;
    for (int64_t row = first; row < first + count; row++) {
        pool_row(src, input, output, factor, row, false, dst + row * pitch);
    }
}
