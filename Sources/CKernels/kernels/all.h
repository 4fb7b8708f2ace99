// Included once for every instruction set: no include guard.
//
// The including file defines x, CK_TARGET_NAME and CK_ROWS_1, _2, _4: the rows of a register block of 16, 32 and 64
// outputs (0: not used).

// v16 is passed between functions that are all inlined: no call crosses an instruction set.
#pragma clang diagnostic ignored "-Wpsabi"

#include <string.h>

#include "../internal.h"

#include "vector.h"
#include "gemm.h"
#include "winograd.h"
#include "stem.h"
#include "pointwise.h"
#include "direct.h"

const ck_kernels CK_TABLE = {
    .name = CK_TARGET_NAME,
    .winograd = winograd,
    .stem = stem,
    .pointwise = pointwise,
    .direct = direct,
    .direct_panel = direct_panel,
};
