#include <string.h>

#include "CKernels.h"

// Where an output position reads: between `lower` and `upper`, `weight` from the upper.
typedef struct {
    int64_t lower, upper;
    float weight;
} position;

static position position_of(int64_t i, int64_t inputs, int64_t outputs, bool align_corners) {
    double at = 0;
    if (!align_corners) at = ((double)i + 0.5) * (double)inputs / (double)outputs - 0.5;
    else if (outputs > 1) at = (double)i * (double)(inputs - 1) / (double)(outputs - 1);
    if (at < 0) at = 0;
    int64_t lower = (int64_t)at;
    if (lower > inputs - 1) lower = inputs - 1;
    return (position){lower, lower + 1 < inputs ? lower + 1 : lower, (float)(at - (double)lower)};
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

void ck_resize_trilinear(const float *src, ck_shape input, ck_shape output, bool align_corners, int64_t first,
                         int64_t count, float *line, float *dst) {
    const int64_t channels = input.channels;
    for (int64_t row = first; row < first + count; row++) {
        const position z = position_of(row / output.height, input.depth, output.depth, align_corners);
        const position y = position_of(row % output.height, input.height, output.height, align_corners);
        blend_rows(src, input, z, y, line);
        for (int64_t x = 0; x < output.width; x++) {
            const position at = position_of(x, input.width, output.width, align_corners);
            const float *a = line + at.lower * channels, *b = line + at.upper * channels;
            float *out = dst + (row * output.width + x) * channels;
            for (int64_t c = 0; c < channels; c++) out[c] = (1 - at.weight) * a[c] + at.weight * b[c];
        }
    }
}

void ck_upsample_nearest(const float *src, ck_shape input, ck_shape output, int64_t first, int64_t count, float *dst) {
    const int64_t factor_z = output.depth / input.depth, factor_y = output.height / input.height;
    const int64_t factor_x = output.width / input.width, voxel = input.channels;
    const size_t bytes = (size_t)voxel * sizeof(float);
    for (int64_t row = first; row < first + count; row++) {
        const int64_t z = row / output.height / factor_z, y = row % output.height / factor_y;
        const float *source = src + (z * input.height + y) * input.width * voxel;
        float *out = dst + row * output.width * voxel;
        for (int64_t x = 0; x < input.width; x++, source += voxel)
            for (int64_t i = 0; i < factor_x; i++, out += voxel) memcpy(out, source, bytes);
    }
}
