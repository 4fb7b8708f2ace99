// Included once for every instruction set: no include guard. CK_LONE_ROWS comes from the including file.
//
// What the kernels for 16 + 1 channels share: a value's block of 16 channels is in the lanes, its lone channel apart,
// 16 voxels (or tiles) in the lanes. As an input the lone channel is one more channel of the products; as an output it
// is the sum over the lanes of each row, 16 rows at once by a tree of shuffles.

enum { lone_lanes = 16 };

typedef float v4 __attribute__((vector_size(16), aligned(4)));
typedef float v16_unaligned __attribute__((vector_size(64), aligned(4)));

/// The sums over the lanes of 16 vectors, the t-th in lane t. The order of the additions is the same for all.
static CK_INLINE v16 lane_sums(v16 rows[16]) {
    for (int i = 0; i < 8; i++) {
        const v16 a = rows[i], b = rows[i + 8];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31) +
                  __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
    }
    for (int i = 0; i < 4; i++) {
        const v16 a = rows[i], b = rows[i + 4];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 20, 21, 22, 23, 8, 9, 10, 11, 28, 29, 30, 31) +
                  __builtin_shufflevector(a, b, 4, 5, 6, 7, 16, 17, 18, 19, 12, 13, 14, 15, 24, 25, 26, 27);
    }
    for (int i = 0; i < 2; i++) {
        const v16 a = rows[i], b = rows[i + 2];
        rows[i] = __builtin_shufflevector(a, b, 0, 1, 18, 19, 4, 5, 22, 23, 8, 9, 26, 27, 12, 13, 30, 31) +
                  __builtin_shufflevector(a, b, 2, 3, 16, 17, 6, 7, 20, 21, 10, 11, 24, 25, 14, 15, 28, 29);
    }
    const v16 a = rows[0], b = rows[1];
    return __builtin_shufflevector(a, b, 0, 17, 2, 19, 4, 21, 6, 23, 8, 25, 10, 27, 12, 29, 14, 31) +
           __builtin_shufflevector(a, b, 1, 16, 3, 18, 5, 20, 7, 22, 9, 24, 11, 26, 13, 28, 15, 30);
}

/// d[i] = every fourth of 64 floats from the i-th on.
static CK_INLINE void deinterleave(const float *source, v16 d[4]) {
    v16 s[4], even[2], odd[2];
    for (int i = 0; i < 4; i++) s[i] = *(const v16_unaligned *)(source + 16 * i);
    for (int i = 0; i < 2; i++) {
        const v16 a = s[2 * i], b = s[2 * i + 1];
        even[i] = __builtin_shufflevector(a, b, 0, 4, 8, 12, 16, 20, 24, 28, 1, 5, 9, 13, 17, 21, 25, 29);
        odd[i] = __builtin_shufflevector(a, b, 2, 6, 10, 14, 18, 22, 26, 30, 3, 7, 11, 15, 19, 23, 27, 31);
    }
#define CK_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define CK_HIGH(a, b) __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
    d[0] = CK_LOW(even[0], even[1]);
    d[1] = CK_HIGH(even[0], even[1]);
    d[2] = CK_LOW(odd[0], odd[1]);
    d[3] = CK_HIGH(odd[0], odd[1]);
}

/// The inverse of `deinterleave`.
static CK_INLINE void interleave(const v16 d[4], float *target) {
    const v16 low01 = __builtin_shufflevector(d[0], d[1], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v16 low23 = __builtin_shufflevector(d[2], d[3], 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v16 high01 =
        __builtin_shufflevector(d[0], d[1], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
    const v16 high23 =
        __builtin_shufflevector(d[2], d[3], 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
#define CK_PAIRS_LOW(a, b) __builtin_shufflevector(a, b, 0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23)
#define CK_PAIRS_HIGH(a, b) __builtin_shufflevector(a, b, 8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31)
    store(target, CK_PAIRS_LOW(low01, low23));
    store(target + 16, CK_PAIRS_HIGH(low01, low23));
    store(target + 32, CK_PAIRS_LOW(high01, high23));
    store(target + 48, CK_PAIRS_HIGH(high01, high23));
}

/// The fused input activation of the lone channel, whose number is `channel`.
static CK_INLINE v16 lone_activated(v16 value, const ck_fusion *fusion, int32_t channel) {
    if (fusion->scale) value = value * fusion->scale[channel] + fusion->shift[channel];
    return fusion->input_relu ? relu(value) : value;
}

/// Bias and activation of the lone channel.
static CK_INLINE v16 lone_finished(v16 value, const ck_fusion *fusion, int32_t channel) {
    if (fusion->bias) value += fusion->bias[channel];
    return rectified(value, fusion->activation, fusion->slope);
}

/// Products of 16 rows of `channels` values, `stride` apart, and of their lone inputs, if `from_lone`: to 16 outputs a
/// row, if `to_block`, and to a lone output, if `to_lone`; `out` may be `v` and `lone_out` may be `lone`.
///
/// Weights are [channels + 1][16] to the block, then [channels] and [16] to the lone output (of the 16 only the first
/// counts).
static CK_INLINE void lone_products(
    const float *v, ptrdiff_t stride, int32_t channels, const float *lone, const float *weights, int from_lone,
    int to_block, int to_lone, float *out, float *lone_out) {
    const v16 lone_values = from_lone ? load(lone) : (v16){0};
    if (to_lone) {
        const float *w = weights + 16 * (channels + 1);
        v16 rows[lone_lanes];
        for (int t = 0; t < lone_lanes; t++) {
            rows[t] = load(v + stride * t) * load(w);
            for (int32_t c = 16; c < channels; c += 16) rows[t] += load(v + stride * t + c) * load(w + c);
        }
        store(lone_out, lane_sums(rows) + lone_values * w[channels]);
    }
    if (!to_block) return;
    _Alignas(64) float lone_inputs[lone_lanes];
    store(lone_inputs, lone_values);
    for (int first = 0; first < lone_lanes; first += CK_LONE_ROWS) {
        const float *rows = v + stride * first;
        v16 sum[CK_LONE_ROWS] = {0};
        _Pragma("clang loop unroll(disable)") for (int32_t c = 0; c < channels; c++) {
            const v16 w = load(weights + 16 * c);
            _Pragma("clang loop unroll(full)") for (int r = 0; r < CK_LONE_ROWS; r++)
                sum[r] += rows[stride * r + c] * w;
        }
        if (from_lone) {
            const v16 w = load(weights + 16 * channels);
            _Pragma("clang loop unroll(full)") for (int r = 0; r < CK_LONE_ROWS; r++)
                sum[r] += lone_inputs[first + r] * w;
        }
        _Pragma("clang loop unroll(full)") for (int r = 0; r < CK_LONE_ROWS; r++)
            store(out + 16 * (first + r), sum[r]);
    }
}
