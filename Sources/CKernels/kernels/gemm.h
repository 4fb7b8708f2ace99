// Included once for every instruction set: no include guard.
//
// out[r][0 ..< 16 n] (+)= sum over c of a[r][c] * b[c][0 ..< 16 n] for a block of rows whose sums fit the registers.
// The channel loop must not be unrolled: clang then hoists the broadcasts and spills. The rows of `a` are a constant
// apart: with a variable stride the addresses of 28 rows take more instructions than the products. What is read next is
// asked for meanwhile, two cache lines with every channel, so that no block waits for its operands.

/// The operands of a block. Rows are `a_stride`, `b_stride` and `out_stride` floats apart.
typedef struct gemm_operands {
    const float *a;
    ptrdiff_t a_stride;
    const float *b;
    ptrdiff_t b_stride;
    int32_t channels;
    /// The sums are added to what is in `out`.
    int32_t accumulates;
    float *out;
    ptrdiff_t out_stride;
} gemm_operands;

/// A scalar in all lanes. (`scalar * vector` makes clang broadcast once for every vector.)
static CK_INLINE v16 splat(float x) { return (v16){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }

/// ROWS x 16 VECTORS sums of rows STRIDE floats apart; `ahead` is read next, `step` floats with every channel.
#define CK_GEMM_BLOCK(ROWS, VECTORS, STRIDE) \
    static void gemm_##ROWS##x##VECTORS##_##STRIDE(const gemm_operands *g, const float *ahead, ptrdiff_t step) { \
        const float *a = g->a, *b = g->b; \
        v16 sum[ROWS][VECTORS] = {0}; \
        if (g->accumulates) \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                    sum[r][v] = load(g->out + r * g->out_stride + 16 * v); \
        _Pragma("clang loop unroll(disable)") for (int32_t c = 0; c < g->channels; c++) { \
            __builtin_prefetch(ahead, 0, 3); \
            __builtin_prefetch(ahead + 16, 0, 3); \
            v16 weights[VECTORS]; \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) weights[v] = load(b + 16 * v); \
            _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) { \
                const v16 value = splat(a[r * STRIDE]); \
                _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) sum[r][v] += value * weights[v]; \
            } \
            a++; \
            b += g->b_stride; \
            ahead += step; \
        } \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                store(g->out + r * g->out_stride + 16 * v, sum[r][v]); \
    }

// Rows and vectors that fit 32 registers (AVX-512), or CK_ROWS_1 rows of one vector in smaller register files.
#define CK_GEMM_6(X, N, S) X(1, N, S) X(2, N, S) X(3, N, S) X(4, N, S) X(5, N, S) X(6, N, S)
#define CK_GEMM_8(X, N, S) CK_GEMM_6(X, N, S) X(7, N, S) X(8, N, S)
#define CK_GEMM_14(X, N, S) \
    CK_GEMM_8(X, N, S) X(9, N, S) X(10, N, S) X(11, N, S) X(12, N, S) X(13, N, S) X(14, N, S)
#define CK_GEMM_28(X, N, S) \
    CK_GEMM_14(X, N, S) X(15, N, S) X(16, N, S) X(17, N, S) X(18, N, S) X(19, N, S) X(20, N, S) X(21, N, S) \
    X(22, N, S) X(23, N, S) X(24, N, S) X(25, N, S) X(26, N, S) X(27, N, S) X(28, N, S)
#if CK_ROWS_4 > 0
#define CK_GEMM_SIZES(X) \
    CK_GEMM_28(X, 1, 16) CK_GEMM_28(X, 1, 64) CK_GEMM_14(X, 2, 32) CK_GEMM_14(X, 2, 64) CK_GEMM_8(X, 3, 64) \
    CK_GEMM_6(X, 4, 64)
#else
#define CK_GEMM_SIZES(X) CK_GEMM_6(X, 1, 16) CK_GEMM_6(X, 1, 32) CK_GEMM_6(X, 1, 64)
#endif

CK_GEMM_SIZES(CK_GEMM_BLOCK)

#define CK_GEMM_CASE(ROWS, VECTORS, STRIDE) \
    case ROWS + 32 * VECTORS + 16 * STRIDE: gemm_##ROWS##x##VECTORS##_##STRIDE(g, ahead, step); break;

static CK_INLINE void gemm_block(
    int32_t rows, int32_t vectors, const gemm_operands *g, const float *ahead, ptrdiff_t step) {
    switch (rows + 32 * vectors + 16 * (int32_t)g->a_stride) { CK_GEMM_SIZES(CK_GEMM_CASE) }
}

/// The most vectors of outputs of a block, when `left` are left.
static CK_INLINE int32_t gemm_vectors(int32_t left) { return CK_ROWS_4 == 0 ? 1 : left < 4 ? left : 4; }

/// The most rows of a block of so many vectors.
static CK_INLINE int32_t gemm_rows(int32_t vectors) {
    if (CK_ROWS_4 == 0) return CK_ROWS_1;
    return vectors == 4 ? 6 : vectors == 3 ? 8 : vectors == 2 ? 14 : 28;
}

/// How many vectors of outputs the direct kernel's block takes at a time, when `left` are left.
static CK_INLINE int32_t panel_vectors(int32_t left) {
    return left >= 4 && CK_ROWS_4 > 0 ? 4 : left >= 2 && CK_ROWS_2 > 0 ? 2 : 1;
}

/// The most rows of the direct kernel's block.
static CK_INLINE int32_t panel_rows(int32_t outputs) {
    const int32_t vectors = panel_vectors(outputs / 16);
    return vectors == 4 ? CK_ROWS_4 : vectors == 2 ? CK_ROWS_2 : CK_ROWS_1;
}

/// A block of `a` that is copied; the channels are the stride of its rows.
enum { gemm_copied_rows = 28, gemm_copied_channels = 64 };

/// Memory that is about to be read: two ranges, one after the other.
typedef struct gemm_ahead {
    const float *start;
    ptrdiff_t floats;
    const float *then;
    ptrdiff_t then_floats;
} gemm_ahead;

/// What a block of so many channels asks for; the step from channel to channel is 0 when nothing is left.
static CK_INLINE const float *next_ahead(gemm_ahead *ahead, int32_t channels, ptrdiff_t *step) {
    const float *start = ahead->start;
    *step = ahead->floats > 0 ? 32 : 0;
    ahead->start += *step * channels;
    ahead->floats -= 32 * channels;
    if (ahead->floats <= 0) {
        ahead->start = ahead->then;
        ahead->floats = ahead->then_floats;
        ahead->then_floats = 0;
    }
    return start;
}

/// A block of rows times all outputs, panel by panel.
static CK_INLINE void gemm_panels(int32_t rows, int32_t outputs, gemm_operands g, gemm_ahead *ahead) {
    for (int32_t v = 0; v < outputs / 16;) {
        const int32_t panel = gemm_vectors(outputs / 16 - v);
        ptrdiff_t step;
        const float *next = next_ahead(ahead, g.channels, &step);
        gemm_block(rows, panel, &g, next, step);
        g.b += 16 * panel;
        g.out += 16 * panel;
        v += panel;
    }
}

/// `gemm_with_ahead` in several blocks of rows or several panels.
static void gemm_of_blocks(int32_t rows, int32_t outputs, gemm_operands g, gemm_ahead ahead) {
    const int32_t most = gemm_rows(gemm_vectors(outputs / 16)), blocks = (rows + most - 1) / most;
    const int is_copied = g.a == g.out && gemm_vectors(outputs / 16) < outputs / 16;
    _Alignas(64) float copy[gemm_copied_rows * gemm_copied_channels];
    for (int32_t i = 0, left = rows; i < blocks; i++) {
        const int32_t count = left / (blocks - i);  // equal blocks: a short remainder would be latency-bound
        gemm_operands block = g;
        if (is_copied) {
            for (int32_t r = 0; r < count; r++)
                for (int32_t c = 0; c < g.channels; c += 16)
                    store(copy + r * gemm_copied_channels + c, load(g.a + r * g.a_stride + c));
            block.a = copy;
            block.a_stride = gemm_copied_channels;
        }
        gemm_panels(count, outputs, block, &ahead);
        left -= count;
        g.a += count * g.a_stride;
        g.out += count * g.out_stride;
    }
}

/// out[rows][outputs] (+)= a[rows][channels] b[channels][outputs], outputs a multiple of 16, the stride of `a` 16, 32
/// (for up to 32 outputs) or 64, and at most 64 channels. `out` may be `a`.
static CK_INLINE void gemm_with_ahead(int32_t rows, int32_t outputs, gemm_operands g, gemm_ahead ahead) {
    const int32_t vectors = outputs / 16;
    if (vectors == gemm_vectors(vectors) && rows <= gemm_rows(vectors)) gemm_block(rows, vectors, &g, ahead.start, 32);
    else gemm_of_blocks(rows, outputs, g, ahead);
}
