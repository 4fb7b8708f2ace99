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
        const int32_t zz = z + tap / 9 - 1, yy = y + tap / 3 % 3 - 1, xx = x + tap % 3 - 1;
        if (zz < 0 || yy < 0 || xx < 0) continue;
        if (zz >= problem->depth || yy >= problem->height || xx >= problem->width) continue;
        const int64_t voxel = ((int64_t)zz * problem->height + yy) * problem->width + xx;
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
