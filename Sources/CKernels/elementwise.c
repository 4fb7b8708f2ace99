#include <string.h>

#include "CKernels.h"

static inline float activated(float v, ck_activation activation, float slope) {
    switch (activation) {
    case ck_activation_none: return v;
    case ck_activation_relu: return v > 0 ? v : 0;
    case ck_activation_relu6: return v > 0 ? (v < 6 ? v : 6) : 0;
    case ck_activation_leaky: return v > 0 ? v : slope * v;
    }
}

void ck_store(const float *src, int64_t count, int64_t channels, ck_on_store on_store, float *dst) {
    const float floor = on_store.residual_relu ? 0 : -__builtin_inff();
    for (int64_t i = 0; i < count * channels; i += channels) {
        for (int64_t c = 0; c < channels; c++) {
            float v = src[i + c] + (on_store.bias ? on_store.bias[c] : 0);
            v = activated(v, on_store.activation, on_store.slope);
            if (on_store.residual) v += on_store.residual[i + c];
            dst[i + c] = v < floor ? floor : v;
        }
    }
}

void ck_activate(const float *src, int64_t count, ck_activation activation, float slope, float *dst) {
    for (int64_t i = 0; i < count; i++) dst[i] = activated(src[i], activation, slope);
}

void ck_affine(const float *src, int64_t voxels, int64_t channels, const float *scale, const float *shift, bool relu,
               float *dst) {
    const float floor = relu ? 0 : -__builtin_inff();
    for (int64_t i = 0; i < voxels * channels; i += channels)
        for (int64_t c = 0; c < channels; c++) {
            const float v = src[i + c] * scale[c] + shift[c];
            dst[i + c] = v < floor ? floor : v;
        }
}

void ck_add(const float *a, const float *b, int64_t count, bool relu, float *dst) {
    const float floor = relu ? 0 : -__builtin_inff();
    for (int64_t i = 0; i < count; i++) {
        const float v = a[i] + b[i];
        dst[i] = v < floor ? floor : v;
    }
}

// exp(v) to 2 units in the last place, in operations that the compiler can vectorise: 2^n times a polynomial of the
// rest (Taylor to the 7th power: |rest| <= ln(2) / 2).
static inline float exponential(float v) {
    v = v < -87 ? -87 : v > 88 ? 88 : v;
    const float shifted = v * 1.44269504f + 12582912;  // 1.5 * 2^23: the integer nearest to v / ln(2) in the low bits
    const float n = shifted - 12582912;
    const float rest = (v - n * 0.693359375f) + n * 2.12194440e-4f;
    float sum = 1 + rest / 7;
    sum = 1 + rest * sum * (1 / 6.0f);
    sum = 1 + rest * sum * (1 / 5.0f);
    sum = 1 + rest * sum * (1 / 4.0f);
    sum = 1 + rest * sum * (1 / 3.0f);
    sum = 1 + rest * sum * (1 / 2.0f);
    sum = 1 + rest * sum;
    int32_t bits, power;
    memcpy(&power, &shifted, sizeof power);
    memcpy(&bits, &sum, sizeof bits);
    bits += power << 23;
    memcpy(&sum, &bits, sizeof sum);
    return sum;
}

static inline float sigmoid(float v) { return 1 / (1 + exponential(-v)); }

// tanh(v) = 1 - 2 / (exp(2 v) + 1): to 1e-7 absolute.
static inline float hyperbolic_tangent(float v) { return 1 - 2 / (exponential(2 * v) + 1); }

void ck_sigmoid(const float *src, int64_t voxels, int64_t channels, int64_t stride, float *dst) {
    for (int64_t i = 0; i < voxels * stride; i++) dst[i] = sigmoid(src[i]);
    if (channels == stride) return;
    for (int64_t i = 0; i < voxels * stride; i += stride)
        for (int64_t c = channels; c < stride; c++) dst[i + c] = 0;
}

enum { lstm_block = 64 };

// One channel: the gates of a block of voxels are brought side by side, so that the loop over them vectorises.
static void lstm_gates_of_one(ck_operand gates, int64_t count, float *restrict cell, float *restrict hidden) {
    float values[4][lstm_block];
    for (int64_t first = 0; first < count; first += lstm_block) {
        const int64_t some = count - first < lstm_block ? count - first : lstm_block;
        for (int64_t voxel = 0; voxel < some; voxel++)
            for (int gate = 0; gate < 4; gate++)
                values[gate][voxel] = gates.values[(first + voxel) * gates.stride + gate];
        for (int64_t voxel = 0; voxel < some; voxel++) {
            const float forgotten = sigmoid(values[1][voxel]) * cell[first + voxel];
            const float state = forgotten + sigmoid(values[0][voxel]) * hyperbolic_tangent(values[3][voxel]);
            cell[first + voxel] = state;
            hidden[first + voxel] = sigmoid(values[2][voxel]) * hyperbolic_tangent(state);
        }
    }
}

void ck_lstm_gates(ck_operand gates, int64_t count, int64_t channels, int64_t stride, float *cell, float *hidden) {
    if (stride == 1) return lstm_gates_of_one(gates, count, cell, hidden);
    for (int64_t voxel = 0; voxel < count; voxel++) {
        const float *i = gates.values + voxel * gates.stride, *f = i + channels, *o = f + channels, *g = o + channels;
        float *c = cell + voxel * stride, *h = hidden + voxel * stride;
        for (int64_t k = 0; k < channels; k++) {
            c[k] = sigmoid(f[k]) * c[k] + sigmoid(i[k]) * hyperbolic_tangent(g[k]);
            h[k] = sigmoid(o[k]) * hyperbolic_tangent(c[k]);
        }
        for (int64_t k = channels; k < stride; k++) c[k] = h[k] = 0;
    }
}
