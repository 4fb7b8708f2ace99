// Included once for every instruction set: no include guard.
//
// out[r][0 ..< 16 n] = sum over c of a[r][c] * b[c][0 ..< 16 n] for a block of rows whose sums fit the registers.
// The channel loop must not be unrolled: clang then hoists the broadcasts and spills.

#define CK_GEMM_BLOCK(ROWS, VECTORS) \
    static CK_INLINE void gemm_##ROWS##x##VECTORS( \
        const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, int32_t channels, float *out, \
        ptrdiff_t out_stride) { \
        v16 sum[ROWS][VECTORS] = {0}; \
        _Pragma("clang loop unroll(disable)") for (int32_t c = 0; c < channels; c++) { \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) { \
                const v16 weight = load(b + c * b_stride + 16 * v); \
                _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
                    sum[r][v] += a[r * a_stride + c] * weight; \
            } \
        } \
        _Pragma("clang loop unroll(full)") for (int r = 0; r < ROWS; r++) \
            _Pragma("clang loop unroll(full)") for (int v = 0; v < VECTORS; v++) \
                store(out + r * out_stride + 16 * v, sum[r][v]); \
    }

// Row counts per vector count that fit 32 registers (AVX-512) and are cut down by CK_ROWS_n for smaller register files.
CK_GEMM_BLOCK(1, 1) CK_GEMM_BLOCK(2, 1) CK_GEMM_BLOCK(3, 1) CK_GEMM_BLOCK(4, 1) CK_GEMM_BLOCK(5, 1)
CK_GEMM_BLOCK(6, 1) CK_GEMM_BLOCK(7, 1) CK_GEMM_BLOCK(8, 1) CK_GEMM_BLOCK(9, 1) CK_GEMM_BLOCK(10, 1)
CK_GEMM_BLOCK(11, 1) CK_GEMM_BLOCK(12, 1) CK_GEMM_BLOCK(13, 1) CK_GEMM_BLOCK(14, 1)
CK_GEMM_BLOCK(1, 2) CK_GEMM_BLOCK(2, 2) CK_GEMM_BLOCK(3, 2) CK_GEMM_BLOCK(4, 2) CK_GEMM_BLOCK(5, 2)
CK_GEMM_BLOCK(6, 2) CK_GEMM_BLOCK(7, 2) CK_GEMM_BLOCK(8, 2) CK_GEMM_BLOCK(9, 2) CK_GEMM_BLOCK(10, 2)
CK_GEMM_BLOCK(11, 2) CK_GEMM_BLOCK(12, 2) CK_GEMM_BLOCK(13, 2) CK_GEMM_BLOCK(14, 2)
CK_GEMM_BLOCK(1, 4) CK_GEMM_BLOCK(2, 4) CK_GEMM_BLOCK(3, 4) CK_GEMM_BLOCK(4, 4) CK_GEMM_BLOCK(5, 4) CK_GEMM_BLOCK(6, 4)

#define CK_GEMM_CASE(ROWS, VECTORS) \
    case ROWS: gemm_##ROWS##x##VECTORS(a, a_stride, b, b_stride, channels, out, out_stride); break;

static void gemm_rows_1(
    int32_t rows, const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, int32_t channels, float *out,
    ptrdiff_t out_stride) {
    switch (rows) {
        CK_GEMM_CASE(1, 1) CK_GEMM_CASE(2, 1) CK_GEMM_CASE(3, 1) CK_GEMM_CASE(4, 1) CK_GEMM_CASE(5, 1)
        CK_GEMM_CASE(6, 1) CK_GEMM_CASE(7, 1) CK_GEMM_CASE(8, 1) CK_GEMM_CASE(9, 1) CK_GEMM_CASE(10, 1)
        CK_GEMM_CASE(11, 1) CK_GEMM_CASE(12, 1) CK_GEMM_CASE(13, 1) CK_GEMM_CASE(14, 1)
    }
}

static void gemm_rows_2(
    int32_t rows, const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, int32_t channels, float *out,
    ptrdiff_t out_stride) {
    switch (rows) {
        CK_GEMM_CASE(1, 2) CK_GEMM_CASE(2, 2) CK_GEMM_CASE(3, 2) CK_GEMM_CASE(4, 2) CK_GEMM_CASE(5, 2)
        CK_GEMM_CASE(6, 2) CK_GEMM_CASE(7, 2) CK_GEMM_CASE(8, 2) CK_GEMM_CASE(9, 2) CK_GEMM_CASE(10, 2)
        CK_GEMM_CASE(11, 2) CK_GEMM_CASE(12, 2) CK_GEMM_CASE(13, 2) CK_GEMM_CASE(14, 2)
    }
}

static void gemm_rows_4(
    int32_t rows, const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, int32_t channels, float *out,
    ptrdiff_t out_stride) {
    switch (rows) {
        CK_GEMM_CASE(1, 4) CK_GEMM_CASE(2, 4) CK_GEMM_CASE(3, 4) CK_GEMM_CASE(4, 4) CK_GEMM_CASE(5, 4)
        CK_GEMM_CASE(6, 4)
    }
}

/// How many vectors of outputs the register block takes at a time, when `left` are left.
static CK_INLINE int32_t panel_vectors(int32_t left) {
    return left >= 4 && CK_ROWS_4 > 0 ? 4 : left >= 2 && CK_ROWS_2 > 0 ? 2 : 1;
}

static CK_INLINE int32_t panel_rows(int32_t outputs) {
    const int32_t vectors = panel_vectors(outputs / 16);
    return vectors == 4 ? CK_ROWS_4 : vectors == 2 ? CK_ROWS_2 : CK_ROWS_1;
}

/// out[rows][outputs] = a[rows][channels] b[channels][outputs]; `out` may be `a` (a row is written after all its sums
/// are complete). `outputs` is a multiple of 16, at most CK_GEMM_OUTPUTS.
static void gemm(
    int32_t rows, int32_t channels, int32_t outputs, const float *a, ptrdiff_t a_stride, const float *b, float *out,
    ptrdiff_t out_stride) {
    const int32_t most = panel_rows(outputs);
    const int32_t blocks = (rows + most - 1) / most;
    const int32_t vectors = outputs / 16;
    const int32_t first_panel = panel_vectors(vectors);
    _Alignas(64) float block[14 * CK_GEMM_OUTPUTS];
    for (int32_t i = 0, row = 0; i < blocks; i++) {
        const int32_t count = (rows - row) / (blocks - i);  // equal blocks: a short remainder would be latency-bound
        const float *block_a = a + row * a_stride;
        float *target = first_panel == vectors ? out + row * out_stride : block;
        const ptrdiff_t target_stride = first_panel == vectors ? out_stride : outputs;
        for (int32_t v = 0; v < vectors;) {
            const int32_t panel = panel_vectors(vectors - v);
            const float *panel_b = b + 16 * v;
            float *panel_out = target + 16 * v;
            if (panel == 4) gemm_rows_4(count, block_a, a_stride, panel_b, outputs, channels, panel_out, target_stride);
            else if (panel == 2)
                gemm_rows_2(count, block_a, a_stride, panel_b, outputs, channels, panel_out, target_stride);
            else gemm_rows_1(count, block_a, a_stride, panel_b, outputs, channels, panel_out, target_stride);
            v += panel;
        }
        if (target == block)
            for (int32_t r = 0; r < count; r++)
                for (int32_t k = 0; k < outputs; k += 16)
                    store(out + (row + r) * out_stride + k, load(block + r * outputs + k));
        row += count;
    }
}
