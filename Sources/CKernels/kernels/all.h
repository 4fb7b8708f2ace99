// Included once for every instruction set: no include guard.
//
// The including file defines x, CK_TARGET_NAME and CK_ROWS_1, _2, _4: the rows of a register block of 16, 32 and 64
// outputs (0: not used); and CK_LONE_ROWS, the rows of a block of the 16 + 1 channel product, a divisor of 16.

// v16 is passed between functions that are all inlined: no call crosses an instruction set.
#pragma clang diagnostic ignored "-Wpsabi"

#include <string.h>

#include "../include/ck_winograd2d.h"
#include "../internal.h"

#include "vector.h"
#include "gemm.h"
#include "winograd.h"
#include "winograd_weights.h"
#include "lone.h"
#include "winograd17.h"
#include "plane_product.h"
#include "winograd2d.h"
#include "stem.h"
#include "pointwise17.h"
#include "direct.h"
#include "depthwise.h"
#include "stem7.h"

const ck_kernels CK_TABLE = {
    .name = CK_TARGET_NAME,
    .winograd = winograd,
    .winograd_weights = winograd_weights,
    .winograd17 = winograd17,
    .winograd2d = winograd2d,
    .stem = stem,
    .pointwise17 = pointwise17,
    .direct = direct,
    .depthwise = depthwise,
    .stem7 = stem7,
    .direct_panel = direct_panel,
};
