// Included once for every instruction set: no include guard.

/// Outputs along x that are summed together.
enum { depthwise_block = CK_ROWS_4 > 0 ? 8 : 4 };

/// The taps first ..< last along one axis whose inputs lie inside, for the output that starts at `origin`.
typedef struct depthwise_taps {
    int32_t first, last;
} depthwise_taps;

static CK_INLINE depthwise_taps depthwise_inside(int32_t origin, int32_t size, int32_t dilation, int32_t extent) {
    depthwise_taps taps = {0, size};
    while (taps.first < size && origin + taps.first * dilation < 0) taps.first++;
    while (taps.last > taps.first && origin + (taps.last - 1) * dilation >= extent) taps.last--;
    return taps;
}

/// 16 channels of `count` outputs whose first one starts at input (z, y, x); `taps` are inside for all of them.
static CK_INLINE void depthwise_outputs(
    const ck_depthwise *problem, const int32_t start[3], const depthwise_taps taps[3], int32_t channel, int32_t count,
    int activates, v16 *sum) {
    const ptrdiff_t channels = problem->channels, step = problem->stride[2] * channels;
    _Pragma("clang loop unroll(full)") for (int32_t i = 0; i < count; i++) sum[i] = (v16){0};
    for (int32_t kz = taps[0].first; kz < taps[0].last; kz++)
        for (int32_t ky = taps[1].first; ky < taps[1].last; ky++) {
            const ptrdiff_t z = start[0] + kz * problem->dilation[0], y = start[1] + ky * problem->dilation[1];
            const ptrdiff_t row = (z * problem->in_size[1] + y) * problem->in_size[2] + start[2];
            const ptrdiff_t taps_before = (kz * problem->size[1] + ky) * problem->size[2];
            const float *weights = problem->weights + taps_before * channels + channel;
            for (int32_t kx = taps[2].first; kx < taps[2].last; kx++) {
                const float *source = problem->input + (row + kx * problem->dilation[2]) * channels + channel;
                const v16 weight = load(weights + kx * channels);
                _Pragma("clang loop unroll(full)") for (int32_t i = 0; i < count; i++) {
                    const v16 value = load(source + i * step);
                    sum[i] += (activates ? activated(value, &problem->fusion, channel) : value) * weight;
                }
            }
        }
}

static CK_INLINE void depthwise_run(
    const ck_depthwise *problem, const int32_t start[3], const depthwise_taps taps[3], int32_t count, ptrdiff_t voxel) {
    const ptrdiff_t channels = problem->channels;
    for (int32_t channel = 0; channel < channels; channel += 16) {
        v16 sum[8];
        if (problem->fusion.scale || problem->fusion.input_relu)
            depthwise_outputs(problem, start, taps, channel, count, 1, sum);
        else
            depthwise_outputs(problem, start, taps, channel, count, 0, sum);
        _Pragma("clang loop unroll(full)") for (int32_t i = 0; i < count; i++) {
            const ptrdiff_t offset = (voxel + i) * channels + channel;
            const float *residual = problem->fusion.residual ? problem->fusion.residual + offset : 0;
            store(problem->output + offset, finished(sum[i], &problem->fusion, channel, residual));
        }
    }
}

/// How many outputs from x on, which starts at input `start`, are summed together: 8, 4, 2 or 1, all taps inside.
static CK_INLINE int32_t depthwise_count(const ck_depthwise *problem, int32_t x, int32_t start) {
    const int32_t reach = (problem->size[2] - 1) * problem->dilation[2];
    if (start < 0) return 1;
    for (int32_t count = depthwise_block; count > 1; count /= 2)
        if (x + count <= problem->out_size[2] &&
            start + (count - 1) * problem->stride[2] + reach < problem->in_size[2])
            return count;
    return 1;
}

static void depthwise(const ck_depthwise *problem, int64_t first, int64_t last) {
    const int32_t width = problem->out_size[2];
    for (int64_t row = first; row < last; row++) {
        int32_t start[3] = {(int32_t)(row / problem->out_size[1]) * problem->stride[0] - problem->padding[0],
                            (int32_t)(row % problem->out_size[1]) * problem->stride[1] - problem->padding[1]};
        depthwise_taps taps[3];
        for (int axis = 0; axis < 2; axis++)
            taps[axis] = depthwise_inside(
                start[axis], problem->size[axis], problem->dilation[axis], problem->in_size[axis]);
        for (int32_t x = 0, count; x < width; x += count) {
            start[2] = x * problem->stride[2] - problem->padding[2];
            taps[2] = depthwise_inside(start[2], problem->size[2], problem->dilation[2], problem->in_size[2]);
            count = depthwise_count(problem, x, start[2]);
            const ptrdiff_t voxel = row * width + x;
            switch (count) {
            case 8: depthwise_run(problem, start, taps, 8, voxel); break;
            case 4: depthwise_run(problem, start, taps, 4, voxel); break;
            case 2: depthwise_run(problem, start, taps, 2, voxel); break;
            default: depthwise_run(problem, start, taps, 1, voxel);
            }
        }
    }
}
