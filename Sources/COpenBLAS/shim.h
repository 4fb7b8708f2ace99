#pragma once
#include <cblas.h>

// The library's own start and stop (exported, but in no header): they choose the kernels for the CPU, or those that the
// environment variable OPENBLAS_CORETYPE names at that moment.
void gotoblas_init(void);
void gotoblas_quit(void);
