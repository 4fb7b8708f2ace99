#include "CKernels.h"
#include "stream.h"

// Where an output position reads: between `lower` and `upper`, `weight` from the upper.
typedef struct {
    int64_t lower, upper;
    float weight;
} position;

// Output i reads at i * scale + shift.
typedef struct {
    int64_t inputs;
    double scale, shift;
} axis_map;

static axis_map map_axis(int64_t inputs, int64_t outputs, bool align_corners) {
    if (align_corners) return (axis_map){inputs, outputs > 1 ? (double)(inputs - 1) / (double)(outputs - 1) : 0, 0};
    const double scale = (double)inputs / (double)outputs;
    return (axis_map){inputs, scale, 0.5 * scale - 0.5};
}

static inline position position_of(int64_t i, axis_map axis) {
    double at = (double)i * axis.scale + axis.shift;
    if (at < 0) at = 0;
    int64_t lower = (int64_t)at;
    if (lower > axis.inputs - 1) lower = axis.inputs - 1;
    return (position){lower, lower + 1 < axis.inputs ? lower + 1 : lower, (float)(at - (double)lower)};
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

enum { resize_block = 256 };

// Outputs of a row, from their positions in `line`.
static void blend_voxels(const float *line, int64_t channels, const position *positions, int64_t count, float *out) {
    if (channels == 1) {
        for (int64_t x = 0; x < count; x++) {
            const position at = positions[x];
            out[x] = (1 - at.weight) * line[at.lower] + at.weight * line[at.upper];
        }
        return;
    }
    for (int64_t x = 0; x < count; x++, out += channels) {
        const float weight = positions[x].weight;
        const float *a = line + positions[x].lower * channels, *b = line + positions[x].upper * channels;
        for (int64_t c = 0; c < channels; c++) out[c] = (1 - weight) * a[c] + weight * b[c];
    }
}

void ck_resize_trilinear(const float *src, ck_shape input, ck_shape output, bool align_corners, int64_t first,
                         int64_t count, float *line, float *dst) {
    const axis_map z_axis = map_axis(input.depth, output.depth, align_corners);
    const axis_map y_axis = map_axis(input.height, output.height, align_corners);
    const axis_map x_axis = map_axis(input.width, output.width, align_corners);
    position z, y, x[resize_block];
    for (int64_t start = 0; start < output.width; start += resize_block) {
        const int64_t some = output.width - start < resize_block ? output.width - start : resize_block;
        for (int64_t i = 0; i < some; i++) x[i] = position_of(start + i, x_axis);
        for (int64_t row = first; row < first + count; row++) {
            z = position_of(row / output.height, z_axis);
            y = position_of(row % output.height, y_axis);
            blend_rows(src, input, z, y, line);
            blend_voxels(line, input.channels, x, some, dst + (row * output.width + start) * input.channels);
        }
    }
}

void ck_upsample_nearest(const float *src, ck_shape input, ck_shape output, int64_t first, int64_t count, float *dst) {
    const int64_t factor_z = output.depth / input.depth, factor_y = output.height / input.height;
    const int64_t factor_x = output.width / input.width, voxel = input.channels;
    for (int64_t row = first; row < first + count; row++) {
        const int64_t z = row / output.height / factor_z, y = row % output.height / factor_y;
        const float *source = src + (z * input.height + y) * input.width * voxel;
        float *out = dst + row * output.width * voxel;
        for (int64_t x = 0; x < input.width; x++, source += voxel)
            for (int64_t i = 0; i < factor_x; i++, out += voxel) ck_stream(source, voxel, out);
    }
}
