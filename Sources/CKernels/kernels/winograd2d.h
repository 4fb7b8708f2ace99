// Included once for every instruction set: no include guard.
//
// Winograd F(m x m, 3 x 3) in the plane of every slice, m = 2 or 4, the points of F(4, 3) as in winograd.h: (m + 2)^2
// products give m^2 outputs. For a batch of tiles: input transform to V[p][tile][channel], one matrix product per
// position p to M[p][tile][output] (M[p] over V[p - 1], which is still in the cache), output transform with the fused
// epilogue. `m` is a constant wherever it is passed.

/// A tile's first output.
typedef struct plane_place {
    int32_t z, y, x;
} plane_place;

/// Tiles are numbered in bands of 4 tile rows, column by column, so that a batch shares its windows' rims.
enum { plane_band = 4 };

static CK_INLINE plane_place place_in_plane(const int32_t m, const ck_convolution *problem, int64_t tile) {
    const int64_t columns = (problem->width + m - 1) / m, rows = (problem->height + m - 1) / m;
    const int64_t in_slice = tile % (columns * rows), band = in_slice / (plane_band * columns);
    const int64_t left = rows - plane_band * band, band_rows = left < plane_band ? left : plane_band;
    const int64_t in_band = in_slice - plane_band * band * columns;
    return (plane_place){
        .z = (int32_t)(tile / (columns * rows)),
        .y = (int32_t)(m * (plane_band * band + in_band % band_rows)),
        .x = (int32_t)(m * (in_band / band_rows)),
    };
}

static CK_INLINE const float *plane_voxel(
    const ck_convolution *problem, const float *tensor, int32_t channels, int32_t z, int32_t y, int32_t x) {
    return tensor + (((ptrdiff_t)z * problem->height + y) * problem->width + x) * channels;
}

/// Transforms the window of 16 channels around the tile at `place`; outside the slice it is zero.
static CK_INLINE void plane_tile_in(
    const int32_t m, const ck_convolution *problem, plane_place place, int32_t channel, int interior, float *target,
    ptrdiff_t position_stride) {
    const int32_t n = m + 2;
    const float *corner =
        plane_voxel(problem, problem->input, problem->in_channels, place.z, place.y - 1, place.x - 1) + channel;
    const ptrdiff_t row_stride = (ptrdiff_t)problem->width * problem->in_channels;
    v16 rows[6][6];
    for (int32_t x = 0; x < n; x++) {
        v16 d[6], t[6];
        for (int32_t y = 0; y < n; y++) {
            const int inside = interior || ((uint32_t)(place.y - 1 + y) < (uint32_t)problem->height &&
                                            (uint32_t)(place.x - 1 + x) < (uint32_t)problem->width);
            const float *source = corner + y * row_stride + (ptrdiff_t)x * problem->in_channels;
            d[y] = inside ? activated(load(source), &problem->fusion, channel) : (v16){0};
        }
        line_in(m, d, t);
        for (int32_t y = 0; y < n; y++) rows[y][x] = t[y];
    }
    for (int32_t y = 0; y < n; y++) {
        v16 t[6];
        line_in(m, rows[y], t);
        for (int32_t x = 0; x < n; x++) store(target + (y * n + x) * position_stride, t[x]);
    }
}

/// Writes the outputs of 16 channels of the tile at `place`, as far as they lie inside the slice.
static CK_INLINE void plane_tile_out(
    const int32_t m, const ck_convolution *problem, plane_place place, int32_t channel, const float *source,
    ptrdiff_t position_stride) {
    const int32_t n = m + 2;
    v16 rows[4][6];
    for (int32_t x = 0; x < n; x++) {
        v16 t[6], column[4];
        for (int32_t y = 0; y < n; y++) t[y] = load(source + (y * n + x) * position_stride);
        line_out(m, t, column);
        for (int32_t y = 0; y < m; y++) rows[y][x] = column[y];
    }
    const int32_t height = problem->height - place.y < m ? problem->height - place.y : m;
    const int32_t width = problem->width - place.x < m ? problem->width - place.x : m;
    for (int32_t y = 0; y < height; y++) {
        v16 outputs[4];
        line_out(m, rows[y], outputs);
        ptrdiff_t offset = ((ptrdiff_t)place.z * problem->height + place.y + y) * problem->width + place.x;
        offset = offset * problem->out_channels + channel;
        for (int32_t x = 0; x < width; x++, offset += problem->out_channels) {
            const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
            const v16 value = finished(outputs[x], &problem->fusion, channel, residual);
            __builtin_nontemporal_store(value, (v16 *)(problem->output + offset));
        }
    }
}

/// The products leave the memory idle: the windows of the next batch are asked for meanwhile, a part of them at every
/// position.
static CK_INLINE void plane_prefetch(
    const int32_t m, const ck_convolution *problem, int64_t first, int32_t count, int32_t position) {
    const int32_t n = m + 2, row = position % n, part = position / n;
    for (int32_t i = count * part / n; i < count * (part + 1) / n; i++) {
        const plane_place place = place_in_plane(m, problem, first + i);
        const int32_t y = place.y - 1 + row;
        if ((uint32_t)y >= (uint32_t)problem->height) continue;
        const float *source = plane_voxel(problem, problem->input, problem->in_channels, place.z, y, place.x);
        for (ptrdiff_t c = 0; c < m * problem->in_channels; c += 16) __builtin_prefetch(source + c, 0, 2);
    }
}

static CK_INLINE void plane_batch_in(
    const int32_t m, const ck_convolution *problem, int64_t first, const plane_batch *batch, float *v) {
    for (int32_t i = 0; i < batch->tiles; i++) {
        const plane_place place = place_in_plane(m, problem, first + i);
        const int interior = place.y > 0 && place.x > 0 && place.y + m < problem->height &&
                             place.x + m < problem->width;
        for (int32_t channel = 0; channel < problem->in_channels; channel += 16) {
            float *target = v + i * batch->tile_stride + channel;
            if (interior)
                plane_tile_in(m, problem, place, channel, 1, target, batch->position_stride);
            else
                plane_tile_in(m, problem, place, channel, 0, target, batch->position_stride);
        }
    }
}

static CK_INLINE void plane_batch_out(
    const int32_t m, const ck_convolution *problem, int64_t first, const plane_batch *batch, int32_t first_output,
    const float *products) {
    for (int32_t i = 0; i < batch->tiles; i++)
        for (int32_t k = 0; k < batch->outputs; k += 16)
            plane_tile_out(
                m, problem, place_in_plane(m, problem, first + i), first_output + k,
                products + i * batch->tile_stride + k, batch->position_stride);
}

static CK_INLINE void winograd2d_tiles(
    const int32_t m, const ck_convolution *problem, const ck_winograd2d_part *part, float *products) {
    const int32_t positions = (m + 2) * (m + 2), in = problem->in_channels;
    plane_batch batch = {
        .channels = problem->used_channels,
        .stored_channels = in,
        .outputs = part->last_output - part->first_output,
    };
    batch.tile_stride = ck_winograd2d_tile_stride(in, batch.outputs);
    batch.position_stride = part->batch * batch.tile_stride + 16;
    float *v = products + batch.position_stride;
    for (int64_t tile = part->first; tile < part->last; tile += batch.tiles) {
        const int64_t left = part->last - tile;
        batch.tiles = left < part->batch ? (int32_t)left : part->batch;
        const int32_t next = left - batch.tiles < part->batch ? (int32_t)(left - batch.tiles) : part->batch;
        plane_batch_in(m, problem, tile, &batch, v);
        for (int32_t p = 0; p < positions; p++) {
            const float *u = problem->weights + ((ptrdiff_t)p * problem->out_channels + part->first_output) * in;
            plane_prefetch(m, problem, tile + batch.tiles, next, p);
            plane_multiply(&batch, v + p * batch.position_stride, u, products + p * batch.position_stride);
        }
        plane_batch_out(m, problem, tile, &batch, part->first_output, products);
    }
}

static void winograd2d(const ck_convolution *problem, const ck_winograd2d_part *part, float *workspace) {
    if (part->tile == 4)
        winograd2d_tiles(4, problem, part, workspace);
    else
        winograd2d_tiles(2, problem, part, workspace);
}
