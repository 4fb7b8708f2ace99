// Included once for every instruction set: no include guard.
//
// Winograd F(m, 3) in three dimensions, m = 4 with the points 0, +-sqrt(1/2), +-sqrt(2), infinity (Docs/Decisions/0005)
// or m = 2 with the points 0, +-1, infinity. For a batch of tiles: input transform to V[position][tile][channel], one
// matrix product for each position (in place where few channels let V stay in the second-level cache), output transform
// with the fused epilogue. A dilated convolution is one for each of its interleaved sub-grids.
//
// The functions that take a tile size are inlined into one instance for each size, where it is a constant.

/// One dimension of the input transform of F(4, 3), B^T d.
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

/// One dimension of the output transform of F(4, 3), A^T m.
static CK_INLINE void winograd_out(const v16 m[6], v16 y[4]) {
    const float p = 0.70710678118654752f, q = 1.41421356237309505f;
    const v16 sum_p = m[1] + m[2], difference_p = m[1] - m[2];
    const v16 sum_q = m[3] + m[4], difference_q = m[3] - m[4];
    y[0] = m[0] + sum_p + sum_q;
    y[1] = p * difference_p + q * difference_q;
    y[2] = 0.5f * sum_p + 2 * sum_q;
    y[3] = (0.5f * p) * difference_p + (2 * q) * difference_q + m[5];
}

/// The input transform for `outputs` (4 or 2) outputs.
static CK_INLINE void line_in(int32_t outputs, const v16 *d, v16 *t) {
    if (outputs == 4) {
        winograd_in(d, t);
        return;
    }
    t[0] = d[0] - d[2];
    t[1] = d[1] + d[2];
    t[2] = d[2] - d[1];
    t[3] = d[1] - d[3];
}

/// The output transform to `outputs` (4 or 2) outputs.
static CK_INLINE void line_out(int32_t outputs, const v16 *m, v16 *y) {
    if (outputs == 4) {
        winograd_out(m, y);
        return;
    }
    y[0] = m[0] + m[1] + m[2];
    y[1] = m[1] - m[2] - m[3];
}

/// The values of a row of the window from `at` on; zero outside of the input. The row that is `ahead` floats further is
/// asked for.
static CK_INLINE void window_row(
    const ck_convolution *problem, int32_t count, ck_axes at, int32_t channel, int interior, ptrdiff_t ahead, v16 *d) {
    const ptrdiff_t channels = problem->in_channels, step = problem->dilation.x;
    const int row_inside = interior || ((uint32_t)at.z < (uint32_t)problem->in_depth &&
                                        (uint32_t)at.y < (uint32_t)problem->in_height);
    const ptrdiff_t voxel = ((ptrdiff_t)at.z * problem->in_height + at.y) * problem->in_width + at.x;
    const float *row = problem->input + voxel * channels + channel;
    for (int x = 0; x < count; x++) {
        const int inside =
            interior || (row_inside && (uint32_t)(at.x + x * (int32_t)step) < (uint32_t)problem->in_width);
        __builtin_prefetch(row + x * step * channels + ahead, 0, 2);
        d[x] = inside ? activated(load(row + x * step * channels), &problem->fusion, channel) : (v16){0};
    }
}

/// Transforms the window of 16 channels whose first voxel is `from` to the positions of V. The window that comes next
/// is `ahead` floats further.
static CK_INLINE void winograd_tile_in(
    const ck_convolution *problem, ck_axes tile, ck_axes from, int32_t channel, int interior, ptrdiff_t ahead,
    float *target, ptrdiff_t position_stride) {
    const int32_t depth = tile.z + 2, height = tile.y + 2, width = tile.x + 2;
    v16 window[6][6][6];
    for (int z = 0; z < depth; z++) {
        v16 rows[6][6];
        for (int y = 0; y < height; y++) {
            v16 d[6];
            const ck_axes at = {from.z + z * problem->dilation.z, from.y + y * problem->dilation.y, from.x};
            window_row(problem, width, at, channel, interior, ahead, d);
            line_in(tile.x, d, rows[y]);
        }
        for (int x = 0; x < width; x++) {
            v16 d[6], t[6];
            for (int y = 0; y < height; y++) d[y] = rows[y][x];
            line_in(tile.y, d, t);
            for (int y = 0; y < height; y++) window[z][y][x] = t[y];
        }
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            v16 d[6], t[6];
            for (int z = 0; z < depth; z++) d[z] = window[z][y][x];
            line_in(tile.z, d, t);
            for (int z = 0; z < depth; z++) store(target + ((z * height + y) * width + x) * position_stride, t[z]);
        }
}

/// How many of `count` outputs from `from` on, `step` apart, are below `end`.
static CK_INLINE int32_t outputs_inside(int32_t count, int32_t from, int32_t step, int32_t end) {
    const int32_t inside = (end - from + step - 1) / step;
    return inside < count ? inside : count;
}

/// Writes the outputs of 16 channels whose first voxel is `from`, as far as they lie inside the output. The residual
/// that is read next is `ahead` floats further. `streams`: past the caches.
static CK_INLINE void winograd_tile_out(
    const ck_convolution *problem, ck_axes tile, ck_axes from, int32_t channel, ptrdiff_t ahead, const float *source,
    ptrdiff_t position_stride, int streams) {
    const int32_t height = tile.y + 2, width = tile.x + 2;
    const ck_axes step = problem->dilation;
    v16 planes[4][6][6];
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            v16 m[6], column[4];
            for (int z = 0; z < tile.z + 2; z++) m[z] = load(source + ((z * height + y) * width + x) * position_stride);
            line_out(tile.z, m, column);
            for (int z = 0; z < tile.z; z++) planes[z][y][x] = column[z];
        }
    const int32_t inside_z = outputs_inside(tile.z, from.z, step.z, problem->depth);
    const int32_t inside_y = outputs_inside(tile.y, from.y, step.y, problem->height);
    const int32_t inside_x = outputs_inside(tile.x, from.x, step.x, problem->width);
    for (int32_t z = 0; z < inside_z; z++) {
        v16 rows[4][6];
        for (int x = 0; x < width; x++) {
            v16 m[6], column[4];
            for (int y = 0; y < height; y++) m[y] = planes[z][y][x];
            line_out(tile.y, m, column);
            for (int y = 0; y < tile.y; y++) rows[y][x] = column[y];
        }
        for (int32_t y = 0; y < inside_y; y++) {
            v16 outputs[4];
            line_out(tile.x, rows[y], outputs);
            const ptrdiff_t row = (ptrdiff_t)(from.z + z * step.z) * problem->height + from.y + y * step.y;
            ptrdiff_t offset = (row * problem->width + from.x) * problem->out_channels + channel;
            for (int32_t x = 0; x < inside_x; x++, offset += (ptrdiff_t)step.x * problem->out_channels) {
                const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
                if (residual) __builtin_prefetch(residual + ahead, 0, 2);
                const v16 value = finished(outputs[x], &problem->fusion, channel, residual);
                if (streams) __builtin_nontemporal_store(value, (v16 *)(problem->output + offset));
                else store(problem->output + offset, value);
            }
        }
    }
}

static CK_INLINE ck_axes tile_counts(const ck_convolution *problem, ck_axes tile) {
    return ck_winograd_tile_counts(
        (ck_axes){problem->depth, problem->height, problem->width}, problem->dilation, tile);
}

/// Where the outputs of a tile begin: tile i of an axis belongs to the sub-grid i % grids.
static CK_INLINE ck_axes place_of_tile(const ck_convolution *problem, ck_axes tile, int64_t index) {
    const ck_axes step = problem->dilation;
    const ck_axes counts = tile_counts(problem, tile);
    const int32_t x = (int32_t)(index % counts.x), y = (int32_t)(index / counts.x % counts.y);
    const int32_t z = (int32_t)(index / ((int64_t)counts.x * counts.y));
    return (ck_axes){
        .z = z % step.z + z / step.z * step.z * tile.z,
        .y = y % step.y + y / step.y * step.y * tile.y,
        .x = x % step.x + x / step.x * step.x * tile.x,
    };
}

/// Tiles that are transformed together.
typedef struct tile_batch {
    int32_t count;
    ck_axes places[CK_WINOGRAD_BATCH];
} tile_batch;

/// The tiles from `first` on, at most `most`.
static CK_INLINE tile_batch
next_batch(const ck_convolution *problem, ck_axes tile, int32_t most, int64_t first, int64_t last) {
    tile_batch batch = {.count = (int32_t)(last - first < most ? last - first : most)};
    for (int32_t i = 0; i < batch.count; i++) batch.places[i] = place_of_tile(problem, tile, first + i);
    return batch;
}

/// V or M of a batch, [position][block of up to 64 channels][tile][channel]: floats between the tiles, the blocks and
/// the positions.
typedef struct winograd_layout {
    ptrdiff_t tile_stride, block_stride, position_stride;
} winograd_layout;

static CK_INLINE winograd_layout layout_of(int32_t tiles, ptrdiff_t tile_stride, int32_t channels) {
    const ptrdiff_t block_stride = tiles * tile_stride;
    const int32_t blocks = (channels + CK_WINOGRAD_PANEL - 1) / CK_WINOGRAD_PANEL;
    return (winograd_layout){tile_stride, block_stride, blocks * block_stride + 16};  // not a multiple of 4 KB
}

/// Where 16 channels from `channel` on of a tile are.
static CK_INLINE ptrdiff_t layout_offset(winograd_layout layout, int32_t tile, int32_t channel) {
    return channel / CK_WINOGRAD_PANEL * layout.block_stride + tile * layout.tile_stride + channel % CK_WINOGRAD_PANEL;
}

/// Floats from one voxel of the input to another.
static CK_INLINE ptrdiff_t input_distance(const ck_convolution *problem, ck_axes from, ck_axes to) {
    const ptrdiff_t rows = (ptrdiff_t)(to.z - from.z) * problem->in_height + to.y - from.y;
    return (rows * problem->in_width + to.x - from.x) * problem->in_channels;
}

static CK_INLINE void winograd_batch_in(
    const ck_convolution *problem, ck_axes tile, const tile_batch *batch, float *v, winograd_layout layout) {
    const ck_axes step = problem->dilation;
    for (int32_t i = 0; i < batch->count; i++) {
        const ck_axes place = batch->places[i];
        const ck_axes from = {
            place.z - problem->padding.z, place.y - problem->padding.y, place.x - problem->padding.x};
        const int interior = from.z >= 0 && from.y >= 0 && from.x >= 0 &&
                             from.z + (tile.z + 1) * step.z < problem->in_depth &&
                             from.y + (tile.y + 1) * step.y < problem->in_height &&
                             from.x + (tile.x + 1) * step.x < problem->in_width;
        const ck_axes then = batch->places[i + 1 < batch->count ? i + 1 : i];
        const ptrdiff_t to_next = input_distance(problem, place, then) - (problem->in_channels - 16);
        for (int32_t channel = 0; channel < problem->in_channels; channel += 16) {
            float *target = v + layout_offset(layout, i, channel);
            const ptrdiff_t ahead = channel + 16 < problem->in_channels ? 16 : to_next;
            if (interior) winograd_tile_in(problem, tile, from, channel, 1, ahead, target, layout.position_stride);
            else winograd_tile_in(problem, tile, from, channel, 0, ahead, target, layout.position_stride);
        }
    }
}

/// Floats from one voxel of the output to another.
static CK_INLINE ptrdiff_t output_distance(const ck_convolution *problem, ck_axes from, ck_axes to) {
    const ptrdiff_t rows = (ptrdiff_t)(to.z - from.z) * problem->height + to.y - from.y;
    return (rows * problem->width + to.x - from.x) * problem->out_channels;
}

/// The output channels from `first_output` on.
static CK_INLINE void winograd_batch_out(
    const ck_convolution *problem, ck_axes tile, const tile_batch *batch, int32_t first_output, int32_t outputs,
    const float *m, winograd_layout layout) {
    for (int32_t i = 0; i < batch->count; i++) {
        const ck_axes then = batch->places[i + 1 < batch->count ? i + 1 : i];
        const ptrdiff_t to_next = output_distance(problem, batch->places[i], then) - (outputs - 16);
        for (int32_t k = 0; k < outputs; k += 16)
            winograd_tile_out(
                problem, tile, batch->places[i], first_output + k, k + 16 < outputs ? 16 : to_next,
                m + layout_offset(layout, i, k), layout.position_stride, 1);
    }
}

/// M[tile][k] for `count` output channels from `first_output` on, at one position.
static CK_INLINE void winograd_product(
    const ck_convolution *problem, const float *weights, int32_t first_output, int32_t count, int32_t tiles,
    const float *v, winograd_layout v_layout, float *m, winograd_layout m_layout) {
    const int32_t in = problem->in_channels, used = problem->used_channels;
    for (int32_t k = 0; k < count; k += CK_WINOGRAD_PANEL) {
        const int32_t width = count - k < CK_WINOGRAD_PANEL ? count - k : CK_WINOGRAD_PANEL;
        const float *panel = weights + (ptrdiff_t)in * (first_output + k);
        for (int32_t c = 0; c < used; c += CK_WINOGRAD_PANEL) {
            const int32_t channels = used - c < CK_WINOGRAD_PANEL ? used - c : CK_WINOGRAD_PANEL;
            const float *block = v + layout_offset(v_layout, 0, c);
            const gemm_operands operands = {
                .a = block, .a_stride = v_layout.tile_stride,
                .b = panel + (ptrdiff_t)c * width, .b_stride = width,
                .channels = channels, .accumulates = c > 0,
                .out = m + layout_offset(m_layout, 0, k), .out_stride = m_layout.tile_stride,
            };
            const float *next = c + channels < used ? block + v_layout.block_stride : v + v_layout.position_stride;
            const gemm_ahead ahead = {next, v_layout.block_stride, operands.b + channels * width, channels * width};
            gemm_with_ahead(tiles, width, operands, ahead);
        }
    }
}

/// The tiles [first, last) for the output channels from `first_output` on.
static CK_INLINE void winograd_tiles(
    const ck_convolution *problem, ck_axes tile, ck_winograd plan, int32_t first_output, int64_t first, int64_t last,
    float *workspace) {
    const int32_t in = problem->in_channels, out = problem->out_channels;
    const int32_t outputs = out - first_output < plan.outputs ? out - first_output : plan.outputs;
    const int32_t positions = (tile.z + 2) * (tile.y + 2) * (tile.x + 2);
    const int in_place = ck_winograd_in_place(in, out);
    const winograd_layout v_layout = layout_of(plan.batch, ck_winograd_stride(in, out), in);
    const winograd_layout m_layout = in_place ? v_layout : layout_of(plan.batch, CK_WINOGRAD_PANEL, plan.outputs);
    float *m = in_place ? workspace : workspace + positions * v_layout.position_stride;
    while (first < last) {
        const tile_batch batch = next_batch(problem, tile, plan.batch, first, last);
        winograd_batch_in(problem, tile, &batch, workspace, v_layout);
        for (int32_t p = 0; p < positions; p++) {
            winograd_product(
                problem, problem->weights + (ptrdiff_t)p * in * out, first_output, outputs, batch.count,
                workspace + p * v_layout.position_stride, v_layout, m + p * m_layout.position_stride, m_layout);
        }
        winograd_batch_out(problem, tile, &batch, first_output, outputs, m, m_layout);
        first += batch.count;
    }
}

/// The batches [first, last): all tiles for the first outputs, then all tiles for the next.
static CK_INLINE void winograd_batches(
    const ck_convolution *problem, ck_axes tile, ck_winograd plan, int64_t first, int64_t last, float *workspace) {
    const ck_axes counts = tile_counts(problem, tile);
    const int64_t tiles = (int64_t)counts.z * counts.y * counts.x;
    const int64_t batches = (tiles + plan.batch - 1) / plan.batch;
    while (first < last) {
        const int64_t pass = first / batches, end = last < (pass + 1) * batches ? last : (pass + 1) * batches;
        const int64_t first_tile = (first - pass * batches) * plan.batch;
        const int64_t end_tile = (end - pass * batches) * plan.batch;
        winograd_tiles(
            problem, tile, plan, (int32_t)pass * plan.outputs, first_tile, end_tile < tiles ? end_tile : tiles,
            workspace);
        first = end;
    }
}

static void winograd(
    const ck_convolution *problem, ck_winograd plan, int64_t first, int64_t last, float *workspace) {
    if (plan.tile.z == 4) winograd_batches(problem, (ck_axes){4, 4, 4}, plan, first, last, workspace);
    else if (plan.tile.y == 4) winograd_batches(problem, (ck_axes){2, 4, 4}, plan, first, last, workspace);
    else winograd_batches(problem, (ck_axes){2, 2, 2}, plan, first, last, workspace);
}
