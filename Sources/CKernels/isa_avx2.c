#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define CK_TABLE ck_kernels_avx2
#define CK_TARGET_NAME "avx2"
#define CK_ROWS_1 6
#define CK_ROWS_2 0
#define CK_ROWS_4 0
#define CK_LONE_ROWS 4
#include "kernels/all.h"
#pragma clang attribute pop
#endif
