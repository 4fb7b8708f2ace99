#if defined(__x86_64__)
#define CK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#pragma clang attribute push(CK_TARGET, apply_to = function)
#define CK_TABLE ck_kernels_avx512
#define CK_TARGET_NAME "avx512"
#define CK_ROWS_1 14
#define CK_ROWS_2 12
#define CK_ROWS_4 6
#define CK_LONE_ROWS 16
#include "kernels/all.h"
#pragma clang attribute pop
#endif
