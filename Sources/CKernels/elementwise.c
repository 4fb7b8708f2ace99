#include <math.h>

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

static float sigmoid(float v) { return 1 / (1 + expf(-v)); }

void ck_sigmoid(const float *src, int64_t voxels, int64_t channels, int64_t stride, float *dst) {
    for (int64_t i = 0; i < voxels * stride; i += stride) {
        for (int64_t c = 0; c < channels; c++) dst[i + c] = sigmoid(src[i + c]);
        for (int64_t c = channels; c < stride; c++) dst[i + c] = 0;
    }
}

void ck_lstm_gates(ck_operand gates, int64_t count, int64_t channels, int64_t stride, float *cell, float *hidden) {
    for (int64_t voxel = 0; voxel < count; voxel++) {
        const float *i = gates.values + voxel * gates.stride, *f = i + channels, *o = f + channels, *g = o + channels;
        float *c = cell + voxel * stride, *h = hidden + voxel * stride;
        for (int64_t k = 0; k < channels; k++) {
            c[k] = sigmoid(f[k]) * c[k] + sigmoid(i[k]) * tanhf(g[k]);
            h[k] = sigmoid(o[k]) * tanhf(c[k]);
        }
        for (int64_t k = channels; k < stride; k++) c[k] = h[k] = 0;
    }
}
