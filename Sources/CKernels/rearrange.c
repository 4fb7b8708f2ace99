#include <string.h>

#include "CKernels.h"
#include "stream.h"

void ck_concatenate(const ck_operand *operands, int64_t operand_count, int64_t count, int64_t stride, float *dst) {
    for (int64_t i = 0; i < count; i++, dst += stride) {
        int64_t at = 0;
        for (int64_t k = 0; k < operand_count; at += operands[k].channels, k++)
            ck_stream(operands[k].values + i * operands[k].stride, operands[k].channels, dst + at);
        memset(dst + at, 0, (size_t)(stride - at) * sizeof *dst);
    }
}

void ck_crop(const float *src, ck_shape input, const int64_t origin[3], ck_shape output, int64_t first, int64_t count,
             float *dst) {
    const int64_t pitch = output.width * output.channels;
    for (int64_t row = first; row < first + count; row++) {
        const int64_t z = row / output.height + origin[0], y = row % output.height + origin[1];
        const float *source = src + ((z * input.height + y) * input.width + origin[2]) * input.channels;
        memcpy(dst + row * pitch, source, (size_t)pitch * sizeof *dst);
    }
}

void ck_broadcast(const float *src, int64_t channels, int64_t count, float *dst) {
    for (int64_t i = 0; i < count; i++) memcpy(dst + i * channels, src, (size_t)channels * sizeof *dst);
}
