#include "include/dcx_frames.h"

#include "internal/guard.hpp"
#include "internal/jpeg2000.hpp"
#include "internal/pixel_data.hpp"
#include "internal/rle.hpp"

#include <algorithm>
#include <limits>

using dcx::check;
using dcx::guarded;
using dcx::Image;
using dcx::join_fragments;
using dcx::open_image;
using dcx::pixel_count;
using dcx::require;

namespace {

// Stored values to output values

/// Which bits of a sample are the value.
struct SampleBits {
    uint32_t stored;
    uint32_t high;
    bool is_signed;
};

/// One pass that the compiler vectorises: shift, mask and sign extension, padding, rescale and statistics.
template <typename Sample, bool is_signed>
dcx_frame_statistics convert(const Sample *samples, size_t count, SampleBits bits, dcx_conversion by, float *values) {
    const uint32_t left = 31 - bits.high;
    const uint32_t right = 32 - bits.stored;
    uint32_t padding_count = 0;
    int32_t minimum = std::numeric_limits<int32_t>::max();
    int32_t maximum = std::numeric_limits<int32_t>::min();
    for (size_t index = 0; index < count; ++index) {
        const uint32_t shifted = static_cast<uint32_t>(samples[index]) << left;
        const int32_t stored =
            is_signed ? static_cast<int32_t>(shifted) >> right : static_cast<int32_t>(shifted >> right);
        const bool is_padding = stored >= by.padding_first && stored <= by.padding_last;
        values[index] = is_padding ? by.padding_replacement : static_cast<float>(stored) * by.slope + by.intercept;
        padding_count += is_padding;
        minimum = is_padding ? minimum : std::min(minimum, stored);
        maximum = is_padding ? maximum : std::max(maximum, stored);
    }
    return {padding_count, minimum, maximum};
}

template <typename Sample>
dcx_frame_statistics convert(const Sample *samples, size_t count, SampleBits bits, dcx_conversion by, float *values) {
    return bits.is_signed ? convert<Sample, true>(samples, count, bits, by, values)
                          : convert<Sample, false>(samples, count, bits, by, values);
}

dcx_frame_statistics convert_samples(
    dcx_file *file, const Image &image, SampleBits bits, dcx_conversion by, float *values) {
    const size_t count = pixel_count(image.format);
    if (image.format.bits_allocated == 8) {
        return convert(file->samples.data(), count, bits, by, values);
    }
    return convert(reinterpret_cast<const uint16_t *>(file->samples.data()), count, bits, by, values);
}

SampleBits bits_of(const dcx_pixel_format &format) { return {format.bits_stored, format.high_bit, format.is_signed}; }

// Decoders

dcx_frame_statistics decode_native(
    dcx_file *file, const Image &image, uint32_t frame, dcx_conversion by, float *values) {
    const uint64_t frame_bytes = uint64_t{pixel_count(image.format)} * image.format.bits_allocated / 8;
    dcx::read_native(file, image, frame * frame_bytes, frame_bytes);
    return convert_samples(file, image, bits_of(image.format), by, values);
}

dcx_frame_statistics decode_rle(dcx_file *file, const Image &image, uint32_t frame, dcx_conversion by, float *values) {
    file->samples = dcx::decode_rle(
        join_fragments(file, image, frame), pixel_count(image.format), image.format.bits_allocated / 8u);
    return convert_samples(file, image, bits_of(image.format), by, values);
}

/// Sign and precision: the codestream knows how many bits it holds and may be signed; where it says unsigned and the
/// data set says signed, its bits are two's complement (seen in the field: pydicom #1149).
dcx_frame_statistics decode_with_openjpeg(
    dcx_file *file, const Image &image, uint32_t frame, dcx_conversion by, float *values) {
    const auto codestream = join_fragments(file, image, frame);
    const auto decoded = dcx::decode_jpeg2000(codestream, image.format.columns, image.format.rows);
    const SampleBits bits{decoded.precision, decoded.precision - 1, decoded.is_signed || image.format.is_signed};
    return convert(decoded.samples.data(), decoded.samples.size(), bits, by, values);
}

/// The precision in the frame header of a JPEG or JPEG-LS stream (ITU T.81 §B.2.2, T.87 §C.2.2); 0 if it is not there.
uint32_t jpeg_precision(const std::vector<uint8_t> &stream) {
    size_t position = 2;
    while (position + 5 <= stream.size() && stream[position] == 0xFF) {
        const uint8_t marker = stream[position + 1];
        if ((marker >= 0xC0 && marker <= 0xC3) || marker == 0xF7) {
            return stream[position + 4];
        }
        position += 2 + (size_t{stream[position + 2]} << 8 | stream[position + 3]);
    }
    return 0;
}

/// The bits of a sample as decoded: fewer than the data set says where the codestream has fewer.
SampleBits decoded_bits(const Image &image, const std::vector<uint8_t> &stream) {
    SampleBits bits = bits_of(image.format);
    const uint32_t precision = jpeg_precision(stream);
    if (precision > 0 && precision < bits.stored) {
        bits.stored = precision;
        bits.high = precision - 1;
    }
    return bits;
}

/// DCMTK's JPEG decoders fill up an image whose stream ends early; such a stream lacks its end marker (ITU T.81
/// §B.1.1.3), which padding may follow.
void check_is_whole(const std::vector<uint8_t> &stream) {
    size_t length = stream.size();
    while (length > 0 && (stream[length - 1] == 0 || stream[length - 1] == 0xFF)) {
        --length;
    }
    require(length > 2 && stream[length - 2] == 0xFF && stream[length - 1] == 0xD9, DCX_CANNOT_DECODE,
            "the JPEG stream ends too early");
}

/// JPEG and JPEG-LS.
dcx_frame_statistics decode_with_dcmtk(
    dcx_file *file, const Image &image, uint32_t frame, dcx_conversion by, float *values) {
    const auto stream = join_fragments(file, image, frame);
    check_is_whole(stream);
    // The decoders want an even size.
    const size_t size = (pixel_count(image.format) * image.format.bits_allocated / 8 + 1) & ~size_t{1};
    file->samples.resize(size);
    auto start_fragment = static_cast<Uint32>(dcx::fragments_of_frame(file, image, frame).first);
    OFString colour_model;
    check(image.pixel_data.element->getUncompressedFrame(
              file->format.getDataset(), frame, start_fragment, file->samples.data(), static_cast<Uint32>(size),
              colour_model, &file->cache),
          DCX_CANNOT_DECODE);
    return convert_samples(file, image, decoded_bits(image, stream), by, values);
}

dcx_frame_statistics decode(dcx_file *file, const Image &image, uint32_t frame, dcx_conversion by, float *values) {
    if (image.pixel_data.fragments == nullptr) {
        return decode_native(file, image, frame, by, values);
    }
    switch (image.pixel_data.syntax) {
        case EXS_RLELossless: return decode_rle(file, image, frame, by, values);
        case EXS_JPEG2000:
        case EXS_JPEG2000LosslessOnly: return decode_with_openjpeg(file, image, frame, by, values);
        case EXS_JPEGProcess1:
        case EXS_JPEGProcess2_4:
        case EXS_JPEGProcess14:
        case EXS_JPEGProcess14SV1:
        case EXS_JPEGLSLossless:
        case EXS_JPEGLSLossy: return decode_with_dcmtk(file, image, frame, by, values);
        default: throw dcx::Failure{DCX_UNSUPPORTED_SYNTAX, "no decoder for this transfer syntax"};
    }
}

void check_request(const Image &image, uint32_t frame, size_t value_count) {
    require(frame < image.format.frame_count, DCX_BAD_VALUE, "no such frame");
    require(value_count == pixel_count(image.format), DCX_BAD_VALUE, "the buffer does not have the size of a frame");
}

// 1-bit frames

/// Reads the bytes of a frame; returns the bit of the first one at which it begins, lowest bit first (PS3.5 §8.1.1).
uint32_t read_bit_frame(dcx_file *file, uint32_t index) {
    const Image image = open_image(file);
    const uint64_t pixels = pixel_count(image.format);
    check_request(image, index, pixels);
    require(image.format.bits_allocated == 1 && image.pixel_data.fragments == nullptr, DCX_UNSUPPORTED_IMAGE,
            "not a native image of 1 bit");
    const uint64_t first_bit = uint64_t{index} * pixels;
    const uint64_t first_byte = first_bit / 8;
    dcx::read_native(file, image, first_byte, (first_bit + pixels + 7) / 8 - first_byte);
    return first_bit % 8;
}

}  // namespace

dcx_status dcx_file_pixel_format(dcx_file *file, dcx_pixel_format *format, dcx_error *error) noexcept {
    return guarded(error, [&] { *format = open_image(file).format; });
}

dcx_status dcx_file_decode_frame(
    dcx_file *file, uint32_t index, dcx_conversion conversion, float *values, size_t value_count,
    dcx_frame_statistics *statistics, dcx_error *error) noexcept {
    return guarded(error, [&] {
        const Image image = open_image(file);
        check_request(image, index, value_count);
        require(image.format.bits_allocated >= 8, DCX_UNSUPPORTED_IMAGE, "an image of 1 bit is not decoded");
        *statistics = decode(file, image, index, conversion, values);
    });
}

dcx_status dcx_file_bit_frame(
    dcx_file *file, uint32_t index, const uint8_t **bytes, size_t *byte_count, uint32_t *first_bit,
    dcx_error *error) noexcept {
    return guarded(error, [&] {
        *first_bit = read_bit_frame(file, index);
        *bytes = file->samples.data();
        *byte_count = file->samples.size();
    });
}
