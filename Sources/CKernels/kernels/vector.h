// Included once for every instruction set: no include guard. CK_ROWS_n comes from the including file.

/// 16 floats: one AVX-512 register, two AVX registers, four of SSE or NEON.
typedef float v16 __attribute__((vector_size(64)));

static CK_INLINE v16 load(const float *source) { return *(const v16 *)source; }

static CK_INLINE void store(float *target, v16 value) { *(v16 *)target = value; }

static CK_INLINE v16 relu(v16 value) { return __builtin_elementwise_max(value, (v16){0}); }

/// The fused input activation of 16 channels from channel `c` on.
static CK_INLINE v16 activated(v16 value, const ck_fusion *fusion, int32_t c) {
    if (fusion->scale) value = value * load(fusion->scale + c) + load(fusion->shift + c);
    return fusion->input_relu ? relu(value) : value;
}

static CK_INLINE v16 rectified(v16 value, ck_activation activation, float slope) {
    switch (activation) {
    case ck_activation_none: return value;
    case ck_activation_relu: return relu(value);
    case ck_activation_relu6: return __builtin_elementwise_min(relu(value), (v16){0} + 6);
    case ck_activation_leaky: return relu(value) + slope * __builtin_elementwise_min(value, (v16){0});
    }
}

/// Bias, activation and residual of 16 outputs from channel `k` on; `residual` points at the residual's 16 values.
static CK_INLINE v16 finished(v16 value, const ck_fusion *fusion, int32_t k, const float *residual) {
    if (fusion->bias) value += load(fusion->bias + k);
    value = rectified(value, fusion->activation, fusion->slope);
    if (residual) value += load(residual);
    return fusion->residual_relu ? relu(value) : value;
}
