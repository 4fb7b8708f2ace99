/// Pixel data of a file, frame by frame.
#pragma once

#include "dcx_file.h"

DCX_BEGIN

/// The Image Pixel module (PS3.3 §C.7.6.3), checked: an image of one sample per pixel in 1, 8 or 16 bits.
typedef struct dcx_pixel_format {
    uint16_t rows;
    uint16_t columns;
    uint32_t frame_count;
    uint16_t bits_allocated;
    uint16_t bits_stored;
    uint16_t high_bit;
    bool is_signed;
} dcx_pixel_format;

/// From stored values to output values.
typedef struct dcx_conversion {
    float slope;
    float intercept;
    /// Stored values of this range (both ends included) become `padding_replacement`; an empty range has first > last.
    int32_t padding_first;
    int32_t padding_last;
    float padding_replacement;
} dcx_conversion;

/// Over the stored values that are not padding; minimum > maximum if there are none.
typedef struct dcx_frame_statistics {
    uint32_t padding_count;
    int32_t minimum;
    int32_t maximum;
} dcx_frame_statistics;

/// DCX_UNSUPPORTED_IMAGE for colour, for other bit depths and for absurd sizes; DCX_TRUNCATED for native pixel data
/// shorter than the image.
dcx_status dcx_file_pixel_format(
    dcx_file *_Nonnull file, dcx_pixel_format *_Nonnull format, dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Decodes frame `index` (from 0) of an image of 8 or 16 bits into `values` (rows x columns, rows first).
dcx_status dcx_file_decode_frame(
    dcx_file *_Nonnull file, uint32_t index, dcx_conversion conversion, float *_Nonnull values, size_t value_count,
    dcx_frame_statistics *_Nonnull statistics, dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Lends the bytes that hold frame `index` (from 0) of a 1-bit image until the next call with this file. Its first
/// pixel is bit `first_bit` of the first byte, counted from the least significant; bits before and after are other
/// frames'.
dcx_status dcx_file_bit_frame(
    dcx_file *_Nonnull file, uint32_t index, const uint8_t *_Nullable *_Nonnull bytes, size_t *_Nonnull byte_count,
    uint32_t *_Nonnull first_bit, dcx_error *_Nullable error) DCX_NOEXCEPT;

DCX_END
