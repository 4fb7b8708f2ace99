// Included once for every instruction set: no include guard.

/// Copies the 3 x 3 input rows around output row (z, y) to `rows`, each with one zero before and after, zero outside.
static void stem_rows(const ck_convolution *problem, int32_t z, int32_t y, float *rows) {
    const int32_t width = problem->width;
    for (int32_t i = 0; i < 9; i++) {
        const int32_t source_z = z + i / 3 - 1, source_y = y + i % 3 - 1;
        float *row = rows + i * (width + 2);
        const int inside =
            (uint32_t)source_z < (uint32_t)problem->depth && (uint32_t)source_y < (uint32_t)problem->height;
        row[0] = row[width + 1] = 0;
        const float *source = problem->input + ((ptrdiff_t)source_z * problem->height + source_y) * width;
        if (inside)
            memcpy(row + 1, source, sizeof(float) * width);
        else
            memset(row + 1, 0, sizeof(float) * width);
    }
}

enum { stem_outputs = CK_ROWS_4 > 0 ? 14 : 6 };

/// `count` (at most `stem_outputs`) outputs of 16 channels from `x` on.
static CK_INLINE void stem_block(
    const ck_convolution *problem, const float *rows, int32_t x, int32_t channel, int32_t count, float *target,
    const float *residual) {
    const ptrdiff_t row_stride = problem->width + 2, out = problem->out_channels;
    const float *weights = problem->weights + channel;
    v16 sum[stem_outputs] = {0};
    for (int32_t row = 0; row < 9; row++)
        for (int32_t tap = 0; tap < 3; tap++, weights += out) {
            const v16 weight = load(weights);
            const float *source = rows + row * row_stride + tap + x;
            _Pragma("clang loop unroll(full)") for (int32_t i = 0; i < count; i++) sum[i] += splat(source[i]) * weight;
        }
    _Pragma("clang loop unroll(full)") for (int32_t i = 0; i < count; i++) {
        const v16 value = finished(sum[i], &problem->fusion, channel, residual ? residual + i * out : 0);
        __builtin_nontemporal_store(value, (v16 *)(target + i * out));
    }
}

static void stem(const ck_convolution *problem, int64_t first, int64_t last, float *workspace) {
    const ptrdiff_t out = problem->out_channels;
    for (int64_t row = first; row < last; row++) {
        stem_rows(problem, (int32_t)(row / problem->height), (int32_t)(row % problem->height), workspace);
        for (int32_t channel = 0; channel < out; channel += 16)
            for (int32_t x = 0, count; x < problem->width; x += count) {
                const ptrdiff_t offset = (row * problem->width + x) * out + channel;
                const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
                float *target = problem->output + offset;
                const int32_t left = problem->width - x;
                count = left >= stem_outputs ? stem_outputs : left >= 4 ? 4 : 1;
                if (count == stem_outputs)
                    stem_block(problem, workspace, x, channel, stem_outputs, target, residual);
                else if (count == 4)
                    stem_block(problem, workspace, x, channel, 4, target, residual);
                else
                    stem_block(problem, workspace, x, channel, 1, target, residual);
            }
    }
}
