#pragma once

#include <stdint.h>
#include <string.h>

typedef float ck_v4 __attribute__((vector_size(16)));

// Copies past the caches, for results that are far larger: they are not read before they are written whole.
static inline void ck_stream(const float *src, int64_t count, float *dst) {
    if (((uintptr_t)src | (uintptr_t)dst | (uintptr_t)(4 * count)) % 16 != 0) {
        memcpy(dst, src, (size_t)count * sizeof *dst);
        return;
    }
    for (int64_t i = 0; i < count; i += 4) __builtin_nontemporal_store(*(const ck_v4 *)(src + i), (ck_v4 *)(dst + i));
}
