#include <string.h>

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

void ck_copy_channels(const float *src, int64_t count, int64_t channels, int64_t dst_channels, int64_t dst_offset,
                      float *dst) {
    for (int64_t i = 0; i < count; i++) {
        memcpy(dst + i * dst_channels + dst_offset, src + i * channels, (size_t)channels * sizeof(float));
    }
}
