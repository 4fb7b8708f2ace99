// Included once for every instruction set: no include guard.
//
// Winograd F(4x4x4, 3x3x3) for 16 + 1 channels: the block of 16 as in winograd.h, the lone channel with a tile in each
// lane, so that its transforms cost a sixteenth of the block's.

/// The fused input activation of four voxels of the lone channel.
static CK_INLINE v4 activated_quad(v4 quad, const ck_fusion *fusion) {
    if (fusion->scale) quad = quad * fusion->scale[16] + fusion->shift[16];
    return fusion->input_relu ? __builtin_elementwise_max(quad, (v4){0}) : quad;
}

/// Four voxels of the lone channel from x on, activated; zero outside the volume.
static CK_INLINE v4 lone_quad(const ck_convolution *problem, const float *lone, int32_t z, int32_t y, int32_t x) {
    if ((uint32_t)z >= (uint32_t)problem->depth || (uint32_t)y >= (uint32_t)problem->height) return (v4){0};
    const float *row = lone + ((ptrdiff_t)z * problem->height + y) * problem->width;
    if (x >= 0 && x + 4 <= problem->width) return activated_quad(*(const v4 *)(row + x), &problem->fusion);
    v4 quad = {0};
    for (int32_t i = 0; i < 4; i++)
        if ((uint32_t)(x + i) < (uint32_t)problem->width) quad[i] = row[x + i];
    quad = activated_quad(quad, &problem->fusion);
    for (int32_t i = 0; i < 4; i++)
        if ((uint32_t)(x + i) >= (uint32_t)problem->width) quad[i] = 0;
    return quad;
}

/// The 6 values of the windows' rows at (z, y) from their corners, tile t in lane t.
static CK_INLINE void lone_window_row(
    const ck_convolution *problem, const float *lone, const tile_batch *batch, int32_t z, int32_t y, v16 d[6]) {
    _Alignas(64) float near[4 * lone_lanes] = {0}, far[4 * lone_lanes] = {0};
    for (int32_t t = 0; t < batch->count; t++) {
        const ck_axes place = batch->places[t];
        *(v4 *)(near + 4 * t) = lone_quad(problem, lone, place.z - 1 + z, place.y - 1 + y, place.x - 1);
        *(v4 *)(far + 4 * t) = lone_quad(problem, lone, place.z - 1 + z, place.y - 1 + y, place.x + 3);
    }
    v16 rest[4];
    deinterleave(near, d);
    deinterleave(far, rest);
    d[4] = rest[0];
    d[5] = rest[1];
}

/// Transforms the lone channel of the batch's windows to `target`[position][tile].
static void lone_in(const ck_convolution *problem, const float *lone, const tile_batch *batch, float *target) {
    v16 window[6][6][6];
    for (int32_t z = 0; z < 6; z++) {
        v16 rows[6][6];
        for (int32_t y = 0; y < 6; y++) {
            v16 d[6];
            lone_window_row(problem, lone, batch, z, y, d);
            winograd_in(d, rows[y]);
        }
        for (int x = 0; x < 6; x++) {
            v16 d[6], t[6];
            for (int y = 0; y < 6; y++) d[y] = rows[y][x];
            winograd_in(d, t);
            for (int y = 0; y < 6; y++) window[z][y][x] = t[y];
        }
    }
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 6; x++) {
            v16 d[6], t[6];
            for (int z = 0; z < 6; z++) d[z] = window[z][y][x];
            winograd_in(d, t);
            for (int z = 0; z < 6; z++) store(target + ((z * 6 + y) * 6 + x) * lone_lanes, t[z]);
        }
}

/// Adds the residual to four voxels of the lone channel and writes those at x < width.
static CK_INLINE void lone_store(const ck_convolution *problem, v4 quad, ptrdiff_t offset, int32_t width) {
    const ck_fusion *fusion = &problem->fusion;
    const ptrdiff_t lone = 16 * (ptrdiff_t)problem->depth * problem->height * problem->width;
    float *target = problem->output + lone + offset;
    const float *residual = fusion->residual ? fusion->residual + lone + offset : 0;
    v4 addend = {0};
    if (residual && width >= 4) addend = *(const v4 *)residual;
    else if (residual)
        for (int32_t x = 0; x < width; x++) addend[x] = residual[x];
    quad += addend;
    if (fusion->residual_relu) quad = __builtin_elementwise_max(quad, (v4){0});
    if (width >= 4) *(v4 *)target = quad;
    else
        for (int32_t x = 0; x < width; x++) target[x] = quad[x];
}

/// Transforms the lone channel's products at `source`[position][tile] and writes its outputs.
static void lone_out(const ck_convolution *problem, const tile_batch *batch, const float *source) {
    v16 planes[4][6][6];
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 6; x++) {
            v16 m[6], column[4];
            for (int z = 0; z < 6; z++) m[z] = load(source + ((z * 6 + y) * 6 + x) * lone_lanes);
            winograd_out(m, column);
            for (int z = 0; z < 4; z++) planes[z][y][x] = column[z];
        }
    for (int32_t z = 0; z < 4; z++) {
        v16 rows[4][6];
        for (int x = 0; x < 6; x++) {
            v16 m[6], column[4];
            for (int y = 0; y < 6; y++) m[y] = planes[z][y][x];
            winograd_out(m, column);
            for (int y = 0; y < 4; y++) rows[y][x] = column[y];
        }
        for (int32_t y = 0; y < 4; y++) {
            _Alignas(64) float quads[4 * lone_lanes];
            v16 outputs[4];
            winograd_out(rows[y], outputs);
            for (int x = 0; x < 4; x++) outputs[x] = lone_finished(outputs[x], &problem->fusion, 16);
            interleave(outputs, quads);
            for (int32_t t = 0; t < batch->count; t++) {
                const ck_axes place = batch->places[t];
                if (place.z + z >= problem->depth || place.y + y >= problem->height) continue;
                const ptrdiff_t row = (ptrdiff_t)(place.z + z) * problem->height + place.y + y;
                lone_store(
                    problem, *(const v4 *)(quads + 4 * t), row * problem->width + place.x, problem->width - place.x);
            }
        }
    }
}

static const ck_axes lone_tile = {4, 4, 4};

/// 32 MB.
enum { lone_cached_floats = 8 << 20 };

static tile_batch next_lone_batch(const ck_convolution *problem, int64_t first, int64_t last) {
    tile_batch batch = {.count = (int32_t)(last - first < lone_lanes ? last - first : lone_lanes)};
    for (int32_t i = 0; i < batch.count; i++) batch.places[i] = place_of_tile(problem, lone_tile, first + i);
    return batch;
}

static void winograd17(const ck_convolution *problem, int64_t first, int64_t last, float *workspace) {
    const int from_lone = problem->in_channels == 17, to_lone = problem->out_channels == 17;
    const winograd_layout layout = layout_of(lone_lanes, 16, 16);
    const ptrdiff_t position_stride = layout.position_stride;
    const float *lone_input = problem->input + 16 * (ptrdiff_t)problem->depth * problem->height * problem->width;
    float *lone = workspace + 216 * position_stride;
    // The boxes of LowRes stay in the last-level cache, from which the next layer reads them.
    const int streams = (int64_t)problem->depth * problem->height * problem->width * 16 > lone_cached_floats;
    ck_convolution block = *problem;
    block.in_channels = block.out_channels = 16;
    while (first < last) {
        const tile_batch batch = next_lone_batch(problem, first, last);
        winograd_batch_in(&block, lone_tile, &batch, workspace, layout);
        if (from_lone) lone_in(problem, lone_input, &batch, lone);
        for (int32_t p = 0; p < 216; p++) {
            float *v = workspace + p * position_stride, *lone_v = lone + p * lone_lanes;
            const float *weights = problem->weights + (ptrdiff_t)p * 19 * 16;
            lone_products(v, 16, 16, lone_v, weights, from_lone, 1, to_lone, v, lone_v);
        }
        for (int32_t t = 0; t < batch.count; t++)
            winograd_tile_out(&block, lone_tile, batch.places[t], 0, 0, workspace + 16 * t, position_stride, streams);
        if (to_lone) lone_out(problem, &batch, lone);
        first += batch.count;
    }
}
