// The kernels as one would write them down: one value at a time, straight from the definition.
#include "CKernels.h"

static int64_t at(ck_shape shape, int64_t z, int64_t y, int64_t x, int64_t c) {
    return c + shape.channels * (x + shape.width * (y + shape.height * z));
}

static bool inside(ck_shape shape, int64_t z, int64_t y, int64_t x) {
    return z >= 0 && z < shape.depth && y >= 0 && y < shape.height && x >= 0 && x < shape.width;
}

static float loaded(float v, int64_t c, ck_on_load on_load) {
    if (on_load.scale) v = v * on_load.scale[c] + on_load.shift[c];
    return on_load.relu && v < 0 ? 0 : v;
}

void ck_pack_patches_reference(const float *src, ck_shape input, ck_window window, ck_shape output, ck_on_load on_load,
                               int64_t first, int64_t count, float *line, float *dst) {
    (void)line;
    for (int64_t voxel = first; voxel < first + count; voxel++) {
        const int64_t row = voxel / output.width;
        const int64_t z0 = row / output.height * window.stride[0] - window.padding[0];
        const int64_t y0 = row % output.height * window.stride[1] - window.padding[1];
        const int64_t x0 = voxel % output.width * window.stride[2] - window.padding[2];
        for (int64_t kz = 0; kz < window.size[0]; kz++)
            for (int64_t ky = 0; ky < window.size[1]; ky++)
                for (int64_t kx = 0; kx < window.size[2]; kx++)
                    for (int64_t c = 0; c < input.channels; c++)
                        *dst++ = inside(input, z0 + kz, y0 + ky, x0 + kx)
                                     ? loaded(src[at(input, z0 + kz, y0 + ky, x0 + kx, c)], c, on_load)
                                     : 0;
    }
}

void ck_store_reference(const float *src, int64_t count, int64_t channels, ck_on_store on_store, float *dst) {
    for (int64_t i = 0; i < count * channels; i++) {
        float v = src[i];
        if (on_store.bias) v += on_store.bias[i % channels];
        if (on_store.relu && v < 0) v = 0;
        if (on_store.residual) v += on_store.residual[i];
        dst[i] = v;
    }
}

typedef struct {
    double sum, maximum;
    int64_t count;
} pooled;

static pooled pool(const float *src, ck_shape input, int64_t factor, int64_t z0, int64_t y0, int64_t x0, int64_t c) {
    pooled result = {0, -__builtin_inf(), 0};
    for (int64_t z = z0; z < z0 + factor; z++)
        for (int64_t y = y0; y < y0 + factor; y++)
            for (int64_t x = x0; x < x0 + factor; x++) {
                if (!inside(input, z, y, x)) continue;
                const double v = src[at(input, z, y, x, c)];
                result.sum += v;
                result.maximum = v > result.maximum ? v : result.maximum;
                result.count++;
            }
    return result;
}

void ck_average_pool_reference(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t first,
                               int64_t count, float *dst) {
    for (int64_t row = first; row < first + count; row++)
        for (int64_t x = 0; x < output.width; x++)
            for (int64_t c = 0; c < output.channels; c++) {
                const int64_t z = row / output.height, y = row % output.height;
                const pooled window = pool(src, input, factor, z * factor, y * factor, x * factor, c);
                dst[at(output, z, y, x, c)] = (float)(window.sum / (double)window.count);
            }
}

void ck_max_pool_reference(const float *src, ck_shape input, ck_shape output, int64_t factor, int64_t first,
                           int64_t count, float *dst) {
    for (int64_t row = first; row < first + count; row++)
        for (int64_t x = 0; x < output.width; x++)
            for (int64_t c = 0; c < output.channels; c++) {
                const int64_t z = row / output.height, y = row % output.height;
                dst[at(output, z, y, x, c)] =
                    (float)pool(src, input, factor, z * factor, y * factor, x * factor, c).maximum;
            }
}

// The weight of input j in output i of a doubled axis of n inputs.
static double tent(int64_t i, int64_t j, int64_t n) {
    const double distance = (double)i * (double)(n - 1) / (double)(2 * n - 1) - (double)j;
    const double weight = 1 - (distance < 0 ? -distance : distance);
    return weight > 0 ? weight : 0;
}

void ck_upsample2_reference(const float *src, ck_shape input, int64_t first, int64_t count, float *line, float *dst) {
    (void)line;
    const ck_shape output = {2 * input.depth, 2 * input.height, 2 * input.width, input.channels};
    for (int64_t row = first; row < first + count; row++)
        for (int64_t x = 0; x < output.width; x++)
            for (int64_t c = 0; c < output.channels; c++) {
                const int64_t z = row / output.height, y = row % output.height;
                double sum = 0;
                for (int64_t k = 0; k < input.depth; k++)
                    for (int64_t j = 0; j < input.height; j++)
                        for (int64_t i = 0; i < input.width; i++)
                            sum += tent(z, k, input.depth) * tent(y, j, input.height) * tent(x, i, input.width) *
                                   src[at(input, k, j, i, c)];
                dst[at(output, z, y, x, c)] = (float)sum;
            }
}
