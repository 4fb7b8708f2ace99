// The kernels as one would write them down: one value at a time, straight from the definition.
#include <math.h>

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
                for (int64_t kx = 0; kx < window.size[2]; kx++) {
                    const int64_t z = z0 + kz * window.dilation[0], y = y0 + ky * window.dilation[1];
                    const int64_t x = x0 + kx * window.dilation[2];
                    for (int64_t c = 0; c < input.channels; c++)
                        *dst++ = inside(input, z, y, x) ? loaded(src[at(input, z, y, x, c)], c, on_load) : 0;
                }
    }
}

static float activated(float v, ck_activation activation, float slope) {
    if (activation == ck_activation_leaky) return v > 0 ? v : slope * v;
    if (activation != ck_activation_none && v < 0) v = 0;
    return activation == ck_activation_relu6 && v > 6 ? 6 : v;
}

void ck_store_reference(const float *src, int64_t count, int64_t channels, ck_on_store on_store, float *dst) {
    for (int64_t i = 0; i < count * channels; i++) {
        float v = src[i];
        if (on_store.bias) v += on_store.bias[i % channels];
        v = activated(v, on_store.activation, on_store.slope);
        if (on_store.residual) v += on_store.residual[i];
        dst[i] = on_store.residual_relu && v < 0 ? 0 : v;
    }
}

typedef struct {
    double sum, maximum;
    int64_t count, tap;
} pooled;

// The window of output (z, y, x), channel c.
static pooled pool(const float *src, ck_shape input, ck_window window, int64_t z, int64_t y, int64_t x, int64_t c) {
    pooled result = {0, -INFINITY, 0, 0};
    for (int64_t tap = 0; tap < window.size[0] * window.size[1] * window.size[2]; tap++) {
        const int64_t kz = tap / window.size[2] / window.size[1], ky = tap / window.size[2] % window.size[1];
        const int64_t kx = tap % window.size[2];
        const int64_t iz = z * window.stride[0] - window.padding[0] + kz * window.dilation[0];
        const int64_t iy = y * window.stride[1] - window.padding[1] + ky * window.dilation[1];
        const int64_t ix = x * window.stride[2] - window.padding[2] + kx * window.dilation[2];
        if (!inside(input, iz, iy, ix)) continue;
        const double v = src[at(input, iz, iy, ix, c)];
        result.sum += v;
        result.count++;
        if (v > result.maximum) {
            result.maximum = v;
            result.tap = tap;
        }
    }
    return result;
}

#define FOR_EACH_OUTPUT                                                  \
    for (int64_t row = first, z, y; row < first + count; row++)          \
        for (int64_t x = 0; x < output.width; x++)                       \
            for (int64_t c = 0; z = row / output.height, y = row % output.height, c < output.channels; c++)

void ck_average_pool_reference(const float *src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                               int64_t count, float *dst) {
    FOR_EACH_OUTPUT {
        const pooled result = pool(src, input, window, z, y, x, c);
        dst[at(output, z, y, x, c)] = (float)(result.sum / (double)result.count);
    }
}

void ck_max_pool_reference(const float *src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                           int64_t count, float *dst) {
    FOR_EACH_OUTPUT dst[at(output, z, y, x, c)] = (float)pool(src, input, window, z, y, x, c).maximum;
}

void ck_max_pool_indices_reference(const float *src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                                   int64_t count, float *dst, float *indices) {
    FOR_EACH_OUTPUT {
        const pooled result = pool(src, input, window, z, y, x, c);
        dst[at(output, z, y, x, c)] = (float)result.maximum;
        indices[at(output, z, y, x, c)] = (float)result.tap;
    }
}

void ck_unpool_reference(const float *src, const float *indices, ck_shape input, ck_window window, ck_shape output,
                         int64_t first, int64_t count, float *dst) {
    FOR_EACH_OUTPUT {
        dst[at(output, z, y, x, c)] = 0;
        for (int64_t kz = 0; kz < window.size[0]; kz++)
            for (int64_t ky = 0; ky < window.size[1]; ky++)
                for (int64_t kx = 0; kx < window.size[2]; kx++) {
                    const int64_t dz = z - kz, dy = y - ky, dx = x - kx;
                    if (dz % window.stride[0] || dy % window.stride[1] || dx % window.stride[2]) continue;
                    const int64_t pz = dz / window.stride[0], py = dy / window.stride[1], px = dx / window.stride[2];
                    if (!inside(input, pz, py, px)) continue;
                    const float tap = (float)((kz * window.size[1] + ky) * window.size[2] + kx);
                    const int64_t pooled = at(input, pz, py, px, c);
                    if (indices[pooled] == tap) dst[at(output, z, y, x, c)] = src[pooled];
                }
    }
}

void ck_global_average_reference(const float *src, int64_t voxels, int64_t channels, int64_t first, int64_t count,
                                 float *dst) {
    for (int64_t c = first; c < first + count; c++) {
        double sum = 0;
        for (int64_t i = 0; i < voxels; i++) sum += src[i * channels + c];
        dst[c] = (float)(sum / (double)voxels);
    }
}

void ck_broadcast_reference(const float *src, int64_t channels, int64_t count, float *dst) {
    for (int64_t i = 0; i < count * channels; i++) dst[i] = src[i % channels];
}

// The weight of input j of n in output i of m.
static double tent(int64_t i, int64_t j, int64_t n, int64_t m, bool align_corners) {
    double position = align_corners ? (m > 1 ? (double)i * (double)(n - 1) / (double)(m - 1) : 0)
                                    : ((double)i + 0.5) * (double)n / (double)m - 0.5;
    position = fmin(fmax(position, 0), (double)(n - 1));
    return fmax(0, 1 - fabs(position - (double)j));
}

void ck_resize_trilinear_reference(const float *src, ck_shape input, ck_shape output, bool align_corners, int64_t first,
                                   int64_t count, float *line, float *dst) {
    (void)line;
    FOR_EACH_OUTPUT {
        double sum = 0;
        for (int64_t k = 0; k < input.depth; k++)
            for (int64_t j = 0; j < input.height; j++)
                for (int64_t i = 0; i < input.width; i++)
                    sum += tent(z, k, input.depth, output.depth, align_corners) *
                           tent(y, j, input.height, output.height, align_corners) *
                           tent(x, i, input.width, output.width, align_corners) * src[at(input, k, j, i, c)];
        dst[at(output, z, y, x, c)] = (float)sum;
    }
}

void ck_upsample_nearest_reference(const float *src, ck_shape input, ck_shape output, int64_t first, int64_t count,
                                   float *dst) {
    FOR_EACH_OUTPUT {
        const int64_t k = z * input.depth / output.depth, j = y * input.height / output.height;
        dst[at(output, z, y, x, c)] = src[at(input, k, j, x * input.width / output.width, c)];
    }
}

void ck_activate_reference(const float *src, int64_t count, ck_activation activation, float slope, float *dst) {
    for (int64_t i = 0; i < count; i++) dst[i] = activated(src[i], activation, slope);
}

void ck_affine_reference(const float *src, int64_t voxels, int64_t channels, const float *scale, const float *shift,
                         bool relu, float *dst) {
    const ck_on_load on_load = {scale, shift, relu};
    for (int64_t i = 0; i < voxels * channels; i++) dst[i] = loaded(src[i], i % channels, on_load);
}

void ck_add_reference(const float *a, const float *b, int64_t count, bool relu, float *dst) {
    for (int64_t i = 0; i < count; i++) dst[i] = relu && a[i] + b[i] < 0 ? 0 : a[i] + b[i];
}

static double sigmoid(double v) { return 1 / (1 + exp(-v)); }

void ck_sigmoid_reference(const float *src, int64_t voxels, int64_t channels, int64_t stride, float *dst) {
    for (int64_t i = 0; i < voxels * stride; i++) dst[i] = i % stride < channels ? (float)sigmoid(src[i]) : 0;
}

void ck_lstm_gates_reference(ck_operand gates, int64_t count, int64_t channels, int64_t stride, float *cell,
                             float *hidden) {
    for (int64_t i = 0; i < count * stride; i++) {
        const int64_t channel = i % stride;
        const float *gate = gates.values + i / stride * gates.stride + channel;
        if (channel >= channels) {
            cell[i] = hidden[i] = 0;
            continue;
        }
        const double input = sigmoid(gate[0]), forget = sigmoid(gate[channels]), output = sigmoid(gate[2 * channels]);
        const double state = forget * cell[i] + input * tanh(gate[3 * channels]);
        cell[i] = (float)state;
        hidden[i] = (float)(output * tanh(state));
    }
}

void ck_concatenate_reference(const ck_operand *operands, int64_t operand_count, int64_t count, int64_t stride,
                              float *dst) {
    for (int64_t i = 0; i < count; i++) {
        int64_t written = 0;
        for (int64_t k = 0; k < operand_count; k++)
            for (int64_t c = 0; c < operands[k].channels; c++)
                dst[i * stride + written++] = operands[k].values[i * operands[k].stride + c];
        while (written < stride) dst[i * stride + written++] = 0;
    }
}

void ck_crop_reference(const float *src, ck_shape input, const int64_t origin[3], ck_shape output, int64_t first,
                       int64_t count, float *dst) {
    FOR_EACH_OUTPUT dst[at(output, z, y, x, c)] = src[at(input, z + origin[0], y + origin[1], x + origin[2], c)];
}
