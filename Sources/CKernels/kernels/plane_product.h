// Included once for every instruction set: no include guard.
//
// The matrix products of winograd2d.h.

/// Tiles that are transformed together, and how V and M lie in memory.
typedef struct plane_batch {
    int32_t tiles;
    /// Input channels that are multiplied, and those that the weights have.
    int32_t channels, stored_channels;
    int32_t outputs;
    /// Floats between tiles, and between positions.
    ptrdiff_t tile_stride, position_stride;
} plane_batch;

/// out[tile][0 ..< width] (+)= sum over c of v[tile][c] * u[c][0 ..< width].
typedef struct plane_panel {
    const float *v, *u;
    float *out;
    ptrdiff_t tile_stride;
    int32_t width, channels;
    int accumulate;
} plane_panel;

/// The tiles [first, first + rows) of a panel, 16 `vectors` outputs; `rows` and `vectors` are constants.
///
/// Each value is broadcast once for all vectors: one load, where clang would else fold a load into every
/// multiplication. The channel loop must not be unrolled: clang then hoists the broadcasts and spills.
static CK_INLINE void plane_block(
    const int32_t rows, const int32_t vectors, const plane_panel *panel, int32_t first, int prefetch) {
    const ptrdiff_t stride = panel->tile_stride, width = panel->width, ahead = width * panel->channels;
    const float *v = panel->v + first * stride, *u = panel->u;
    float *out = panel->out + first * stride;
    v16 sum[14][2];
    _Pragma("clang loop unroll(full)") for (int32_t r = 0; r < rows; r++)
        _Pragma("clang loop unroll(full)") for (int32_t k = 0; k < vectors; k++)
            sum[r][k] = panel->accumulate ? load(out + r * stride + 16 * k) : (v16){0};
    _Pragma("clang loop unroll(disable)") for (int32_t c = 0; c < panel->channels; c++, u += width) {
        v16 weights[2];
        _Pragma("clang loop unroll(full)") for (int32_t k = 0; k < vectors; k++) {
            if (prefetch) __builtin_prefetch(u + ahead + 16 * k, 0, 2);
            weights[k] = load(u + 16 * k);
        }
        _Pragma("clang loop unroll(full)") for (int32_t r = 0; r < rows; r++) {
            const float value = v[r * stride + c];
            _Pragma("clang loop unroll(full)") for (int32_t k = 0; k < vectors; k++) sum[r][k] += value * weights[k];
        }
    }
    _Pragma("clang loop unroll(full)") for (int32_t r = 0; r < rows; r++)
        _Pragma("clang loop unroll(full)") for (int32_t k = 0; k < vectors; k++)
            store(out + r * stride + 16 * k, sum[r][k]);
}

/// The most rows of a register block of one vector, and of two.
enum { plane_single_rows = CK_ROWS_1 < 14 ? CK_ROWS_1 : 14, plane_pair_rows = CK_ROWS_2 };

#define CK_PLANE_CASE(ROWS, VECTORS, MOST) \
    case ROWS: \
        if (ROWS <= MOST) plane_block(ROWS, VECTORS, panel, first, prefetch); \
        break;

#define CK_PLANE_CASES(VECTORS, MOST) \
    switch (rows) { \
        CK_PLANE_CASE(1, VECTORS, MOST) CK_PLANE_CASE(2, VECTORS, MOST) CK_PLANE_CASE(3, VECTORS, MOST) \
        CK_PLANE_CASE(4, VECTORS, MOST) CK_PLANE_CASE(5, VECTORS, MOST) CK_PLANE_CASE(6, VECTORS, MOST) \
        CK_PLANE_CASE(7, VECTORS, MOST) CK_PLANE_CASE(8, VECTORS, MOST) CK_PLANE_CASE(9, VECTORS, MOST) \
        CK_PLANE_CASE(10, VECTORS, MOST) CK_PLANE_CASE(11, VECTORS, MOST) CK_PLANE_CASE(12, VECTORS, MOST) \
        CK_PLANE_CASE(13, VECTORS, MOST) CK_PLANE_CASE(14, VECTORS, MOST) \
    }

static void plane_rows_1(int32_t rows, const plane_panel *panel, int32_t first, int prefetch) {
    CK_PLANE_CASES(1, plane_single_rows)
}

static void plane_rows_2(int32_t rows, const plane_panel *panel, int32_t first, int prefetch) {
    CK_PLANE_CASES(2, plane_pair_rows)
}

/// All tiles of a panel of 16 or 32 outputs, or of 16 of its outputs. The first rows ask for the weights that follow.
static void plane_rows(int32_t tiles, const plane_panel *panel, int is_pair) {
    const int32_t most = is_pair ? plane_pair_rows : plane_single_rows, blocks = (tiles + most - 1) / most;
    for (int32_t i = 0, row = 0; i < blocks; i++) {
        const int32_t rows = (tiles - row) / (blocks - i);  // equal blocks: a short remainder would be latency-bound
        if (is_pair)
            plane_rows_2(rows, panel, row, i == 0);
        else
            plane_rows_1(rows, panel, row, i == 0);
        row += rows;
    }
}

static void plane_panel_product(int32_t tiles, plane_panel panel) {
    if (plane_pair_rows > 0 && panel.width == 32) {
        plane_rows(tiles, &panel, 1);
        return;
    }
    for (int32_t k = 0; k < panel.width; k += 16, panel.u += 16, panel.out += 16) plane_rows(tiles, &panel, 0);
}

/// Asks for the share of V[p + 1] that belongs to the panel of outputs from `first` on.
static void plane_prefetch_tiles(const plane_batch *batch, const float *v, int32_t first, int32_t width) {
    const int32_t last = (int32_t)((int64_t)batch->tiles * (first + width) / batch->outputs);
    for (int32_t tile = (int32_t)((int64_t)batch->tiles * first / batch->outputs); tile < last; tile++)
        for (int32_t c = 0; c < batch->channels; c += 16)
            __builtin_prefetch(v + batch->position_stride + tile * batch->tile_stride + c, 0, 2);
}

/// The channels whose weights stay in the first-level cache while all tiles are multiplied by them.
enum { plane_channel_block = 256 };

/// out[tile][outputs] = v[tile][channels] u, of one position; `u` as `ck_winograd2d_weights` lays it out.
static void plane_multiply(const plane_batch *batch, const float *v, const float *u, float *out) {
    for (int32_t first = 0; first < batch->outputs; first += CK_WINOGRAD2D_PANEL) {
        const int32_t left = batch->outputs - first, width = left < CK_WINOGRAD2D_PANEL ? left : CK_WINOGRAD2D_PANEL;
        plane_prefetch_tiles(batch, v, first, width);
        for (int32_t c = 0; c < batch->channels; c += plane_channel_block) {
            const int32_t count = batch->channels - c < plane_channel_block ? batch->channels - c : plane_channel_block;
            const plane_panel panel = {
                .v = v + c,
                .u = u + (ptrdiff_t)first * batch->stored_channels + (ptrdiff_t)c * width,
                .out = out + first,
                .tile_stride = batch->tile_stride,
                .width = width,
                .channels = count,
                .accumulate = c > 0,
            };
            plane_panel_product(batch->tiles, panel);
        }
    }
}
