// x86-64 without extensions (16 registers of 4 floats), or NEON (32 of them).
#define CK_TABLE ck_kernels_baseline
#define CK_TARGET_NAME "baseline"
#if defined(__aarch64__)
#define CK_ROWS_1 6
#define CK_LONE_ROWS 4
#else
#define CK_ROWS_1 3
#define CK_LONE_ROWS 2
#endif
#define CK_ROWS_2 0
#define CK_ROWS_4 0
#include "kernels/all.h"
