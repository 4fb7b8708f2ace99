#pragma once
#include <stdbool.h>
#include <stdint.h>

// What surrounds the convolutions, and their packing for matrix products. Dense channels-last arrays of any width:
// element (z, y, x, c) is at c + channels * (x + width * (y + height * z)). Every kernel works on a range of its
// output, so that the caller shares the work out; none allocates or keeps state. Each has a readable twin
// `..._reference` with the same signature, against which the tests hold it.

// Extents of an array, slowest axis first.
typedef struct {
    int64_t depth, height, width, channels;
} ck_shape;

// A window that moves over an array, axes z, y, x. Positions outside of the array count as zero.
typedef struct {
    int64_t size[3], stride[3], padding[3];
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

// What is done to a value before it is written: + bias[c], max(v, 0), + residual at the same place, each where given.
// `residual` may be `dst`.
typedef struct {
    const float *_Nullable bias;
    const float *_Nullable residual;
    bool relu;
} ck_on_store;

// dst[i][c] = on_store(src[i][c]) for i in 0 ..< count; `on_store.residual` points at the first of these voxels.
void ck_store(const float *_Nonnull src, int64_t count, int64_t channels, ck_on_store on_store, float *_Nonnull dst);
void ck_store_reference(const float *_Nonnull src, int64_t count, int64_t channels, ck_on_store on_store,
                        float *_Nonnull dst);

// Pools output rows first ..< first + count (row = z * output.height + y). Windows do not overlap (stride = size =
// `factor`); a window that reaches beyond the array (ceil mode) pools what lies inside.
void ck_average_pool(const float *_Nonnull src, ck_shape input, ck_shape output, int64_t factor, int64_t first,
                     int64_t count, float *_Nonnull dst);
void ck_average_pool_reference(const float *_Nonnull src, ck_shape input, ck_shape output, int64_t factor,
                               int64_t first, int64_t count, float *_Nonnull dst);
void ck_max_pool(const float *_Nonnull src, ck_shape input, ck_shape output, int64_t factor, int64_t first,
                 int64_t count, float *_Nonnull dst);
void ck_max_pool_reference(const float *_Nonnull src, ck_shape input, ck_shape output, int64_t factor, int64_t first,
                           int64_t count, float *_Nonnull dst);

// Doubles every axis by trilinear interpolation with aligned corners: output i reads input i (n - 1) / (2 n - 1).
// Output rows first ..< first + count; `line` is scratch for input.width * input.channels values.
void ck_upsample2(const float *_Nonnull src, ck_shape input, int64_t first, int64_t count, float *_Nonnull line,
                  float *_Nonnull dst);
void ck_upsample2_reference(const float *_Nonnull src, ck_shape input, int64_t first, int64_t count,
                            float *_Nonnull line, float *_Nonnull dst);

// dst[i] = a[i] + b[i]; dst may be a or b.
void ck_add(const float *_Nonnull a, const float *_Nonnull b, int64_t count, float *_Nonnull dst);

// Voxels of `channels` values, `stride` floats apart.
typedef struct {
    const float *_Nonnull values;
    int64_t channels, stride;
} ck_operand;

// For i in 0 ..< count, `stride` floats apart: dst[i] = a[i], then b[i], then zeros.
void ck_concatenate(ck_operand a, ck_operand b, int64_t count, int64_t stride, float *_Nonnull dst);
