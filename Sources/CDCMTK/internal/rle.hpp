// RLE Lossless (PS3.5 Annex G). DCMTK 3.6.7 decodes a truncated stream without an error and leaves the rest of the
// image as it was; this one is strict.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dcx {

/// Decodes a frame of one sample per pixel.
/// - Returns: `pixel_count` samples of `bytes_per_sample` bytes (1 or 2), little endian.
/// Throws Failure unless every segment holds all its bytes.
std::vector<uint8_t> decode_rle(const std::vector<uint8_t> &stream, size_t pixel_count, size_t bytes_per_sample);

}  // namespace dcx
