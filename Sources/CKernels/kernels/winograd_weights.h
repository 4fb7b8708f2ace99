// Included once for every instruction set: no include guard.
//
// G of Winograd F(m, 3) in three dimensions, in double precision, 16 output channels at a time.

typedef double d16 __attribute__((vector_size(128)));

/// One dimension for `outputs` (4 or 2) outputs: g to the `outputs` + 2 positions, values `stride` vectors apart.
static CK_INLINE void weights_line(int32_t outputs, const d16 *g, ptrdiff_t stride, d16 *u, ptrdiff_t u_stride) {
    const d16 a = g[0], b = g[stride], c = g[2 * stride];
    if (outputs == 2) {
        u[0] = a;
        u[u_stride] = 0.5 * (a + c) + 0.5 * b;
        u[2 * u_stride] = 0.5 * (a + c) - 0.5 * b;
        u[3 * u_stride] = c;
        return;
    }
    const double p = 0.70710678118654752, q = 1.41421356237309505;
    const d16 even_p = (-1 / 1.5) * a + (-0.5 / 1.5) * c, odd_p = (-p / 1.5) * b;
    const d16 even_q = (1 / 6.0) * a + (2 / 6.0) * c, odd_q = (q / 6) * b;
    u[0] = a;
    u[u_stride] = even_p + odd_p;
    u[2 * u_stride] = even_p - odd_p;
    u[3 * u_stride] = even_q + odd_q;
    u[4 * u_stride] = even_q - odd_q;
    u[5 * u_stride] = c;
}

/// The positions of 16 kernels [kz][ky][kx], written `stride` floats apart.
static CK_INLINE void weights_kernel(ck_axes tile, const d16 kernel[27], float *target, ptrdiff_t stride) {
    const int32_t depth = tile.z + 2, height = tile.y + 2, width = tile.x + 2;
    d16 along_x[9 * 6], along_y[3 * 36];
    for (int row = 0; row < 9; row++) weights_line(tile.x, kernel + 3 * row, 1, along_x + row * width, 1);
    for (int z = 0; z < 3; z++)
        for (int x = 0; x < width; x++)
            weights_line(tile.y, along_x + z * 3 * width + x, width, along_y + z * height * width + x, width);
    for (int i = 0; i < height * width; i++) {
        d16 u[6];
        weights_line(tile.z, along_y + i, height * width, u, 1);
        for (int z = 0; z < depth; z++)
            __builtin_nontemporal_store(
                __builtin_convertvector(u[z], v16), (v16 *)(target + (z * height * width + i) * stride));
    }
}

/// The kernels of an input channel, of which there are `in`, to 16 outputs from `k` on; zero beyond the real ones.
static CK_INLINE void weights_channel(
    const float *weights, int32_t out, int32_t in, int32_t c, ck_axes tile, int32_t k, float *target,
    ptrdiff_t stride) {
    d16 kernel[27] = {0};
    if (c < in)
        for (int i = 0; i < 16 && k + i < out; i++) {
            const float *source = weights + ((ptrdiff_t)(k + i) * in + c) * 27;
            for (int tap = 0; tap < 27; tap++) kernel[tap][i] = source[tap];
        }
    weights_kernel(tile, kernel, target, stride);
}

static void winograd_weights(
    const float *weights, int32_t out, int32_t in, ck_axes tile, int32_t in_channels, int32_t out_channels,
    float *transformed) {
    const ptrdiff_t stride = (ptrdiff_t)in_channels * out_channels;
    for (int32_t panel = 0; panel < out_channels; panel += CK_WINOGRAD_PANEL) {
        const int32_t left = out_channels - panel, width = left < CK_WINOGRAD_PANEL ? left : CK_WINOGRAD_PANEL;
        for (int32_t c = 0; c < in_channels; c++)
            for (int32_t k = panel; k < panel + width; k += 16) {
                float *target = transformed + (ptrdiff_t)panel * in_channels + c * width + k - panel;
                if (tile.z == 4) weights_channel(weights, out, in, c, (ck_axes){4, 4, 4}, k, target, stride);
                else if (tile.y == 4) weights_channel(weights, out, in, c, (ck_axes){2, 4, 4}, k, target, stride);
                else weights_channel(weights, out, in, c, (ck_axes){2, 2, 2}, k, target, stride);
            }
    }
}
