#include <string.h>

#include "internal.h"

static int is_supported(const ck_kernels *kernels) {
#if defined(__x86_64__)
    if (kernels == &ck_kernels_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("fma");
    if (kernels == &ck_kernels_avx2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernels == &ck_kernels_baseline;
}

/// Best first.
static const ck_kernels *const all_kernels[] = {
#if defined(__x86_64__)
    &ck_kernels_avx512,
    &ck_kernels_avx2,
#endif
    &ck_kernels_baseline,
};

enum { KERNEL_COUNT = sizeof all_kernels / sizeof all_kernels[0] };

const ck_kernels *ck_kernels_best(void) {
    for (int i = 0; i < KERNEL_COUNT; i++)
        if (is_supported(all_kernels[i])) return all_kernels[i];
    return &ck_kernels_baseline;
}

const ck_kernels *ck_kernels_named(const char *name) {
    for (int i = 0; i < KERNEL_COUNT; i++)
        if (strcmp(all_kernels[i]->name, name) == 0 && is_supported(all_kernels[i])) return all_kernels[i];
    return NULL;
}
