#include "CKernels.h"

// Where output i of a doubled axis of n inputs reads: between `lower` and `upper`, `weight` from the lower.
typedef struct {
    int64_t lower, upper;
    float weight;
} position;

static position aligned_corners(int64_t i, int64_t n) {
    const double at = (double)i * (double)(n - 1) / (double)(2 * n - 1);
    const int64_t lower = (int64_t)at;
    return (position){lower, lower + 1 < n ? lower + 1 : n - 1, (float)(at - (double)lower)};
}

// The input row at fractional (z, y), blended from four.
static void blend_rows(const float *src, ck_shape input, position z, position y, float *line) {
    const int64_t pitch = input.width * input.channels;
    const float *a = src + (z.lower * input.height + y.lower) * pitch;
    const float *b = src + (z.lower * input.height + y.upper) * pitch;
    const float *c = src + (z.upper * input.height + y.lower) * pitch;
    const float *d = src + (z.upper * input.height + y.upper) * pitch;
    const float wa = (1 - z.weight) * (1 - y.weight), wb = (1 - z.weight) * y.weight;
    const float wc = z.weight * (1 - y.weight), wd = z.weight * y.weight;
    for (int64_t i = 0; i < pitch; i++) line[i] = wa * a[i] + wb * b[i] + wc * c[i] + wd * d[i];
}

void ck_upsample2(const float *src, ck_shape input, int64_t first, int64_t count, float *line, float *dst) {
    const int64_t channels = input.channels, height = 2 * input.height, width = 2 * input.width;
    for (int64_t row = first; row < first + count; row++) {
        const position z = aligned_corners(row / height, input.depth), y = aligned_corners(row % height, input.height);
        blend_rows(src, input, z, y, line);
        for (int64_t x = 0; x < width; x++) {
            const position at = aligned_corners(x, input.width);
            const float *a = line + at.lower * channels, *b = line + at.upper * channels;
            float *out = dst + (row * width + x) * channels;
            for (int64_t c = 0; c < channels; c++) out[c] = (1 - at.weight) * a[c] + at.weight * b[c];
        }
    }
}
