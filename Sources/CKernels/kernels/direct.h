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
                _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) { \
                    const v16 weight = load(b + 16 * v); \
                    _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
                        sum[r][v] += a[r * stride] * weight; \
                } \
            } \
        } \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                store(sums + (r * VECTORS + v) * 16, sum[r][v]); \
    }

CK_DIRECT_BLOCK(1, 1) CK_DIRECT_BLOCK(2, 1) CK_DIRECT_BLOCK(3, 1) CK_DIRECT_BLOCK(4, 1) CK_DIRECT_BLOCK(5, 1)
CK_DIRECT_BLOCK(6, 1) CK_DIRECT_BLOCK(7, 1) CK_DIRECT_BLOCK(8, 1) CK_DIRECT_BLOCK(9, 1) CK_DIRECT_BLOCK(10, 1)
CK_DIRECT_BLOCK(11, 1) CK_DIRECT_BLOCK(12, 1) CK_DIRECT_BLOCK(13, 1) CK_DIRECT_BLOCK(14, 1)
CK_DIRECT_BLOCK(1, 2) CK_DIRECT_BLOCK(2, 2) CK_DIRECT_BLOCK(3, 2) CK_DIRECT_BLOCK(4, 2) CK_DIRECT_BLOCK(5, 2)
CK_DIRECT_BLOCK(6, 2) CK_DIRECT_BLOCK(7, 2) CK_DIRECT_BLOCK(8, 2) CK_DIRECT_BLOCK(9, 2) CK_DIRECT_BLOCK(10, 2)
CK_DIRECT_BLOCK(11, 2) CK_DIRECT_BLOCK(12, 2)
CK_DIRECT_BLOCK(1, 4) CK_DIRECT_BLOCK(2, 4) CK_DIRECT_BLOCK(3, 4) CK_DIRECT_BLOCK(4, 4) CK_DIRECT_BLOCK(5, 4)
CK_DIRECT_BLOCK(6, 4)

typedef void direct_function(const piece *pieces, int32_t count, float *sums, int starts);

/// [vectors][rows - 1].
static direct_function *const direct_functions[5][14] = {
    [1] = {direct_1x1, direct_2x1, direct_3x1, direct_4x1, direct_5x1, direct_6x1, direct_7x1, direct_8x1, direct_9x1,
           direct_10x1, direct_11x1, direct_12x1, direct_13x1, direct_14x1},
    [2] = {direct_1x2, direct_2x2, direct_3x2, direct_4x2, direct_5x2, direct_6x2, direct_7x2, direct_8x2, direct_9x2,
           direct_10x2, direct_11x2, direct_12x2},
    [4] = {direct_1x4, direct_2x4, direct_3x4, direct_4x4, direct_5x4, direct_6x4},
};

enum { direct_panel = CK_ROWS_4 > 0 ? 64 : CK_ROWS_2 > 0 ? 32 : 16 };

/// Voxels of the lattice along x.
typedef struct direct_run {
    int32_t z, y, x, count;
} direct_run;

/// A part of a segment: `length` floats from `start` on, with the panel's rows from `row` on.
typedef struct direct_part {
    const ck_segment *segment;
    int32_t start, length;
    int64_t row;
} direct_part;

/// Runs of at most `most` voxels from `*voxel` on, equal within a row, since a short one is bound by latency.
static int32_t direct_next_runs(const ck_direct *problem, int64_t *voxel, int64_t last, int32_t most, direct_run *runs) {
    int32_t count = 0;
    while (*voxel < last && count < CK_DIRECT_RUNS) {
        const int32_t width = problem->lattice[2], x = (int32_t)(*voxel % width);
        const int64_t row = *voxel / width;
        int32_t left = width - x;
        if (left > last - *voxel) left = (int32_t)(last - *voxel);
        const int32_t parts = (left + most - 1) / most, length = (left + parts - 1) / parts;
        runs[count++] = (direct_run){
            .z = (int32_t)(row / problem->lattice[1]), .y = (int32_t)(row % problem->lattice[1]), .x = x,
            .count = length};
        *voxel += length;
    }
    return count;
}

/// The next parts of the segments, from `*next` on, as many as are a chunk.
static int32_t direct_next_parts(const ck_direct *problem, direct_part *next, int32_t width, direct_part *parts) {
    const ck_segment *const end = problem->segments + problem->segment_count;
    int32_t count = 0, room = CK_DIRECT_CHUNK / width;
    while (next->segment < end && room > 0 && count < CK_DIRECT_PIECES) {
        const int32_t left = next->segment->length - next->start;
        const int32_t length = left < room ? left : room;
        parts[count] = *next;
        parts[count++].length = length;
        next->row += length;
        next->start += length;
        room -= length;
        if (next->start == next->segment->length) {
            next->segment++;
            next->start = 0;
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
    memset(target, 0, sizeof(float) * (size_t)first);
    if (problem->fusion.scale || problem->fusion.input_relu)
        direct_activate(problem, row, at + first, last - first, target + first);
    else
        memcpy(target + first, row + at + first, sizeof(float) * (size_t)(last - first));
    memset(target + last, 0, sizeof(float) * (size_t)(length - last));
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
        const int32_t z = run->z * problem->stride[0] + part.segment->z, y = run->y * problem->stride[1] + part.segment->y;
        if ((uint32_t)z >= (uint32_t)problem->in_size[0] || (uint32_t)y >= (uint32_t)problem->in_size[1]) continue;
        const int64_t at = run->x * stride + part.segment->x + part.start, end = at + (run->count - 1) * stride + part.length;
        if (end <= 0 || at >= floats) continue;
        const float *row = problem->input + ((ptrdiff_t)z * problem->in_size[1] + y) * floats;
        piece *target = &pieces[count++];
        *target = (piece){row + at, panel + part.row * width, stride, part.length};
        if (in_place && at >= 0 && end <= floats) continue;
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
            const v16 value = finished(load(sums + 16 * r), &problem->fusion, 0, residual ? (const float *)&residual_value : 0);
            problem->output[offset] = value[0];
            continue;
        }
        for (int32_t v = 0; v < vectors; v++) {
            const float *at = residual ? residual + 16 * v : 0;
            store(problem->output + offset + 16 * v,
                  finished(load(sums + (r * vectors + v) * 16), &problem->fusion, channel + 16 * v, at));
        }
    }
}

/// One panel of `vectors` times 16 outputs from `channel` on, for a block of runs.
static void direct_panel_of_runs(
    const ck_direct *problem, const direct_run *runs, int32_t run_count, int32_t channel, int32_t vectors,
    int64_t weight_rows, float *workspace) {
    const int32_t width = 16 * vectors;
    const float *panel = problem->weights + channel * weight_rows;
    float *copies = workspace + CK_DIRECT_RUNS * CK_DIRECT_SUMS;
    direct_part next = {.segment = problem->segments}, parts[CK_DIRECT_PIECES];
    piece pieces[CK_DIRECT_PIECES];
    for (int starts = 1;; starts = 0) {
        const int32_t part_count = direct_next_parts(problem, &next, width, parts);
        if (part_count == 0) break;
        for (int32_t i = 0; i < run_count; i++) {
            const int32_t count =
                direct_pieces_of(problem, &runs[i], parts, part_count, panel, width, copies, pieces);
            if (count > 0 || starts)
                direct_functions[vectors][runs[i].count - 1](pieces, count, workspace + i * CK_DIRECT_SUMS, starts);
        }
    }
    for (int32_t i = 0; i < run_count; i++)
        direct_store(problem, &runs[i], channel, vectors, workspace + i * CK_DIRECT_SUMS);
}

static void direct(
    const ck_direct *problem, int64_t first, int64_t last, int32_t first_panel, int32_t last_panel, float *workspace) {
    const int32_t outputs = (problem->out_channels + 15) / 16 * 16, most = panel_rows(outputs);
    int64_t weight_rows = 0;
    for (int32_t i = 0; i < problem->segment_count; i++) weight_rows += problem->segments[i].length;
    direct_run runs[CK_DIRECT_RUNS];
    for (int64_t voxel = first; voxel < last;) {
        const int32_t run_count = direct_next_runs(problem, &voxel, last, most, runs);
        const int32_t end = last_panel * direct_panel < outputs ? last_panel * direct_panel : outputs;
        for (int32_t channel = first_panel * direct_panel; channel < end;) {
            const int32_t vectors = panel_vectors((end - channel) / 16);
            direct_panel_of_runs(problem, runs, run_count, channel, vectors, weight_rows, workspace);
            channel += 16 * vectors;
        }
    }
}
