// Included once for every instruction set: no include guard.

enum { pointwise_block = 24 };

static void pointwise(const ck_pointwise *problem, int64_t first, int64_t last) {
    const int32_t in = problem->in_channels, out = problem->out_channels;
    _Alignas(64) float activations[pointwise_block * CK_GEMM_CHANNELS];
    _Alignas(64) float sums[pointwise_block * CK_GEMM_OUTPUTS];
    for (int64_t row = first; row < last; row += pointwise_block) {
        const int32_t count = (int32_t)(last - row < pointwise_block ? last - row : pointwise_block);
        for (int32_t r = 0; r < count; r++)
            for (int32_t c = 0; c < in; c += 16)
                store(
                    activations + r * in + c,
                    activated(load(problem->input + (row + r) * in + c), &problem->fusion, c));
        gemm(count, problem->used_channels, out, activations, in, problem->weights, sums, out);
        for (int32_t r = 0; r < count; r++)
            for (int32_t k = 0; k < out; k += 16) {
                const int64_t offset = (row + r) * out + k;
                const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
                store(problem->output + offset, finished(load(sums + r * out + k), &problem->fusion, k, residual));
            }
    }
}
