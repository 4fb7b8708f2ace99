#include <string.h>

#include "internal.h"

int64_t ck_winograd17_workspace(void) { return 216 * (16 * 16 + 16) + 216 * 16; }

int64_t ck_lone_weight_count(int32_t in, int64_t positions) {
    const int32_t channels = in & ~15;
    return positions * (16 * (channels + 1) + channels + 16);
}

void ck_lone_weights(
    const float *matrices, int64_t positions, int32_t in, int32_t out, int32_t stride, float *arranged) {
    const int32_t channels = in & ~15, block = out & ~15;
    const int64_t pitch = ck_lone_weight_count(in, 1);
    memset(arranged, 0, sizeof(float) * (size_t)(positions * pitch));
    for (int64_t p = 0; p < positions; p++)
        for (int32_t c = 0; c < in; c++)
            for (int32_t k = 0; k < out; k++) {
                const int64_t place = k < block ? 16 * c + k : 16 * (channels + 1) + c;
                arranged[p * pitch + place] = matrices[(p * in + c) * stride + k];
            }
}
