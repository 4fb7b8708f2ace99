#include "CKernels.h"

// The taps of a window along one axis that lie inside of the array: first ..< last, and where tap `first` is.
typedef struct {
    int64_t first, last, start;
} taps;

static taps taps_inside(int64_t output, ck_window window, int axis, int64_t extent) {
    const int64_t origin = output * window.stride[axis] - window.padding[axis], step = window.dilation[axis];
    taps t = {0, window.size[axis], 0};
    if (origin < 0) t.first = (step - 1 - origin) / step;
    if (extent <= origin) t.last = 0;
    else if ((extent - 1 - origin) / step + 1 < t.last) t.last = (extent - 1 - origin) / step + 1;
    if (t.first > t.last) t.first = t.last;
    t.start = origin + t.first * step;
    return t;
}

typedef struct {
    taps z, y, x;
} window_taps;

static window_taps taps_of_row(int64_t row, ck_shape input, ck_shape output, ck_window window) {
    return (window_taps){.z = taps_inside(row / output.height, window, 0, input.depth),
                         .y = taps_inside(row % output.height, window, 1, input.height)};
}

static const float *tap_voxel(const float *src, ck_shape input, ck_window window, const window_taps *at, int64_t kz,
                              int64_t ky) {
    const int64_t z = at->z.start + (kz - at->z.first) * window.dilation[0];
    const int64_t y = at->y.start + (ky - at->y.first) * window.dilation[1];
    return src + ((z * input.height + y) * input.width + at->x.start) * input.channels;
}

static void sum_window(const float *src, ck_shape input, ck_window window, const window_taps *at, float *dst) {
    const int64_t channels = input.channels, step = window.dilation[2] * channels;
    for (int64_t kz = at->z.first; kz < at->z.last; kz++)
        for (int64_t ky = at->y.first; ky < at->y.last; ky++) {
            const float *v = tap_voxel(src, input, window, at, kz, ky);
            for (int64_t kx = at->x.first; kx < at->x.last; kx++, v += step)
                for (int64_t c = 0; c < channels; c++) dst[c] += v[c];
        }
}

// The maxima of `lanes` (at most 16) channels from `src` on, kept in registers.
static inline void max_lanes(const float *src, ck_shape input, ck_window window, const window_taps *at, int64_t lanes,
                             float *dst) {
    const int64_t step = window.dilation[2] * input.channels;
    float maximum[16];
    for (int64_t c = 0; c < lanes; c++) maximum[c] = -__builtin_inff();
    for (int64_t kz = at->z.first; kz < at->z.last; kz++)
        for (int64_t ky = at->y.first; ky < at->y.last; ky++) {
            const float *v = tap_voxel(src, input, window, at, kz, ky);
            for (int64_t kx = at->x.first; kx < at->x.last; kx++, v += step)
                for (int64_t c = 0; c < lanes; c++) maximum[c] = v[c] > maximum[c] ? v[c] : maximum[c];
        }
    for (int64_t c = 0; c < lanes; c++) dst[c] = maximum[c];
}

static void max_window(const float *src, ck_shape input, ck_window window, const window_taps *at, float *dst) {
    int64_t c = 0;
    for (; c + 16 <= input.channels; c += 16) max_lanes(src + c, input, window, at, 16, dst + c);
    if (c < input.channels) max_lanes(src + c, input, window, at, input.channels - c, dst + c);
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

static bool is_halving(ck_window window) {
    bool halving = true;
    for (int axis = 0; axis < 3; axis++)
        halving &= window.size[axis] == 2 && window.stride[axis] == 2 && window.padding[axis] == 0 &&
                   window.dilation[axis] == 1;
    return halving;
}

void ck_average_pool(const float *src, ck_shape input, ck_window window, ck_shape output, int64_t first, int64_t count,
                     float *dst) {
    const int64_t channels = output.channels;
    for (int64_t row = first; row < first + count; row++) {
        window_taps at = taps_of_row(row, input, output, window);
        float *out = dst + row * output.width * channels;
        if (is_halving(window) && at.z.last == 2 && at.y.last == 2 && 2 * output.width <= input.width) {
            average_pairs(src, input, at.z.start * input.height + at.y.start, output.width, out);
            continue;
        }
        for (int64_t x = 0; x < output.width; x++, out += channels) {
            at.x = taps_inside(x, window, 2, input.width);
            for (int64_t c = 0; c < channels; c++) out[c] = 0;
            sum_window(src, input, window, &at, out);
            const int64_t n = (at.z.last - at.z.first) * (at.y.last - at.y.first) * (at.x.last - at.x.first);
            for (int64_t c = 0; c < channels; c++) out[c] /= (float)n;
        }
    }
}

void ck_max_pool(const float *src, ck_shape input, ck_window window, ck_shape output, int64_t first, int64_t count,
                 float *dst) {
    const int64_t channels = output.channels;
    for (int64_t row = first; row < first + count; row++) {
        window_taps at = taps_of_row(row, input, output, window);
        float *out = dst + row * output.width * channels;
        for (int64_t x = 0; x < output.width; x++, out += channels) {
            at.x = taps_inside(x, window, 2, input.width);
            max_window(src, input, window, &at, out);
        }
    }
}

// The maxima of one window and the taps at which they are.
static void max_tap(const float *src, ck_shape input, ck_window window, const window_taps *at, float *dst, float *tap) {
    const int64_t channels = input.channels, step = window.dilation[2] * channels;
    for (int64_t kz = at->z.first; kz < at->z.last; kz++)
        for (int64_t ky = at->y.first; ky < at->y.last; ky++) {
            const float *v = tap_voxel(src, input, window, at, kz, ky);
            for (int64_t kx = at->x.first; kx < at->x.last; kx++, v += step) {
                const float k = (float)((kz * window.size[1] + ky) * window.size[2] + kx);
                for (int64_t c = 0; c < channels; c++) {
                    const bool greater = v[c] > dst[c];
                    dst[c] = greater ? v[c] : dst[c];
                    tap[c] = greater ? k : tap[c];
                }
            }
        }
}

void ck_max_pool_indices(const float *src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                         int64_t count, float *dst, float *indices) {
    const int64_t channels = output.channels;
    for (int64_t row = first; row < first + count; row++) {
        window_taps at = taps_of_row(row, input, output, window);
        for (int64_t x = 0; x < output.width; x++) {
            const int64_t offset = (row * output.width + x) * channels;
            at.x = taps_inside(x, window, 2, input.width);
            for (int64_t c = 0; c < channels; c++) {
                dst[offset + c] = -__builtin_inff();
                indices[offset + c] = 0;
            }
            max_tap(src, input, window, &at, dst + offset, indices + offset);
        }
    }
}

void ck_unpool(const float *src, const float *indices, ck_shape input, ck_window window, ck_shape output, int64_t first,
               int64_t count, float *dst) {
    const int64_t channels = output.channels;
    for (int64_t row = first; row < first + count; row++)
        for (int64_t x = 0; x < output.width; x++) {
            const int64_t at[3] = {row / output.height, row % output.height, x};
            const int64_t extent[3] = {input.depth, input.height, input.width};
            int64_t voxel = 0, tap = 0;
            bool covered = true;
            for (int axis = 0; axis < 3; axis++) {
                const int64_t place = at[axis] / window.stride[axis], k = at[axis] % window.stride[axis];
                covered &= place < extent[axis] && k < window.size[axis];
                voxel = voxel * extent[axis] + place;
                tap = tap * window.size[axis] + k;
            }
            float *out = dst + (row * output.width + x) * channels;
            for (int64_t c = 0; c < channels; c++) {
                const int64_t i = voxel * channels + c;
                out[c] = covered && indices[i] == (float)tap ? src[i] : 0;
            }
        }
}

void ck_global_average(const float *src, int64_t voxels, int64_t channels, int64_t first, int64_t count, float *dst) {
    for (int64_t c = first; c < first + count; c += 16) {
        const int64_t lanes = first + count - c < 16 ? first + count - c : 16;
        double sum[16] = {0};
        for (int64_t i = 0; i < voxels; i++)
            for (int64_t lane = 0; lane < lanes; lane++) sum[lane] += src[i * channels + c + lane];
        for (int64_t lane = 0; lane < lanes; lane++) dst[c + lane] = (float)(sum[lane] / (double)voxels);
    }
}
