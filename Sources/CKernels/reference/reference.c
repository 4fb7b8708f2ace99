#include "../include/ck_reference.h"

static double larger(double a, double b) { return a > b ? a : b; }

static double input_activation(double value, const ck_fusion *fusion, int32_t channel) {
    if (fusion->scale) value = value * fusion->scale[channel] + fusion->shift[channel];
    return fusion->input_relu ? larger(0, value) : value;
}

static double rectified(double value, ck_activation activation, double slope) {
    switch (activation) {
    case ck_activation_none: return value;
    case ck_activation_relu: return larger(0, value);
    case ck_activation_relu6: return value > 6 ? 6 : larger(0, value);
    case ck_activation_leaky: return value > 0 ? value : slope * value;
    }
}

static float output_epilogue(double value, const ck_fusion *fusion, int32_t channel, int64_t offset) {
    if (fusion->bias) value += fusion->bias[channel];
    value = rectified(value, fusion->activation, fusion->slope);
    if (fusion->residual) value += fusion->residual[offset];
    return (float)(fusion->residual_relu ? larger(0, value) : value);
}

/// The sum over the 27 taps and all input channels for output channel `k` at (z, y, x).
static double convolve(const ck_convolution *problem, int32_t z, int32_t y, int32_t x, int32_t k) {
    double sum = 0;
    for (int32_t tap = 0; tap < 27; tap++) {
        const int32_t zz = z - problem->padding.z + tap / 9 * problem->dilation.z;
        const int32_t yy = y - problem->padding.y + tap / 3 % 3 * problem->dilation.y;
        const int32_t xx = x - problem->padding.x + tap % 3 * problem->dilation.x;
        if (zz < 0 || yy < 0 || xx < 0) continue;
        if (zz >= problem->in_depth || yy >= problem->in_height || xx >= problem->in_width) continue;
        const int64_t voxel = ((int64_t)zz * problem->in_height + yy) * problem->in_width + xx;
        for (int32_t c = 0; c < problem->in_channels; c++) {
            const float stored = problem->input[voxel * problem->in_channels + c];
            const double value = input_activation(stored, &problem->fusion, c);
            sum += value * problem->weights[((int64_t)k * problem->in_channels + c) * 27 + tap];
        }
    }
    return sum;
}

void ck_reference_convolution(const ck_convolution *problem) {
    int64_t offset = 0;
    for (int32_t z = 0; z < problem->depth; z++)
        for (int32_t y = 0; y < problem->height; y++)
            for (int32_t x = 0; x < problem->width; x++)
                for (int32_t k = 0; k < problem->out_channels; k++, offset++)
                    problem->output[offset] =
                        output_epilogue(convolve(problem, z, y, x, k), &problem->fusion, k, offset);
}

void ck_reference_pointwise(const ck_pointwise *problem) {
    for (int64_t row = 0; row < problem->rows; row++)
        for (int32_t k = 0; k < problem->out_channels; k++) {
            double sum = 0;
            for (int32_t c = 0; c < problem->in_channels; c++)
                sum += input_activation(problem->input[row * problem->in_channels + c], &problem->fusion, c) *
                       problem->weights[(int64_t)c * problem->out_channels + k];
            const int64_t offset = row * problem->out_channels + k;
            problem->output[offset] = output_epilogue(sum, &problem->fusion, k, offset);
        }
}

/// The sum over all segments for output channel `k` of lattice voxel `at`.
static double sum_segments(const ck_direct *problem, const int32_t at[3], int32_t k) {
    const int64_t floats = (int64_t)problem->in_size[2] * problem->in_channels;
    double sum = 0;
    const float *weight = problem->weights + k;
    for (int32_t i = 0; i < problem->segment_count; i++) {
        const ck_segment segment = problem->segments[i];
        const int32_t z = at[0] * problem->stride[0] + segment.z, y = at[1] * problem->stride[1] + segment.y;
        const int64_t x = (int64_t)at[2] * problem->stride[2] * problem->in_channels + segment.x;
        for (int64_t j = x; j < x + segment.length; j++, weight += problem->out_channels) {
            if (z < 0 || y < 0 || j < 0) continue;
            if (z >= problem->in_size[0] || y >= problem->in_size[1] || j >= floats) continue;
            const float stored = problem->input[((int64_t)z * problem->in_size[1] + y) * floats + j];
            sum += input_activation(stored, &problem->fusion, (int32_t)(j % problem->in_channels)) * *weight;
        }
    }
    return sum;
}

void ck_reference_direct(const ck_direct *problem) {
    const int32_t *lattice = problem->lattice;
    for (int64_t i = 0; i < (int64_t)lattice[0] * lattice[1] * lattice[2]; i++) {
        const int32_t at[3] = {
            (int32_t)(i / lattice[2] / lattice[1]), (int32_t)(i / lattice[2] % lattice[1]), (int32_t)(i % lattice[2])};
        int64_t voxel = 0;
        for (int axis = 0; axis < 3; axis++)
            voxel = voxel * problem->out_size[axis] + problem->origin[axis] + at[axis] * problem->step[axis];
        for (int32_t k = 0; k < problem->out_channels; k++) {
            const int64_t offset = voxel * problem->out_channels + k;
            problem->output[offset] = output_epilogue(sum_segments(problem, at, k), &problem->fusion, k, offset);
        }
    }
}

/// The sum over all taps of channel `c` for the output (z, y, x).
static double sum_taps(const ck_depthwise *problem, const int32_t output[3], int32_t c) {
    double sum = 0;
    for (int32_t tap = 0; tap < problem->size[0] * problem->size[1] * problem->size[2]; tap++) {
        const int32_t k[3] = {
            tap / problem->size[2] / problem->size[1], tap / problem->size[2] % problem->size[1],
            tap % problem->size[2]};
        int64_t voxel = 0;
        int inside = 1;
        for (int axis = 0; axis < 3; axis++) {
            const int32_t at =
                output[axis] * problem->stride[axis] - problem->padding[axis] + k[axis] * problem->dilation[axis];
            inside &= at >= 0 && at < problem->in_size[axis];
            voxel = voxel * problem->in_size[axis] + at;
        }
        if (!inside) continue;
        const double value = input_activation(problem->input[voxel * problem->channels + c], &problem->fusion, c);
        sum += value * problem->weights[(int64_t)tap * problem->channels + c];
    }
    return sum;
}

void ck_reference_depthwise(const ck_depthwise *problem) {
    int64_t offset = 0;
    for (int32_t z = 0; z < problem->out_size[0]; z++)
        for (int32_t y = 0; y < problem->out_size[1]; y++)
            for (int32_t x = 0; x < problem->out_size[2]; x++)
                for (int32_t c = 0; c < problem->channels; c++, offset++) {
                    const int32_t output[3] = {z, y, x};
                    problem->output[offset] =
                        output_epilogue(sum_taps(problem, output, c), &problem->fusion, c, offset);
                }
}
