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

/// Tiles that are transformed together, in whole register blocks: of few channels V stays in the second-level cache; of
/// many the weights, which every batch reads, come from further away than V.
static int32_t largest_batch(int32_t in_channels, int32_t out_channels) {
    const int32_t channels = in_channels > out_channels ? in_channels : out_channels;
    if (channels <= 16) return 26;
    return channels > 32 ? 24 : in_channels <= 16 ? 14 : 28;
}

ck_winograd ck_winograd_plan(ck_winograd_shape shape, ck_axes tile) {
    const int64_t tiles = tile_count(shape, tile);
    const int32_t most = largest_batch(shape.in_channels, shape.out_channels);
    const int64_t batches = (tiles + most - 1) / most;
    ck_winograd plan = {.tile = tile, .batch = most, .outputs = shape.out_channels};
    if (batches >= 8) return plan;
    // A few equal batches, an even number of them for two threads; or all tiles, and the outputs shared out.
    const int in_place = ck_winograd_in_place(shape.in_channels, shape.out_channels);
    if (batches == 1 && !in_place) {
        plan.batch = (int32_t)tiles;
        plan.outputs = CK_WINOGRAD_PANEL * rounded_up(shape.out_channels, 2 * CK_WINOGRAD_PANEL);
        return plan;
    }
    const int64_t even = batches % 2 == 0 ? batches : in_place ? batches + 1 : batches - 1;
    plan.batch = (int32_t)((tiles + even - 1) / even);
    return plan;
}

// What the work costs in ns, from the rates measured on one core with AVX-512 (their ratios are similar elsewhere):
// floating-point operations of products, bytes of V and M that are transformed, bytes of weights that are streamed.
static const double operations_per_ns = 180, transformed_per_ns = 16, cached_per_ns = 60, streamed_per_ns = 15;

static double weights_cost(double floats) {
    const double bytes = 4 * floats;
    return bytes / (bytes < (4 << 20) ? cached_per_ns : streamed_per_ns);
}

static double winograd_cost(ck_winograd_shape shape, ck_axes tile) {
    const ck_winograd plan = ck_winograd_plan(shape, tile);
    const double positions = positions_of(tile), tiles = (double)tile_count(shape, tile);
    const double in = shape.in_channels, out = shape.out_channels;
    const double batches = (double)((tile_count(shape, tile) + plan.batch - 1) / plan.batch);
    return positions * tiles * (2 * in * out / operations_per_ns + 4 * (in + out) / transformed_per_ns) +
           batches * weights_cost(positions * in * out);
}

/// How many outputs times taps read inside of the input along one axis that keeps its extent.
static double pairs_along(int32_t extent, int32_t dilation) {
    return extent + 2.0 * (extent > dilation ? extent - dilation : 0);
}

static double direct_cost(ck_winograd_shape shape) {
    const double pairs = pairs_along(shape.output.z, shape.dilation.z) * pairs_along(shape.output.y, shape.dilation.y) *
                         pairs_along(shape.output.x, shape.dilation.x);
    const double channels = (double)shape.in_channels * shape.out_channels;
    return pairs * 2 * channels / operations_per_ns + weights_cost(27 * channels);
}

ck_axes ck_winograd_tile(ck_winograd_shape shape) {
    static const ck_axes tiles[] = {{4, 4, 4}, {2, 4, 4}, {2, 2, 2}};
    ck_axes best = {0, 0, 0};
    double least = direct_cost(shape);
    for (int i = 0; i < 3; i++) {
        const double cost = winograd_cost(shape, tiles[i]);
        if (cost < least) {
            least = cost;
            best = tiles[i];
        }
    }
    return best;
}
