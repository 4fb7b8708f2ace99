#include "internal.h"

static int32_t rounded_up(int32_t a, int32_t b) { return (a + b - 1) / b; }

/// Those of all sub-grids; the longest counts for each.
static int32_t tiles_along(int32_t extent, int32_t dilation, int32_t outputs) {
    return dilation * rounded_up(rounded_up(extent, dilation), outputs);
}

ck_axes ck_winograd_tile_counts(ck_axes output, ck_axes dilation, ck_axes tile) {
    return (ck_axes){
        tiles_along(output.z, dilation.z, tile.z),
        tiles_along(output.y, dilation.y, tile.y),
        tiles_along(output.x, dilation.x, tile.x),
    };
}

int64_t ck_winograd_tiles(int32_t depth, int32_t height, int32_t width) {
    const ck_axes once = {1, 1, 1}, tile = {4, 4, 4};
    const ck_axes counts = ck_winograd_tile_counts((ck_axes){depth, height, width}, once, tile);
    return (int64_t)counts.z * counts.y * counts.x;
}

static int64_t tile_count(ck_winograd_shape shape, ck_axes tile) {
    const ck_axes counts = ck_winograd_tile_counts(shape.output, shape.dilation, tile);
    return (int64_t)counts.z * counts.y * counts.x;
}

static int32_t positions_of(ck_axes tile) { return (tile.z + 2) * (tile.y + 2) * (tile.x + 2); }

int64_t ck_winograd_weight_count(ck_axes tile, int32_t in_channels, int32_t out_channels) {
    return (int64_t)positions_of(tile) * in_channels * out_channels;
}

int ck_winograd_in_place(int32_t in_channels, int32_t out_channels) {
    return in_channels <= CK_WINOGRAD_PANEL && out_channels <= CK_WINOGRAD_PANEL;
}

int32_t ck_winograd_stride(int32_t in_channels, int32_t out_channels) {
    if (in_channels <= 16 && out_channels <= 16) return 16;
    return in_channels <= 32 && out_channels <= 32 && out_channels > 16 ? 32 : CK_WINOGRAD_PANEL;
}

int64_t ck_winograd_batches(ck_winograd_shape shape, ck_winograd plan) {
    const int64_t batches = (tile_count(shape, plan.tile) + plan.batch - 1) / plan.batch;
    return batches * rounded_up(shape.out_channels, plan.outputs);
}

int64_t ck_winograd_workspace(ck_winograd_shape shape, ck_winograd plan) {
    const int32_t positions = positions_of(plan.tile);
    if (ck_winograd_in_place(shape.in_channels, shape.out_channels))
        return positions * ((int64_t)plan.batch * ck_winograd_stride(shape.in_channels, shape.out_channels) + 16);
    const int64_t panels =
        rounded_up(shape.in_channels, CK_WINOGRAD_PANEL) + rounded_up(plan.outputs, CK_WINOGRAD_PANEL);
    return positions * (plan.batch * panels * CK_WINOGRAD_PANEL + 32);
}

/// Tiles whose V stays in the second-level cache, in whole register blocks.
static int32_t cached_batch(int32_t channels) {
    return channels <= 16 ? 26 : channels <= 32 ? 28 : channels <= 64 ? 24 : 12;
}

ck_axes ck_winograd_tile(ck_winograd_shape shape) {
    (void)shape;
    return (ck_axes){4, 4, 4};
}

ck_winograd ck_winograd_plan(ck_winograd_shape shape, ck_axes tile) {
    const int32_t in = shape.in_channels, out = shape.out_channels;
    const int32_t batch = cached_batch(in > out ? in : out);
    const int64_t tiles = tile_count(shape, tile);
    return (ck_winograd){.tile = tile, .batch = tiles < batch ? (int32_t)tiles : batch, .outputs = out};
}
