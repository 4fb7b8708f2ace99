// Included once for every instruction set: no include guard.
//
// The convolution as it is defined: outputs of a run of voxels along x and a panel of channels stay in registers while
// the segments of the input pass by. A block of runs shares each chunk of the weights while it is in the first-level
// cache; sums rest in the workspace between chunks.

/// Floats that are multiplied with consecutive rows of a panel: a[r * stride + k] * b[k][...].
typedef struct piece {
    const float *a, *b;
    ptrdiff_t stride;
    int32_t length;
} piece;

// The loop over k must not be unrolled: clang then hoists the broadcasts and spills.
#define CK_DIRECT_BLOCK(ROWS, VECTORS) \
    static void direct_##ROWS##x##VECTORS(const piece *pieces, int32_t count, float *sums, int starts) { \
        v16 sum[ROWS][VECTORS]; \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                sum[r][v] = starts ? (v16){0} : load(sums + (r * VECTORS + v) * 16); \
        for (int32_t i = 0; i < count; i++) { \
            const float *a = pieces[i].a, *b = pieces[i].b; \
            const ptrdiff_t stride = pieces[i].stride; \
            const float *const end = a + pieces[i].length; \
            _Pragma("clang loop unroll(disable)") for (; a < end; a++, b += 16 * VECTORS) { \
                v16 weights[VECTORS]; \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) weights[v] = load(b + 16 * v); \
                _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
                    _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                        sum[r][v] += splat(a[r * stride]) * weights[v]; \
            } \
        } \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                store(sums + (r * VECTORS + v) * 16, sum[r][v]); \
    }

#define CK_DIRECT_6(X, N) X(1, N) X(2, N) X(3, N) X(4, N) X(5, N) X(6, N)
#define CK_DIRECT_8(X, N) CK_DIRECT_6(X, N) X(7, N) X(8, N)
#define CK_DIRECT_12(X, N) CK_DIRECT_8(X, N) X(9, N) X(10, N) X(11, N) X(12, N)
#define CK_DIRECT_14(X, N) CK_DIRECT_12(X, N) X(13, N) X(14, N)
#if CK_ROWS_4 > 0
#define CK_DIRECT_SIZES(X) CK_DIRECT_14(X, 1) CK_DIRECT_12(X, 2) CK_DIRECT_8(X, 3) CK_DIRECT_6(X, 4)
#else
#define CK_DIRECT_SIZES(X) CK_DIRECT_6(X, 1)
#endif

CK_DIRECT_SIZES(CK_DIRECT_BLOCK)

#define CK_DIRECT_CASE(ROWS, VECTORS) \
    case ROWS + 16 * VECTORS: direct_##ROWS##x##VECTORS(pieces, count, sums, starts); break;

static CK_INLINE void direct_sum(
    int32_t rows, int32_t vectors, const piece *pieces, int32_t count, float *sums, int starts) {
    switch (rows + 16 * vectors) { CK_DIRECT_SIZES(CK_DIRECT_CASE) }
}

/// Outputs of a panel.
enum { direct_panel = CK_ROWS_4 > 0 ? 64 : 16 };

/// The most voxels of a run.
static CK_INLINE int32_t direct_rows(int32_t outputs) {
    if (CK_ROWS_4 == 0) return CK_ROWS_1;
    return outputs >= 64 ? 6 : outputs == 48 ? 8 : outputs == 32 ? 12 : 14;
}

/// Voxels of the lattice along x.
typedef struct direct_run {
    int32_t z, y, x, count;
} direct_run;

/// A part of a segment: `length` floats from `start` on, with the panel's rows from `row` on.
typedef struct direct_part {
    const ck_segment *segment;
    int32_t start, length;
    int64_t row;
    /// Of its first float from the first float of the run's place.
    ptrdiff_t offset;
} direct_part;

/// Voxels that share the weights.
typedef struct direct_block {
    int32_t count;
    direct_run runs[CK_DIRECT_RUNS];
} direct_block;

/// Runs of at most `most` voxels from `*voxel` on, equal within a row, since a short one is bound by latency.
static direct_block direct_next_block(const ck_direct *problem, int64_t *voxel, int64_t last, int32_t most) {
    const int32_t width = problem->lattice[2], height = problem->lattice[1];
    int32_t x = (int32_t)(*voxel % width), y = (int32_t)(*voxel / width % height);
    int32_t z = (int32_t)(*voxel / width / height);
    direct_block block;
    for (block.count = 0; *voxel < last && block.count < CK_DIRECT_RUNS;) {
        const int32_t left = last - *voxel < width - x ? (int32_t)(last - *voxel) : width - x;
        const int32_t parts = (left + most - 1) / most, length = (left + parts - 1) / parts;
        block.runs[block.count++] = (direct_run){.z = z, .y = y, .x = x, .count = length};
        *voxel += length;
        x += length;
        if (x == width) x = 0, y++;
        if (y == height) y = 0, z++;
    }
    return block;
}

/// The first and last positions (rows, floats along x) that the segments take, relative to a voxel's place; how many
/// rows their weights have.
typedef struct direct_reach {
    int64_t first[3], last[3];
    int64_t weight_rows;
} direct_reach;

static direct_reach direct_reach_of(const ck_direct *problem) {
    direct_reach reach = {{INT64_MAX, INT64_MAX, INT64_MAX}, {INT64_MIN, INT64_MIN, INT64_MIN}, 0};
    for (int32_t i = 0; i < problem->segment_count; i++) {
        const ck_segment segment = problem->segments[i];
        reach.weight_rows += segment.length;
        const int64_t first[3] = {segment.z, segment.y, segment.x};
        const int64_t last[3] = {segment.z, segment.y, segment.x + segment.length - 1};
        for (int axis = 0; axis < 3; axis++) {
            if (first[axis] < reach.first[axis]) reach.first[axis] = first[axis];
            if (last[axis] > reach.last[axis]) reach.last[axis] = last[axis];
        }
    }
    return reach;
}

/// The segment lies inside of the input for some voxel of the lattice whose z is one of first ... last.
static int direct_counts(const ck_direct *problem, const ck_segment *segment, int32_t first, int32_t last) {
    const int64_t step = (int64_t)problem->stride[2] * problem->in_channels;
    return segment->z + last * problem->stride[0] >= 0 &&
           segment->z + first * problem->stride[0] < problem->in_size[0] &&
           segment->y + (problem->lattice[1] - 1) * problem->stride[1] >= 0 && segment->y < problem->in_size[1] &&
           segment->x + segment->length + (problem->lattice[2] - 1) * step > 0 &&
           segment->x < (int64_t)problem->in_size[2] * problem->in_channels;
}

/// Moves to the next segment that counts, if `next` is not inside of one.
static void direct_skip(const ck_direct *problem, const direct_block *block, direct_part *next) {
    const ck_segment *const end = problem->segments + problem->segment_count;
    while (next->segment < end && next->start == 0 &&
           !direct_counts(problem, next->segment, block->runs[0].z, block->runs[block->count - 1].z))
        next->row += next->segment++->length;
}

/// The next parts of the segments that count for a block of runs, from `*next` on, as many as are a chunk.
static int32_t direct_next_parts(
    const ck_direct *problem, const direct_block *block, int32_t width, direct_part *next, direct_part *parts) {
    const ck_segment *const end = problem->segments + problem->segment_count;
    const ptrdiff_t row = (ptrdiff_t)problem->in_size[2] * problem->in_channels;
    int32_t count = 0, room = CK_DIRECT_CHUNK / width;
    direct_skip(problem, block, next);
    while (next->segment < end && room > 0 && count < CK_DIRECT_PIECES) {
        const ck_segment *segment = next->segment;
        const int32_t left = segment->length - next->start, length = left < room ? left : room;
        parts[count] = *next;
        parts[count].offset =
            ((ptrdiff_t)segment->z * problem->in_size[1] + segment->y) * row + segment->x + next->start;
        parts[count++].length = length;
        next->row += length;
        next->start += length;
        room -= length;
        if (next->start == segment->length) {
            next->segment++;
            next->start = 0;
            direct_skip(problem, block, next);
        }
    }
    return count;
}

/// The fused input activation of the floats of a row from float `at` on.
static CK_INLINE void direct_activate(
    const ck_direct *problem, const float *row, int64_t at, int64_t count, float *target) {
    const ck_fusion *fusion = &problem->fusion;
    for (const int64_t end = at + count; at < end;) {
        const int64_t channel = at % problem->in_channels;
        const int64_t left = problem->in_channels - channel, length = left < end - at ? left : end - at;
        for (int64_t i = 0; i < length; i++) {
            float value = row[at + i];
            if (fusion->scale) value = value * fusion->scale[channel + i] + fusion->shift[channel + i];
            target[i] = fusion->input_relu && value < 0 ? 0 : value;
        }
        at += length;
        target += length;
    }
}

/// Copies the floats [at, at + length) of an input row, zero outside of it.
static void direct_copy(const ck_direct *problem, const float *row, int64_t at, int32_t length, float *target) {
    const int64_t floats = (int64_t)problem->in_size[2] * problem->in_channels;
    int64_t first = at < 0 ? -at : 0, last = floats - at < length ? floats - at : length;
    if (first > length) first = length;
    if (last < first) last = first;
    for (int64_t i = 0; i < first; i++) target[i] = 0;
    if (problem->fusion.scale || problem->fusion.input_relu)
        direct_activate(problem, row, at + first, last - first, target + first);
    else
        memcpy(target + first, row + at + first, sizeof(float) * (size_t)(last - first));
    for (int64_t i = last; i < length; i++) target[i] = 0;
}

/// All segments of all voxels of a run lie inside of the input, and are read as they are.
static int direct_is_interior(const ck_direct *problem, const direct_run *run, const direct_reach *reach) {
    const int32_t z = run->z * problem->stride[0], y = run->y * problem->stride[1];
    const int64_t step = (int64_t)problem->stride[2] * problem->in_channels, x = run->x * step;
    return !problem->fusion.scale && !problem->fusion.input_relu && z + reach->first[0] >= 0 &&
           z + reach->last[0] < problem->in_size[0] && y + reach->first[1] >= 0 &&
           y + reach->last[1] < problem->in_size[1] && x + reach->first[2] >= 0 &&
           x + (run->count - 1) * step + reach->last[2] < (int64_t)problem->in_size[2] * problem->in_channels;
}

/// The inputs of an interior run.
static int32_t direct_interior_pieces(
    const ck_direct *problem, const direct_run *run, const direct_part *parts, int32_t part_count, const float *panel,
    int32_t width, piece *pieces) {
    const ptrdiff_t stride = (ptrdiff_t)problem->stride[2] * problem->in_channels;
    const ptrdiff_t row = (ptrdiff_t)run->z * problem->stride[0] * problem->in_size[1] + run->y * problem->stride[1];
    const float *place = problem->input + row * problem->in_size[2] * problem->in_channels + run->x * stride;
    for (int32_t i = 0; i < part_count; i++)
        pieces[i] = (piece){place + parts[i].offset, panel + parts[i].row * width, stride, parts[i].length};
    return part_count;
}

/// Where the parts of a chunk find their inputs for one run: in place, or copied to `copies` where the row ends within
/// them or an activation is to be applied.
static int32_t direct_pieces_of(
    const ck_direct *problem, const direct_run *run, const direct_part *parts, int32_t part_count, const float *panel,
    int32_t width, float *copies, piece *pieces) {
    const int64_t floats = (int64_t)problem->in_size[2] * problem->in_channels;
    const ptrdiff_t stride = (ptrdiff_t)problem->stride[2] * problem->in_channels;
    const int in_place = !problem->fusion.scale && !problem->fusion.input_relu;
    int32_t count = 0;
    for (int32_t i = 0; i < part_count; i++) {
        const direct_part part = parts[i];
        const int32_t z = run->z * problem->stride[0] + part.segment->z;
        const int32_t y = run->y * problem->stride[1] + part.segment->y;
        if ((uint32_t)z >= (uint32_t)problem->in_size[0] || (uint32_t)y >= (uint32_t)problem->in_size[1]) continue;
        const int64_t at = run->x * stride + part.segment->x + part.start;
        const int64_t end = at + (run->count - 1) * stride + part.length;
        if (end <= 0 || at >= floats) continue;
        const float *row = problem->input + ((ptrdiff_t)z * problem->in_size[1] + y) * floats;
        piece *target = &pieces[count++];
        *target = (piece){row + at, panel + part.row * width, stride, part.length};
        if (in_place && at >= 0 && end <= floats) continue;
        if (stride <= part.length) {  // the voxels' inputs touch or overlap
            target->a = copies;
            direct_copy(problem, row, at, (int32_t)(end - at), copies);
            copies += end - at;
            continue;
        }
        *target = (piece){copies, target->b, part.length, part.length};
        for (int32_t r = 0; r < run->count; r++, copies += part.length)
            direct_copy(problem, row, at + r * stride, part.length, copies);
    }
    return count;
}

/// Writes the finished outputs of one run, `vectors` of channels from `channel` on.
static CK_INLINE void direct_store(
    const ck_direct *problem, const direct_run *run, int32_t channel, int32_t vectors, const float *sums) {
    const int64_t z = problem->origin[0] + (int64_t)run->z * problem->step[0];
    const int64_t y = problem->origin[1] + (int64_t)run->y * problem->step[1];
    const int64_t x = problem->origin[2] + (int64_t)run->x * problem->step[2];
    const int64_t voxel = (z * problem->out_size[1] + y) * problem->out_size[2] + x;
    int64_t offset = voxel * problem->out_channels + channel;
    for (int32_t r = 0; r < run->count; r++, offset += (int64_t)problem->step[2] * problem->out_channels) {
        const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
        if (problem->out_channels == 1) {
            const v16 residual_value = {residual ? *residual : 0};
            const float *at = residual ? (const float *)&residual_value : 0;
            const v16 value = finished(load(sums + 16 * r), &problem->fusion, 0, at);
            problem->output[offset] = value[0];
            continue;
        }
        for (int32_t v = 0; v < vectors; v++) {
            const float *at = residual ? residual + 16 * v : 0;
            const v16 sum = load(sums + (r * vectors + v) * 16);
            const v16 value = finished(sum, &problem->fusion, channel + 16 * v, at);
            __builtin_nontemporal_store(value, (v16 *)(problem->output + offset + 16 * v));
        }
    }
}

/// Asks for `part` of `parts` of what the middle tap of a run reads.
static CK_INLINE void direct_prefetch_input(
    const ck_direct *problem, const direct_run *run, int64_t part, int64_t parts) {
    const ck_segment *segment = problem->segments + problem->segment_count / 2;
    const ptrdiff_t stride = (ptrdiff_t)problem->stride[2] * problem->in_channels;
    const ptrdiff_t row = ((ptrdiff_t)run->z * problem->stride[0] + segment->z) * problem->in_size[1] +
                          run->y * problem->stride[1] + segment->y;
    const float *place = problem->input + row * problem->in_size[2] * problem->in_channels + run->x * stride;
    const int64_t floats = run->count * stride;
    for (int64_t i = floats * part / parts; i < floats * (part + 1) / parts; i += 16)
        __builtin_prefetch(place + i, 0, 2);
}

static CK_INLINE void direct_prefetch_weights(const float *chunk, int32_t part, int32_t parts) {
    for (int32_t i = CK_DIRECT_CHUNK * part / parts; i < CK_DIRECT_CHUNK * (part + 1) / parts; i += 16)
        __builtin_prefetch(chunk + i, 0, 2);
}

/// One panel of `vectors` times 16 outputs from `channel` on, for a block of voxels. While a chunk of the weights is in
/// use the next is asked for, and in the first panel the inputs of the next block.
static void direct_panel_of_block(
    const ck_direct *problem, const direct_block *block, const direct_block *next_block, const direct_reach *reach,
    int32_t channel, int32_t vectors, float *workspace) {
    const int32_t width = 16 * vectors;
    const float *panel = problem->weights + channel * reach->weight_rows;
    const int64_t chunks = (reach->weight_rows * width + CK_DIRECT_CHUNK - 1) / CK_DIRECT_CHUNK;
    float *copies = workspace + CK_DIRECT_RUNS * CK_DIRECT_SUMS;
    direct_part next = {.segment = problem->segments}, parts[CK_DIRECT_PIECES];
    piece pieces[CK_DIRECT_PIECES];
    for (int64_t chunk = 0;; chunk++) {
        const int32_t part_count = direct_next_parts(problem, block, width, &next, parts);
        if (part_count == 0 && chunk > 0) break;
        for (int32_t i = 0; i < block->count; i++) {
            const direct_run *run = &block->runs[i];
            direct_prefetch_weights(panel + next.row * width, i, block->count);
            if (i < next_block->count && chunk < chunks)
                direct_prefetch_input(problem, &next_block->runs[i], chunk, chunks);
            const int32_t count =
                direct_is_interior(problem, run, reach)
                    ? direct_interior_pieces(problem, run, parts, part_count, panel, width, pieces)
                    : direct_pieces_of(problem, run, parts, part_count, panel, width, copies, pieces);
            if (count > 0 || chunk == 0)
                direct_sum(run->count, vectors, pieces, count, workspace + i * CK_DIRECT_SUMS, chunk == 0);
        }
    }
    for (int32_t i = 0; i < block->count; i++)
        direct_store(problem, &block->runs[i], channel, vectors, workspace + i * CK_DIRECT_SUMS);
}

static void direct(
    const ck_direct *problem, int64_t first, int64_t last, int32_t first_panel, int32_t last_panel, float *workspace) {
    const int32_t outputs = (problem->out_channels + 15) / 16 * 16, most = direct_rows(outputs);
    const int32_t first_channel = first_panel * direct_panel;
    const int32_t last_channel = last_panel * direct_panel < outputs ? last_panel * direct_panel : outputs;
    const direct_block none = {.count = 0};
    const direct_reach reach = direct_reach_of(problem);
    direct_block block = direct_next_block(problem, &first, last, most);
    while (block.count > 0) {
        const direct_block next = direct_next_block(problem, &first, last, most);
        for (int32_t channel = first_channel; channel < last_channel;) {
            const int32_t left = last_channel - channel, vectors = (left < direct_panel ? left : direct_panel) / 16;
            direct_panel_of_block(
                problem, &block, channel == first_channel ? &next : &none, &reach, channel, vectors, workspace);
            channel += 16 * vectors;
        }
        block = next;
    }
}
