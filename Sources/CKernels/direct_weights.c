#include <string.h>

#include "internal.h"

int64_t ck_direct_workspace(void) { return CK_DIRECT_RUNS * CK_DIRECT_SUMS + CK_DIRECT_COPIES; }

void ck_direct_weights(const float *matrix, int64_t rows, int32_t out_channels, int32_t panel, float *panels) {
    for (int32_t channel = 0; channel < out_channels;) {
        const int32_t width = out_channels - channel < panel ? out_channels - channel : panel;
        for (int64_t row = 0; row < rows; row++, panels += width)
            memcpy(panels, matrix + row * out_channels + channel, sizeof(float) * (size_t)width);
        channel += width;
    }
}
