#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "ck_kernels.h"

// What surrounds the convolutions, and their packing for matrix products. Dense channels-last arrays of any width:
// element (z, y, x, c) is at c + channels * (x + width * (y + height * z)). Every kernel works on a range of its
// output, so that the caller shares the work out; none allocates or keeps state. Each has a readable twin
// `..._reference` with the same signature, against which the tests hold it.

// Extents of an array, slowest axis first.
typedef struct {
    int64_t depth, height, width, channels;
} ck_shape;

// A window that moves over an array, axes z, y, x: output i reads i * stride - padding + tap * dilation. What lies
// outside of the array counts as zero in a convolution, and does not count in a pool.
typedef struct {
    int64_t size[3], stride[3], padding[3], dilation[3];
} ck_window;

// What is done to a value as it is read: v * scale[c] + shift[c] (where `scale` is given), then max(v, 0) (where
// `relu`).
typedef struct {
    const float *_Nullable scale;
    const float *_Nullable shift;
    bool relu;
} ck_on_load;

// Writes the patches of output voxels first ..< first + count (in memory order of `output`) as the rows of a matrix:
// dst[voxel - first][kz][ky][kx][c]. `line` is scratch for ck_patch_line_floats() values.
void ck_pack_patches(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output, ck_on_load on_load,
                     int64_t first, int64_t count, float *_Nonnull line, float *_Nonnull dst);
void ck_pack_patches_reference(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output,
                               ck_on_load on_load, int64_t first, int64_t count, float *_Nonnull line,
                               float *_Nonnull dst);
int64_t ck_patch_line_floats(ck_shape input, ck_window window, ck_shape output);

// What is done to a value before it is written: + bias[c] (where given), the activation, + residual at the same place
// (where given), max(v, 0) if `residual_relu`. `residual` may be `dst`.
typedef struct {
    const float *_Nullable bias;
    ck_activation activation;
    float slope;
    const float *_Nullable residual;
    bool residual_relu;
} ck_on_store;

// dst[i][c] = on_store(src[i][c]) for i in 0 ..< count; `on_store.residual` points at the first of these voxels.
void ck_store(const float *_Nonnull src, int64_t count, int64_t channels, ck_on_store on_store, float *_Nonnull dst);
void ck_store_reference(const float *_Nonnull src, int64_t count, int64_t channels, ck_on_store on_store,
                        float *_Nonnull dst);

// Pools output rows first ..< first + count (row = z * output.height + y). A window that reaches beyond the array
// (padding, ceil mode) pools what lies inside; every window must reach inside.
void ck_average_pool(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                     int64_t count, float *_Nonnull dst);
void ck_average_pool_reference(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output,
                               int64_t first, int64_t count, float *_Nonnull dst);
void ck_max_pool(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                 int64_t count, float *_Nonnull dst);
void ck_max_pool_reference(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                           int64_t count, float *_Nonnull dst);

// As ck_max_pool; `indices` takes the number of the tap ((kz * size.y) + ky) * size.x + kx at which the maximum is, the
// first of equals.
void ck_max_pool_indices(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output, int64_t first,
                         int64_t count, float *_Nonnull dst, float *_Nonnull indices);
void ck_max_pool_indices_reference(const float *_Nonnull src, ck_shape input, ck_window window, ck_shape output,
                                   int64_t first, int64_t count, float *_Nonnull dst, float *_Nonnull indices);

// The way back of a pool whose windows do not overlap and have no padding: every value goes to its tap, zero elsewhere.
// `input` is the pooled shape, `output` that of before; output rows first ..< first + count.
void ck_unpool(const float *_Nonnull src, const float *_Nonnull indices, ck_shape input, ck_window window,
               ck_shape output, int64_t first, int64_t count, float *_Nonnull dst);
void ck_unpool_reference(const float *_Nonnull src, const float *_Nonnull indices, ck_shape input, ck_window window,
                         ck_shape output, int64_t first, int64_t count, float *_Nonnull dst);

// The mean over all voxels of the channels first ..< first + count.
void ck_global_average(const float *_Nonnull src, int64_t voxels, int64_t channels, int64_t first, int64_t count,
                       float *_Nonnull dst);
void ck_global_average_reference(const float *_Nonnull src, int64_t voxels, int64_t channels, int64_t first,
                                 int64_t count, float *_Nonnull dst);

// `count` voxels, each a copy of src[0 ..< channels].
void ck_broadcast(const float *_Nonnull src, int64_t channels, int64_t count, float *_Nonnull dst);
void ck_broadcast_reference(const float *_Nonnull src, int64_t channels, int64_t count, float *_Nonnull dst);

// Resizes every axis by linear interpolation. Of n inputs and m outputs, output i reads at i (n - 1) / (m - 1) with
// aligned corners, else at (i + 1/2) n / m - 1/2, kept inside. Output rows first ..< first + count; `line` is scratch
// for input.width * input.channels values.
void ck_resize_trilinear(const float *_Nonnull src, ck_shape input, ck_shape output, bool align_corners, int64_t first,
                         int64_t count, float *_Nonnull line, float *_Nonnull dst);
void ck_resize_trilinear_reference(const float *_Nonnull src, ck_shape input, ck_shape output, bool align_corners,
                                   int64_t first, int64_t count, float *_Nonnull line, float *_Nonnull dst);

// Repeats every voxel output extent / input extent times along each axis. Output rows first ..< first + count.
void ck_upsample_nearest(const float *_Nonnull src, ck_shape input, ck_shape output, int64_t first, int64_t count,
                         float *_Nonnull dst);
void ck_upsample_nearest_reference(const float *_Nonnull src, ck_shape input, ck_shape output, int64_t first,
                                   int64_t count, float *_Nonnull dst);

// dst[i] = activation(src[i]); dst may be src.
void ck_activate(const float *_Nonnull src, int64_t count, ck_activation activation, float slope, float *_Nonnull dst);
void ck_activate_reference(const float *_Nonnull src, int64_t count, ck_activation activation, float slope,
                           float *_Nonnull dst);

// dst[i][c] = src[i][c] * scale[c] + shift[c], max(v, 0) if `relu`; dst may be src.
void ck_affine(const float *_Nonnull src, int64_t voxels, int64_t channels, const float *_Nonnull scale,
               const float *_Nonnull shift, bool relu, float *_Nonnull dst);
void ck_affine_reference(const float *_Nonnull src, int64_t voxels, int64_t channels, const float *_Nonnull scale,
                         const float *_Nonnull shift, bool relu, float *_Nonnull dst);

// dst[i] = a[i] + b[i], max(v, 0) if `relu`; dst may be a or b.
void ck_add(const float *_Nonnull a, const float *_Nonnull b, int64_t count, bool relu, float *_Nonnull dst);
void ck_add_reference(const float *_Nonnull a, const float *_Nonnull b, int64_t count, bool relu, float *_Nonnull dst);

// dst[i][c] = 1 / (1 + exp(-src[i][c])) for the first `channels` of each `stride` floats, zero for the others; dst may
// be src.
void ck_sigmoid(const float *_Nonnull src, int64_t voxels, int64_t channels, int64_t stride, float *_Nonnull dst);
void ck_sigmoid_reference(const float *_Nonnull src, int64_t voxels, int64_t channels, int64_t stride,
                          float *_Nonnull dst);

// Voxels of `channels` values, `stride` floats apart.
typedef struct {
    const float *_Nonnull values;
    int64_t channels, stride;
} ck_operand;

// One step of an LSTM on `count` voxels. `gates` holds `channels` values each of i, f, o, g before their
// nonlinearities: cell = sigmoid(f) cell + sigmoid(i) tanh(g); hidden = sigmoid(o) tanh(cell). `cell` and `hidden` are
// `stride` floats apart, zero beyond their channels.
void ck_lstm_gates(ck_operand gates, int64_t count, int64_t channels, int64_t stride, float *_Nonnull cell,
                   float *_Nonnull hidden);
void ck_lstm_gates_reference(ck_operand gates, int64_t count, int64_t channels, int64_t stride, float *_Nonnull cell,
                             float *_Nonnull hidden);

// For i in 0 ..< count, `stride` floats apart: dst[i] = the operands' channels one after the other, then zeros.
void ck_concatenate(const ck_operand *_Nonnull operands, int64_t operand_count, int64_t count, int64_t stride,
                    float *_Nonnull dst);
void ck_concatenate_reference(const ck_operand *_Nonnull operands, int64_t operand_count, int64_t count, int64_t stride,
                              float *_Nonnull dst);

// The part of the input that starts at voxel `origin` (z, y, x). Output rows first ..< first + count.
void ck_crop(const float *_Nonnull src, ck_shape input, const int64_t origin[_Nonnull 3], ck_shape output,
             int64_t first, int64_t count, float *_Nonnull dst);
void ck_crop_reference(const float *_Nonnull src, ck_shape input, const int64_t origin[_Nonnull 3], ck_shape output,
                       int64_t first, int64_t count, float *_Nonnull dst);
