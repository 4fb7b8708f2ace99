#pragma once

/// The specification of the kernels in plain scalar C, in double precision: slow, readable, the measure of the fast.

#include "ck_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The 3 x 3 x 3 convolution; `problem->weights` is [out][in][kz][ky][kx], for one input channel too.
void ck_reference_convolution(const ck_convolution *_Nonnull problem);

/// The 1 x 1 x 1 convolution.
void ck_reference_pointwise(const ck_pointwise *_Nonnull problem);

/// The direct convolution; `problem->weights` is the matrix of all rows of the segments, [row][out].
void ck_reference_direct(const ck_direct *_Nonnull problem);

/// The depthwise convolution.
void ck_reference_depthwise(const ck_depthwise *_Nonnull problem);

#ifdef __cplusplus
}
#endif
