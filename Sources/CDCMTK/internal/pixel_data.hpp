// Pixel Data of a file: the image's description, native bytes, fragments.
#pragma once

#include "../include/dcx_frames.h"
#include "handles.hpp"

#include "dcmtk/dcmdata/dcpixel.h"
#include "dcmtk/dcmdata/dcpixseq.h"

#include <vector>

namespace dcx {

struct PixelData {
    DcmPixelData *element = nullptr;
    /// Null for native pixel data.
    DcmPixelSequence *fragments = nullptr;
    E_TransferSyntax syntax = EXS_Unknown;
};

/// A greyscale or binary image, checked.
struct Image {
    dcx_pixel_format format;
    PixelData pixel_data;
};

/// Indices in the pixel sequence, where 0 is the basic offset table.
struct FragmentRange {
    unsigned long first;
    unsigned long last;
};

inline size_t pixel_count(const dcx_pixel_format &format) { return size_t{format.rows} * format.columns; }

/// Throws Failure for images that we do not read and for pixel data shorter than the image.
Image open_image(dcx_file *file);

/// Reads native bytes into the file's buffer.
void read_native(dcx_file *file, const Image &image, uint64_t offset, uint64_t count);

/// The fragments of a frame: all of them, one each, or as the basic offset table says (PS3.5 §A.4).
FragmentRange fragments_of_frame(dcx_file *file, const Image &image, uint32_t frame);

/// All that the fragments of a frame hold.
std::vector<uint8_t> join_fragments(dcx_file *file, const Image &image, uint32_t frame);

}  // namespace dcx
