// Included once for every instruction set: no include guard.

enum { lone_channels = 64 };

/// 16 values of the lone channel from `source` on, of which `count` exist.
static CK_INLINE v16 lone_values(const float *source, int32_t count) {
    if (count == lone_lanes) return *(const v16_unaligned *)source;
    v16 values = {0};
    for (int32_t t = 0; t < count; t++) values[t] = source[t];
    return values;
}

/// The activated rows from `row` on: `block`[16][channels], zero beyond `count`, and `lone`[16].
static CK_INLINE void pointwise17_in(
    const ck_pointwise *problem, int64_t row, int32_t count, int32_t channels, float *block, float *lone) {
    const ck_fusion *fusion = &problem->fusion;
    for (int32_t t = 0; t < lone_lanes; t++)
        for (int32_t c = 0; c < channels; c += 16)
            store(
                block + t * channels + c,
                t < count ? activated(load(problem->input + (row + t) * channels + c), fusion, c) : (v16){0});
    if (problem->in_channels == channels) return;
    const v16 values = lone_values(problem->input + problem->rows * channels + row, count);
    store(lone, lone_activated(values, fusion, channels));
}

/// Bias, ReLU and residual, and writes the rows.
static CK_INLINE void pointwise17_out(
    const ck_pointwise *problem, int64_t row, int32_t count, const float *block, const float *lone) {
    const ck_fusion *fusion = &problem->fusion;
    const int32_t channels = problem->out_channels & ~15;
    for (int32_t t = 0; channels > 0 && t < count; t++) {
        const int64_t offset = (row + t) * channels;
        const float *residual = fusion->residual ? fusion->residual + offset : 0;
        store(problem->output + offset, finished(load(block + 16 * t), fusion, 0, residual));
    }
    if (problem->out_channels == channels) return;
    const int64_t offset = problem->rows * channels + row;
    v16 values = lone_finished(load(lone), fusion, channels);
    if (fusion->residual) values += lone_values(fusion->residual + offset, count);
    if (fusion->residual_relu) values = relu(values);
    if (count == lone_lanes) *(v16_unaligned *)(problem->output + offset) = values;
    else
        for (int32_t t = 0; t < count; t++) problem->output[offset + t] = values[t];
}

static void pointwise17(const ck_pointwise *problem, int64_t first, int64_t last) {
    const int32_t channels = problem->in_channels & ~15;
    const int from_lone = problem->in_channels > channels;
    const int to_block = problem->out_channels >= 16, to_lone = problem->out_channels % 16 == 1;
    _Alignas(64) float rows[lone_lanes * lone_channels], block[lone_lanes * 16];
    _Alignas(64) float lone[lone_lanes] = {0}, lone_sums[lone_lanes];
    for (int64_t row = first; row < last; row += lone_lanes) {
        const int32_t count = (int32_t)(last - row < lone_lanes ? last - row : lone_lanes);
        pointwise17_in(problem, row, count, channels, rows, lone);
        if (channels == 16)
            lone_products(rows, 16, 16, lone, problem->weights, from_lone, to_block, to_lone, block, lone_sums);
        else
            lone_products(
                rows, channels, channels, lone, problem->weights, from_lone, to_block, to_lone, block, lone_sums);
        pointwise17_out(problem, row, count, block, lone_sums);
    }
}
