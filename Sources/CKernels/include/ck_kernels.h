#pragma once

/// Compute kernels, written once with clang's vector extensions and instantiated per instruction set.
///
/// Tensors are dense [z][y][x][channel] of float, the channel count a multiple of 16, every base pointer aligned to 64
/// bytes. A volume of one channel is [z][y][x]. Kernels allocate nothing, take ranges of work, and give the same bits
/// for any split of the range. The readable references are in reference/.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// x -> x; max(0, x); min(6, max(0, x)); x where x > 0 and slope * x elsewhere.
typedef enum __attribute__((enum_extensibility(closed))) ck_activation {
    ck_activation_none,
    ck_activation_relu,
    ck_activation_relu6,
    ck_activation_leaky,
} ck_activation;

/// What happens around a convolution, fused into its loads and stores.
///
/// On load: x * scale[c] + shift[c] if `scale` is given (batch norm before the convolution); ReLU if `input_relu`.
/// On store: y + bias[k]; the activation; + residual; ReLU if `residual_relu`.
typedef struct ck_fusion {
    const float *_Nullable scale;
    const float *_Nullable shift;
    const float *_Nullable bias;
    /// A tensor of the output's shape.
    const float *_Nullable residual;
    int32_t input_relu;
    ck_activation activation;
    /// Of the leaky activation.
    float slope;
    int32_t residual_relu;
} ck_fusion;

/// A number for each axis.
typedef struct ck_axes {
    int32_t z, y, x;
} ck_axes;

/// A 3 x 3 x 3 convolution of stride 1. Voxels outside of the input are zero after the fused input activation.
typedef struct ck_convolution {
    /// Of the output.
    int32_t depth, height, width;
    /// Of the input.
    int32_t in_depth, in_height, in_width;
    /// Output (z, y, x) reads the inputs z - padding.z + dilation.z * (0, 1, 2), and so on along y and x.
    ck_axes padding, dilation;
    int32_t in_channels, out_channels;
    /// The input channels from this one on are zero and are not multiplied.
    int32_t used_channels;
    const float *_Nonnull input;
    /// As the kernel wants them: see the function that takes the problem.
    const float *_Nonnull weights;
    float *_Nonnull output;
    ck_fusion fusion;
} ck_convolution;

/// y[row] = fused(x[row] W): the 1 x 1 x 1 convolution.
typedef struct ck_pointwise {
    int64_t rows;
    int32_t in_channels, out_channels;
    /// The input channels from this one on are zero and are not multiplied.
    int32_t used_channels;
    const float *_Nonnull input;
    /// [in][out]
    const float *_Nonnull weights;
    float *_Nonnull output;
    ck_fusion fusion;
} ck_pointwise;

/// What one run of taps along x contributes to every output of a `ck_direct`: the input floats from `x` on, relative to
/// the first channel of the voxel that the output's place says, in the input row (z, y) relative to that place.
typedef struct ck_segment {
    int32_t z, y;
    int32_t x;
    /// Floats that are multiplied, each with its row of the weights.
    int32_t length;
} ck_segment;

/// A convolution computed as it is defined, as sums over segments of the input: any kernel, stride, dilation and
/// padding, 1 x 1 x 1, one input channel, and the parts of a transposed convolution. Segments outside of the input
/// count as zero and are skipped.
///
/// The output voxels are a lattice: number i along an axis is at `origin + i * step` of the output and reads around
/// `i * stride` of the input.
typedef struct ck_direct {
    int32_t in_size[3], in_channels;
    int32_t out_size[3];
    /// 1, or a multiple of 16.
    int32_t out_channels;
    int32_t lattice[3], origin[3], step[3], stride[3];
    const ck_segment *_Nonnull segments;
    int32_t segment_count;
    const float *_Nonnull input;
    /// From `ck_direct_weights`.
    const float *_Nonnull weights;
    float *_Nonnull output;
    ck_fusion fusion;
} ck_direct;

/// 7 x 7 x 7 with stride 2 and 3 voxels of padding from one channel, without an activation on load.
typedef struct ck_stem7 {
    int32_t in_size[3], out_size[3];
    int32_t out_channels;
    const float *_Nonnull input;
    /// From `ck_stem7_weights`.
    const float *_Nonnull weights;
    float *_Nonnull output;
    ck_fusion fusion;
} ck_stem7;

/// A convolution of every channel with its own kernel.
typedef struct ck_depthwise {
    int32_t in_size[3], out_size[3];
    int32_t channels;
    int32_t size[3], stride[3], padding[3], dilation[3];
    const float *_Nonnull input;
    /// [kz][ky][kx][channel]
    const float *_Nonnull weights;
    float *_Nonnull output;
    ck_fusion fusion;
} ck_depthwise;

/// How a convolution is computed by Winograd F(m, 3), in three dimensions.
typedef struct ck_winograd {
    /// Outputs of a tile along each axis: 4, 4, 4; or 2, 4, 4; or 2, 2, 2.
    ck_axes tile;
    /// Tiles that are transformed together.
    int32_t batch;
    /// Output channels that are computed together, a multiple of 64 or all of them: where the weights are large and the
    /// tiles few, threads share the channels out rather than the tiles.
    int32_t outputs;
} ck_winograd;

struct ck_winograd2d_part;

/// The kernels of one instruction set. Sendable: the tables are constant.
typedef struct __attribute__((swift_attr("@Sendable"))) ck_kernels {
    const char *_Nonnull name;

    /// Winograd over the batches [first, last) of `ck_winograd_batches`. `workspace` holds `ck_winograd_workspace`
    /// floats, 64-byte aligned, one for each thread. Weights from `ck_winograd_weights`.
    void (*_Nonnull winograd)(
        const ck_convolution *_Nonnull problem, ck_winograd plan, int64_t first, int64_t last,
        float *_Nonnull workspace);

    /// Transforms weights [out][in][kz][ky][kx] of `out` x `in` real channels to `ck_winograd_weight_count` floats,
    /// [position][panel of 64 outputs][in_channels][outputs of the panel], zero where the padded channel counts exceed
    /// the real ones.
    void (*_Nonnull winograd_weights)(
        const float *_Nonnull weights, int32_t out, int32_t in, ck_axes tile, int32_t in_channels,
        int32_t out_channels, float *_Nonnull transformed);

    /// Winograd F(4x4x4, 3x3x3) where `in_channels`, `out_channels` or both are 17, stored as 16 + 1: a block
    /// [z][y][x][16], then the 17th channel [z][y][x]; the other is 16 or 17. Tiles as above; every 16 from `first` on
    /// are computed together. `workspace` holds `ck_winograd17_workspace` floats. Weights from `ck_lone_weights`.
    void (*_Nonnull winograd17)(
        const ck_convolution *_Nonnull problem, int64_t first, int64_t last, float *_Nonnull workspace);

    /// One input channel [z][y][x] without input activation, over the rows [first, last) of depth * height output rows.
    /// Weights are [kz][ky][kx][out]. `workspace` holds 9 * (width + 2) floats rounded up to 16.
    void (*_Nonnull stem)(
        const ck_convolution *_Nonnull problem, int64_t first, int64_t last, float *_Nonnull workspace);

    /// The outputs of the panels [first_panel, last_panel) of `ck_direct_panels` at the lattice's voxels [first, last),
    /// in memory order. `workspace` holds `ck_direct_workspace` floats, 64-byte aligned.
    void (*_Nonnull direct)(
        const ck_direct *_Nonnull problem, int64_t first, int64_t last, int32_t first_panel, int32_t last_panel,
        float *_Nonnull workspace);

    /// The rows [first, last) of depth * height output rows.
    void (*_Nonnull depthwise)(const ck_depthwise *_Nonnull problem, int64_t first, int64_t last);

    /// The rows of tiles [first, last) of `ck_stem7_rows`. `workspace` holds `ck_stem7_workspace` floats, 64-byte
    /// aligned.
    void (*_Nonnull stem7)(
        const ck_stem7 *_Nonnull problem, int32_t first, int32_t last, float *_Nonnull workspace);

    /// The outputs that one panel of the direct kernel's weights holds, the last one perhaps fewer.
    int32_t direct_panel;

    /// Winograd in the plane of every slice (ck_winograd2d.h); weights from `ck_winograd2d_weights`.
    void (*_Nonnull winograd2d)(
        const ck_convolution *_Nonnull problem, const struct ck_winograd2d_part *_Nonnull part,
        float *_Nonnull workspace);

    /// The rows [first, last) where channels are stored as 16 n + 1 (n at most 4): blocks [row][16 n], then the last
    /// channel [row]. Outputs are 16, 17 or 1, of which the 17th and the only one are such a last channel. `problem`
    /// describes all rows. Weights from `ck_lone_weights`.
    void (*_Nonnull pointwise17)(const ck_pointwise *_Nonnull problem, int64_t first, int64_t last);
} ck_kernels;

/// The best kernels that this processor and operating system support.
const ck_kernels *_Nonnull ck_kernels_best(void);

/// The kernels named "avx512", "avx2" or "baseline"; NULL if this machine cannot run them or nothing has that name.
const ck_kernels *_Nullable ck_kernels_named(const char *_Nonnull name);

/// How many rows of tiles cover an output of so many rows.
int32_t ck_stem7_rows(int32_t out_height);

/// Floats of workspace that one thread of the 7 x 7 x 7 stem needs.
int64_t ck_stem7_workspace(int32_t out_width);

/// Floats of transformed weights.
int64_t ck_stem7_weight_count(int32_t out_channels);

/// Transforms the matrix [kz][ky][kx][out] for panels of `panel` (`direct_panel`) outputs.
void ck_stem7_weights(
    const float *_Nonnull matrix, int32_t out_channels, int32_t panel, float *_Nonnull weights);

/// Floats of workspace that one thread of the direct kernel needs.
int64_t ck_direct_workspace(void);

/// Lays out the matrix [rows][outputs] of `out_channels` (a multiple of 16) outputs as panels: for each panel of
/// `panel` outputs, the last one perhaps narrower, its columns of all rows.
void ck_direct_weights(
    const float *_Nonnull matrix, int64_t rows, int32_t out_channels, int32_t panel, float *_Nonnull panels);

/// How many 4 x 4 x 4 output tiles cover the volume.
int64_t ck_winograd_tiles(int32_t depth, int32_t height, int32_t width);

/// What planning looks at of a convolution: the extents of the output, the dilation, the channels.
typedef struct ck_winograd_shape {
    ck_axes output, dilation;
    int32_t in_channels, out_channels;
} ck_winograd_shape;

/// The tile that is fastest for this convolution, by measured rates; zeros if the direct kernel is faster, because most
/// taps fall outside of the input.
ck_axes ck_winograd_tile(ck_winograd_shape shape);

/// How this convolution is best computed with a tile.
ck_winograd ck_winograd_plan(ck_winograd_shape shape, ck_axes tile);

/// The number of batches: the tiles that cover the output, once for each group of output channels.
int64_t ck_winograd_batches(ck_winograd_shape shape, ck_winograd plan);

/// Floats of workspace that one thread needs.
int64_t ck_winograd_workspace(ck_winograd_shape shape, ck_winograd plan);

/// Floats of transformed weights: one matrix for each of the (m + 2)^3 positions of a tile.
int64_t ck_winograd_weight_count(ck_axes tile, int32_t in_channels, int32_t out_channels);

/// Floats of workspace that one thread needs for `winograd17`.
int64_t ck_winograd17_workspace(void);

/// Floats of `ck_lone_weights`.
int64_t ck_lone_weight_count(int32_t in, int64_t positions);

/// Arranges matrices [position][in][stride], of which `out` columns count, for `winograd17` (those of
/// `ck_winograd_weights`) and `pointwise17` (one matrix). `in` is 16 n or 16 n + 1, `out` is 16,
/// 17 or 1. For each position: [in][16] to the block of outputs, then [in] to the lone output.
void ck_lone_weights(
    const float *_Nonnull matrices, int64_t positions, int32_t in, int32_t out, int32_t stride,
    float *_Nonnull arranged);

#ifdef __cplusplus
}
#endif
