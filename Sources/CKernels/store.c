#include "CKernels.h"

void ck_store(const float *src, int64_t count, int64_t channels, ck_on_store on_store, float *dst) {
    const float floor = on_store.relu ? 0 : -__builtin_inff();
    for (int64_t i = 0; i < count * channels; i += channels) {
        for (int64_t c = 0; c < channels; c++) {
            float v = src[i + c] + (on_store.bias ? on_store.bias[c] : 0);
            v = v > floor ? v : floor;
            dst[i + c] = on_store.residual ? v + on_store.residual[i + c] : v;
        }
    }
}

void ck_add(const float *a, const float *b, int64_t count, float *dst) {
    for (int64_t i = 0; i < count; i++) dst[i] = a[i] + b[i];
}

void ck_concatenate(ck_operand a, ck_operand b, int64_t count, int64_t stride, float *dst) {
    for (int64_t i = 0; i < count; i++, dst += stride) {
        for (int64_t c = 0; c < a.channels; c++) dst[c] = a.values[i * a.stride + c];
        for (int64_t c = 0; c < b.channels; c++) dst[a.channels + c] = b.values[i * b.stride + c];
        for (int64_t c = a.channels + b.channels; c < stride; c++) dst[c] = 0;
    }
}
