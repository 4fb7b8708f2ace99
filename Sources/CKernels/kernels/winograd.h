// Included once for every instruction set: no include guard.
//
// Winograd F(4x4x4, 3x3x3) with the points 0, +-sqrt(1/2), +-sqrt(2), infinity (Docs/Decisions/0005): 216 products give
// 64 outputs. For a batch of tiles: input transform to V[p][tile][channel], one matrix product per position p in place,
// output transform with the fused epilogue.

/// One dimension of the input transform, B^T d.
static CK_INLINE void winograd_in(const v16 d[6], v16 t[6]) {
    const float p = 0.70710678118654752f, q = 1.41421356237309505f;
    const v16 even_p = d[4] - 2 * d[2], odd_p = d[3] - 2 * d[1];
    const v16 even_q = d[4] - 0.5f * d[2], odd_q = d[3] - 0.5f * d[1];
    t[0] = (d[0] + d[4]) - 2.5f * d[2];
    t[1] = even_p + p * odd_p;
    t[2] = even_p - p * odd_p;
    t[3] = even_q + q * odd_q;
    t[4] = even_q - q * odd_q;
    t[5] = (d[1] + d[5]) - 2.5f * d[3];
}

/// One dimension of the output transform, A^T m.
static CK_INLINE void winograd_out(const v16 m[6], v16 y[4]) {
    const float p = 0.70710678118654752f, q = 1.41421356237309505f;
    const v16 sum_p = m[1] + m[2], difference_p = m[1] - m[2];
    const v16 sum_q = m[3] + m[4], difference_q = m[3] - m[4];
    y[0] = m[0] + sum_p + sum_q;
    y[1] = p * difference_p + q * difference_q;
    y[2] = 0.5f * sum_p + 2 * sum_q;
    y[3] = (0.5f * p) * difference_p + (2 * q) * difference_q + m[5];
}

/// The 6 values of a row of the window at (z, y), x from `x0` on; zero outside the volume.
static CK_INLINE void window_row(
    const ck_convolution *problem, int32_t z, int32_t y, int32_t x0, int32_t channel, int interior, v16 d[6]) {
    const ptrdiff_t channels = problem->in_channels;
    const int row_inside = interior ||
        ((uint32_t)z < (uint32_t)problem->depth && (uint32_t)y < (uint32_t)problem->height);
    const float *row =
        problem->input + (((ptrdiff_t)z * problem->height + y) * problem->width + x0) * channels + channel;
    for (int x = 0; x < 6; x++) {
        const int inside = interior || (row_inside && (uint32_t)(x0 + x) < (uint32_t)problem->width);
        d[x] = inside ? activated(load(row + x * channels), &problem->fusion, channel) : (v16){0};
    }
}

/// Transforms the window of 6^3 voxels and 16 channels whose first voxel is (z0, y0, x0) to the 216 positions of V.
static CK_INLINE void winograd_tile_in(
    const ck_convolution *problem, int32_t z0, int32_t y0, int32_t x0, int32_t channel, int interior, float *target,
    ptrdiff_t position_stride) {
    v16 window[6][6][6];
    for (int z = 0; z < 6; z++) {
        v16 rows[6][6];
        for (int y = 0; y < 6; y++) {
            v16 d[6];
            window_row(problem, z0 + z, y0 + y, x0, channel, interior, d);
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
            for (int z = 0; z < 6; z++) store(target + ((z * 6 + y) * 6 + x) * position_stride, t[z]);
        }
}

/// Writes the 4^3 outputs of 16 channels whose first voxel is (z0, y0, x0), as far as they lie inside the volume.
static CK_INLINE void winograd_tile_out(
    const ck_convolution *problem, int32_t z0, int32_t y0, int32_t x0, int32_t channel, const float *source,
    ptrdiff_t position_stride) {
    v16 planes[4][6][6];
    for (int y = 0; y < 6; y++)
        for (int x = 0; x < 6; x++) {
            v16 m[6], column[4];
            for (int z = 0; z < 6; z++) m[z] = load(source + ((z * 6 + y) * 6 + x) * position_stride);
            winograd_out(m, column);
            for (int z = 0; z < 4; z++) planes[z][y][x] = column[z];
        }
    const int32_t depth = problem->depth - z0 < 4 ? problem->depth - z0 : 4;
    const int32_t height = problem->height - y0 < 4 ? problem->height - y0 : 4;
    const int32_t width = problem->width - x0 < 4 ? problem->width - x0 : 4;
    for (int32_t z = 0; z < depth; z++) {
        v16 rows[4][6];
        for (int x = 0; x < 6; x++) {
            v16 m[6], column[4];
            for (int y = 0; y < 6; y++) m[y] = planes[z][y][x];
            winograd_out(m, column);
            for (int y = 0; y < 4; y++) rows[y][x] = column[y];
        }
        for (int32_t y = 0; y < height; y++) {
            v16 outputs[4];
            winograd_out(rows[y], outputs);
            ptrdiff_t offset = (((ptrdiff_t)(z0 + z) * problem->height + y0 + y) * problem->width + x0);
            offset = offset * problem->out_channels + channel;
            for (int32_t x = 0; x < width; x++, offset += problem->out_channels) {
                const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
                const v16 value = finished(outputs[x], &problem->fusion, channel, residual);
                __builtin_nontemporal_store(value, (v16 *)(problem->output + offset));
            }
        }
    }
}

typedef struct tile_place {
    int32_t z, y, x;
} tile_place;

static CK_INLINE tile_place place_of_tile(const ck_convolution *problem, int64_t tile) {
    const int64_t columns = (problem->width + 3) / 4, rows = (problem->height + 3) / 4;
    return (tile_place){
        .z = (int32_t)(4 * (tile / (columns * rows))),
        .y = (int32_t)(4 * (tile / columns % rows)),
        .x = (int32_t)(4 * (tile % columns)),
    };
}

/// Tiles that are transformed together.
typedef struct tile_batch {
    int32_t count;
    tile_place places[CK_WINOGRAD_BATCH];
} tile_batch;

/// The tiles from `first` on.
static tile_batch next_batch(const ck_convolution *problem, int64_t first, int64_t last) {
    const int32_t most = ck_winograd_batch(problem->in_channels, problem->out_channels);
    tile_batch batch = {.count = (int32_t)(last - first < most ? last - first : most)};
    for (int32_t i = 0; i < batch.count; i++) batch.places[i] = place_of_tile(problem, first + i);
    return batch;
}

static void winograd_batch_in(
    const ck_convolution *problem, const tile_batch *batch, float *v, ptrdiff_t tile_stride,
    ptrdiff_t position_stride) {
    for (int32_t i = 0; i < batch->count; i++) {
        const tile_place place = batch->places[i];
        const int interior = place.z > 0 && place.y > 0 && place.x > 0 && place.z + 5 <= problem->depth &&
                             place.y + 5 <= problem->height && place.x + 5 <= problem->width;
        for (int32_t channel = 0; channel < problem->in_channels; channel += 16) {
            float *target = v + i * tile_stride + channel;
            if (interior)
                winograd_tile_in(problem, place.z - 1, place.y - 1, place.x - 1, channel, 1, target, position_stride);
            else
                winograd_tile_in(problem, place.z - 1, place.y - 1, place.x - 1, channel, 0, target, position_stride);
        }
    }
}

/// Asks for 4 voxels from (z, y, x) on, if they are inside.
static CK_INLINE void prefetch_row(
    const ck_convolution *problem, const float *tensor, ptrdiff_t channels, int32_t z, int32_t y, int32_t x) {
    if ((uint32_t)z >= (uint32_t)problem->depth || (uint32_t)y >= (uint32_t)problem->height) return;
    const float *row = tensor + (((ptrdiff_t)z * problem->height + y) * problem->width + x) * channels;
    for (ptrdiff_t i = 0; i < 4 * channels; i += 16) __builtin_prefetch(row + i, 0, 2);
}

/// The products leave the memory idle: what is read next is asked for meanwhile, a 216th of it at position `p`.
static CK_INLINE void winograd_prefetch(
    const ck_convolution *problem, const tile_batch *batch, const tile_batch *next, int32_t p) {
    const int32_t row = p % 36, part = p / 36;
    for (int32_t i = next->count * part / 6; i < next->count * (part + 1) / 6; i++) {
        const tile_place place = next->places[i];
        prefetch_row(
            problem, problem->input, problem->in_channels, place.z - 1 + row / 6, place.y - 1 + row % 6, place.x);
    }
    if (!problem->fusion.residual || row >= 16) return;
    for (int32_t i = batch->count * part / 6; i < batch->count * (part + 1) / 6; i++) {
        const tile_place place = batch->places[i];
        prefetch_row(
            problem, problem->fusion.residual, problem->out_channels, place.z + row / 4, place.y + row % 4, place.x);
    }
}

static void winograd(const ck_convolution *problem, int64_t first, int64_t last, float *workspace) {
    const int32_t in = problem->in_channels, out = problem->out_channels;
    const ptrdiff_t tile_stride = in > out ? in : out;
    const ptrdiff_t position_stride = ck_winograd_batch(in, out) * tile_stride + 16;  // not a multiple of 4 KB
    tile_batch batch = next_batch(problem, first, last);
    for (int64_t tile = first; tile < last;) {
        tile += batch.count;
        const tile_batch next = next_batch(problem, tile, last);
        winograd_batch_in(problem, &batch, workspace, tile_stride, position_stride);
        for (int32_t p = 0; p < 216; p++) {
            float *v = workspace + p * position_stride;
            winograd_prefetch(problem, &batch, &next, p);
            gemm(
                batch.count, problem->used_channels, out, v, tile_stride, problem->weights + (ptrdiff_t)p * in * out, v,
                tile_stride);
        }
        for (int32_t i = 0; i < batch.count; i++) {
            const tile_place place = batch.places[i];
            for (int32_t channel = 0; channel < out; channel += 16)
                winograd_tile_out(
                    problem, place.z, place.y, place.x, channel, workspace + i * tile_stride + channel,
                    position_stride);
        }
        batch = next;
    }
}
