#include <string.h>

#include "CKernels.h"

int64_t ck_patch_line_floats(ck_shape input, ck_window window, ck_shape output) {
    return ((output.width - 1) * window.stride[2] + (window.size[2] - 1) * window.dilation[2] + 1) * input.channels;
}

static void load(const float *src, int64_t voxels, int64_t channels, ck_on_load on_load, float *dst) {
    if (!on_load.scale && !on_load.relu) {
        memcpy(dst, src, (size_t)(voxels * channels) * sizeof(float));
        return;
    }
    if (!on_load.scale) {
        for (int64_t i = 0; i < voxels * channels; i++) dst[i] = src[i] > 0 ? src[i] : 0;
        return;
    }
    const float floor = on_load.relu ? 0 : -__builtin_inff();
    for (int64_t i = 0; i < voxels; i++) {
        for (int64_t c = 0; c < channels; c++) {
            const float v = src[i * channels + c] * on_load.scale[c] + on_load.shift[c];
            dst[i * channels + c] = v > floor ? v : floor;
        }
    }
}

// The values of one input row from x = `start`, `voxels` long, zero outside of the row.
static void load_line(const float *row, ck_shape input, ck_on_load on_load, int64_t start, int64_t voxels,
                      float *line) {
    const int64_t c = input.channels;
    int64_t left = start < 0 ? -start : 0;
    if (left > voxels) left = voxels;
    int64_t right = start + voxels - input.width;
    if (right < 0) right = 0;
    if (right > voxels - left) right = voxels - left;
    memset(line, 0, (size_t)(left * c) * sizeof(float));
    load(row + (start + left) * c, voxels - left - right, c, on_load, line + left * c);
    memset(line + (voxels - right) * c, 0, (size_t)(right * c) * sizeof(float));
}

// Copies from `line` the taps along x of `run` voxels, `pitch` floats apart.
static void gather_taps(const float *line, ck_window window, int64_t channels, int64_t run, int64_t pitch, float *out) {
    const int64_t step = window.stride[2] * channels, chunk = window.size[2] * channels;
    for (int64_t i = 0; i < run; i++, line += step, out += pitch) {
        if (window.dilation[2] == 1) {
            memcpy(out, line, (size_t)chunk * sizeof(float));
            continue;
        }
        for (int64_t kx = 0; kx < window.size[2]; kx++)
            memcpy(out + kx * channels, line + kx * window.dilation[2] * channels, (size_t)channels * sizeof(float));
    }
}

// The patches of `run` output voxels of one output row, from (z, y, x) on.
static void pack_run(const float *src, ck_shape input, ck_window window, ck_on_load on_load, const int64_t at[3],
                     int64_t run, float *line, float *dst) {
    const int64_t c = input.channels, chunk = window.size[2] * c;
    const int64_t pitch = window.size[0] * window.size[1] * chunk;
    const int64_t voxels = (run - 1) * window.stride[2] + (window.size[2] - 1) * window.dilation[2] + 1;
    for (int64_t kz = 0; kz < window.size[0]; kz++) {
        for (int64_t ky = 0; ky < window.size[1]; ky++) {
            const int64_t z = at[0] * window.stride[0] - window.padding[0] + kz * window.dilation[0];
            const int64_t y = at[1] * window.stride[1] - window.padding[1] + ky * window.dilation[1];
            float *out = dst + (kz * window.size[1] + ky) * chunk;
            if (z < 0 || z >= input.depth || y < 0 || y >= input.height) {
                for (int64_t i = 0; i < run; i++) memset(out + i * pitch, 0, (size_t)chunk * sizeof(float));
                continue;
            }
            const float *row = src + (z * input.height + y) * input.width * c;
            load_line(row, input, on_load, at[2] * window.stride[2] - window.padding[2], voxels, line);
            gather_taps(line, window, c, run, pitch, out);
        }
    }
}

void ck_pack_patches(const float *src, ck_shape input, ck_window window, ck_shape output, ck_on_load on_load,
                     int64_t first, int64_t count, float *line, float *dst) {
    const int64_t patch = window.size[0] * window.size[1] * window.size[2] * input.channels;
    for (int64_t voxel = first; voxel < first + count;) {
        const int64_t x = voxel % output.width, row = voxel / output.width;
        const int64_t at[3] = {row / output.height, row % output.height, x};
        int64_t run = output.width - x;
        if (run > first + count - voxel) run = first + count - voxel;
        pack_run(src, input, window, on_load, at, run, line, dst + (voxel - first) * patch);
        voxel += run;
    }
}
