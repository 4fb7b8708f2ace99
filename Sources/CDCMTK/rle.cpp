#include "internal/rle.hpp"

#include "internal/guard.hpp"

#include <algorithm>

namespace {

/// The header: the number of segments and 15 offsets, 32 bits each (PS3.5 §G.5).
constexpr size_t header_length = 64;

uint32_t header_word(const std::vector<uint8_t> &stream, size_t index) {
    const uint8_t *bytes = &stream[index * 4];
    return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

struct Segment {
    const uint8_t *next;
    const uint8_t *end;

    uint8_t take() {
        dcx::require(next < end, DCX_CANNOT_DECODE, "an RLE segment ends too early");
        return *next++;
    }
};

Segment segment(const std::vector<uint8_t> &stream, size_t index, size_t segment_count) {
    const size_t start = header_word(stream, 1 + index);
    const size_t end = index + 1 < segment_count ? header_word(stream, 2 + index) : stream.size();
    dcx::require(start >= header_length && start <= end && end <= stream.size(), DCX_CANNOT_DECODE,
                 "the RLE header points outside of the frame");
    return {stream.data() + start, stream.data() + end};
}

/// Unpacks `count` bytes to every `stride`-th byte from `target` on (PS3.5 §G.3.2).
void unpack(Segment segment, uint8_t *target, size_t stride, size_t count) {
    size_t written = 0;
    while (written < count) {
        const auto control = static_cast<int8_t>(segment.take());
        if (control >= 0) {
            const size_t literal = std::min<size_t>(control + 1, count - written);
            for (size_t index = 0; index < literal; ++index) {
                target[stride * written++] = segment.take();
            }
        } else if (control != -128) {
            const size_t run = std::min<size_t>(1 - control, count - written);
            const uint8_t value = segment.take();
            for (size_t index = 0; index < run; ++index) {
                target[stride * written++] = value;
            }
        }
    }
}

}  // namespace

std::vector<uint8_t> dcx::decode_rle(const std::vector<uint8_t> &stream, size_t pixel_count, size_t bytes_per_sample) {
    require(stream.size() >= header_length, DCX_CANNOT_DECODE, "the frame has no RLE header");
    require(header_word(stream, 0) == bytes_per_sample, DCX_CANNOT_DECODE, "not one RLE segment per byte of a sample");
    std::vector<uint8_t> samples(pixel_count * bytes_per_sample);
    for (size_t index = 0; index < bytes_per_sample; ++index) {
        // Segments come with the most significant byte first.
        uint8_t *target = &samples[bytes_per_sample - 1 - index];
        unpack(segment(stream, index, bytes_per_sample), target, bytes_per_sample, pixel_count);
    }
    return samples;
}
