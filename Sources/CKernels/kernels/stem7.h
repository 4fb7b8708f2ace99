// Included once for every instruction set: no include guard.
//
// 7 x 7 x 7 with stride 2 from one channel. Along x and y the even and the odd inputs are signals of their own, which
// meet kernels of 4 taps with stride 1: Winograd F(3, 4), which shares its points and its input transform with F(4, 3).
// 36 products for each of the 4 pairs of signals and 7 planes give 3 x 3 outputs; z is summed as it is. Work goes by
// rows of tiles, through all planes.

enum {
    stem7_positions = 36,
    /// The transformed inputs of a tile in a plane: [position][signal of x][signal of y].
    stem7_tile = 4 * stem7_positions,
    /// The planes kept, a power of two that is more than 7.
    stem7_planes = 8,
    /// Rows of a tile: 6 of both signals.
    stem7_rows = 12,
};

/// The parts of a workspace for one row of tiles.
typedef struct stem7_space {
    int32_t tiles;
    /// Floats of an input row: the padding, 6 for each tile, what the last tile reads beyond.
    int32_t pitch;
    /// Two arrays [row][x], one [x][16], the planes of transformed tiles, the products [position][tile][panel].
    float *rows, *columns, *lanes, *planes, *products;
    ptrdiff_t plane_floats;
} stem7_space;

static stem7_space stem7_space_of(const ck_stem7 *problem, float *workspace) {
    const int32_t tiles = (problem->out_size[2] + 2) / 3, pitch = (6 * tiles + 6 + 15) / 16 * 16;
    stem7_space space = {.tiles = tiles, .pitch = pitch, .plane_floats = (ptrdiff_t)tiles * stem7_tile + 16};
    space.rows = workspace;
    space.columns = space.rows + stem7_rows * pitch;
    space.lanes = space.columns + 16 * pitch;
    space.planes = space.lanes + 16 * pitch;
    space.products = space.planes + stem7_planes * space.plane_floats;
    return space;
}

/// The 12 input rows of tile row `tile_y` in plane z, from x = -3 on, zero outside.
static void stem7_load(const ck_stem7 *problem, const stem7_space *space, int32_t z, int32_t tile_y) {
    const int32_t width = problem->in_size[2], room = space->pitch - 3, some = width < room ? width : room;
    for (int32_t r = 0; r < stem7_rows; r++) {
        float *row = space->rows + r * space->pitch;
        const int32_t y = 6 * tile_y - 3 + r;
        memset(row, 0, sizeof(float) * (size_t)space->pitch);
        if ((uint32_t)y >= (uint32_t)problem->in_size[1]) continue;
        const float *source = problem->input + ((ptrdiff_t)z * problem->in_size[1] + y) * width;
        memcpy(row + 3, source, sizeof(float) * (size_t)some);
    }
}

/// The transform along y, turned so that the 6 x 2 results of a column lie side by side.
static void stem7_along_y(const stem7_space *space) {
    for (int32_t x = 0; x < space->pitch; x += 16)
        for (int32_t signal = 0; signal < 2; signal++) {
            v16 d[6], t[6];
            for (int32_t i = 0; i < 6; i++) d[i] = load(space->rows + (2 * i + signal) * space->pitch + x);
            winograd_in(d, t);
            for (int32_t i = 0; i < 6; i++) store(space->columns + (2 * i + signal) * space->pitch + x, t[i]);
        }
    for (int32_t x = 0; x < space->pitch; x++)
        for (int32_t lane = 0; lane < stem7_rows; lane++)
            space->lanes[16 * x + lane] = space->columns[lane * space->pitch + x];
}

/// The transform along x to one plane of transformed tiles.
static void stem7_along_x(const stem7_space *space, float *plane) {
    for (int32_t tile = 0; tile < space->tiles; tile++) {
        v16 signals[2][6];
        for (int32_t signal = 0; signal < 2; signal++) {
            v16 d[6];
            for (int32_t i = 0; i < 6; i++) d[i] = load(space->lanes + 16 * (6 * tile + 2 * i + signal));
            winograd_in(d, signals[signal]);
        }
        for (int32_t i = 0; i < 6; i++) {  // what the second store writes too much, the next one replaces
            const v16 a = signals[0][i], b = signals[1][i];
            const v16 low = __builtin_shufflevector(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
            const v16 high = __builtin_shufflevector(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 8, 9, 24, 25, 10, 11, 26, 27);
            memcpy(plane + tile * stem7_tile + 24 * i, &low, sizeof low);
            memcpy(plane + tile * stem7_tile + 24 * i + 16, &high, sizeof high);
        }
    }
}

/// The products of all tiles for output plane z with a panel of `vectors` times 16 outputs.
static void stem7_multiply(
    const ck_stem7 *problem, const stem7_space *space, int32_t z, const float *weights, int32_t vectors) {
    const int32_t width = 16 * vectors, most = direct_rows(width);
    const int32_t groups = (space->tiles + most - 1) / most;
    for (int32_t position = 0; position < stem7_positions; position++)
        for (int32_t group = 0; group < groups; group++) {
            const int32_t first = space->tiles * group / groups, last = space->tiles * (group + 1) / groups;
            piece pieces[7];
            int32_t count = 0;
            for (int32_t kz = 0; kz < 7; kz++) {
                const int32_t plane = 2 * z - 3 + kz;
                if ((uint32_t)plane >= (uint32_t)problem->in_size[0]) continue;
                const float *tiles = space->planes + (plane % stem7_planes) * space->plane_floats;
                pieces[count++] = (piece){
                    tiles + first * stem7_tile + 4 * position, weights + (ptrdiff_t)(position * 7 + kz) * 4 * width,
                    stem7_tile, 4};
            }
            float *products = space->products + ((ptrdiff_t)position * space->tiles + first) * width;
            direct_sum(last - first, vectors, pieces, count, products, 1);
        }
}

/// One dimension of the output transform of F(3, 4).
static CK_INLINE void stem7_line_out(const v16 m[6], v16 y[3]) {
    const float p = 0.70710678118654752f, q = 1.41421356237309505f;
    const v16 sum_p = m[1] + m[2], sum_q = m[3] + m[4];
    y[0] = m[0] + sum_p + sum_q;
    y[1] = p * (m[1] - m[2]) + q * (m[3] - m[4]);
    y[2] = 0.5f * sum_p + 2 * sum_q + m[5];
}

/// Writes the 3 x 3 outputs of 16 channels of one tile, as far as they lie inside.
static CK_INLINE void stem7_tile_out(
    const ck_stem7 *problem, const float *products, ptrdiff_t position_stride, const int32_t at[3], int32_t channel) {
    v16 columns[3][6];
    for (int32_t x = 0; x < 6; x++) {
        v16 m[6], y[3];
        for (int32_t i = 0; i < 6; i++) m[i] = load(products + (6 * x + i) * position_stride);
        stem7_line_out(m, y);
        for (int32_t i = 0; i < 3; i++) columns[i][x] = y[i];
    }
    for (int32_t y = 0; y < 3 && at[1] + y < problem->out_size[1]; y++) {
        v16 outputs[3];
        stem7_line_out(columns[y], outputs);
        const ptrdiff_t row = (ptrdiff_t)at[0] * problem->out_size[1] + at[1] + y;
        ptrdiff_t offset = (row * problem->out_size[2] + at[2]) * problem->out_channels + channel;
        for (int32_t x = 0; x < 3 && at[2] + x < problem->out_size[2]; x++, offset += problem->out_channels) {
            const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
            const v16 value = finished(outputs[x], &problem->fusion, channel, residual);
            __builtin_nontemporal_store(value, (v16 *)(problem->output + offset));
        }
    }
}

static void stem7_plane_out(
    const ck_stem7 *problem, const stem7_space *space, int32_t z, int32_t tile_y, int32_t channel, int32_t vectors) {
    const ptrdiff_t width = 16 * vectors, position_stride = space->tiles * width;
    for (int32_t tile = 0; tile < space->tiles; tile++) {
        const int32_t at[3] = {z, 3 * tile_y, 3 * tile};
        for (int32_t v = 0; v < vectors; v++)
            stem7_tile_out(problem, space->products + tile * width + 16 * v, position_stride, at, channel + 16 * v);
    }
}

static void stem7(const ck_stem7 *problem, int32_t first, int32_t last, float *workspace) {
    const stem7_space space = stem7_space_of(problem, workspace);
    memset(space.lanes, 0, sizeof(float) * 16 * (size_t)space.pitch);
    for (int32_t tile_y = first; tile_y < last; tile_y++)
        for (int32_t z = 0, ready = 0; z < problem->out_size[0]; z++) {
            for (; ready <= 2 * z + 3 && ready < problem->in_size[0]; ready++) {
                stem7_load(problem, &space, ready, tile_y);
                stem7_along_y(&space);
                stem7_along_x(&space, space.planes + (ready % stem7_planes) * space.plane_floats);
            }
            for (int32_t channel = 0; channel < problem->out_channels; channel += direct_panel) {
                const int32_t left = problem->out_channels - channel;
                const int32_t vectors = (left < direct_panel ? left : direct_panel) / 16;
                const float *weights = problem->weights + (ptrdiff_t)channel * stem7_positions * 28;
                stem7_multiply(problem, &space, z, weights, vectors);
                stem7_plane_out(problem, &space, z, tile_y, channel, vectors);
            }
        }
}
