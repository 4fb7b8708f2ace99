// JPEG 2000 (PS3.5 §A.4.4) through OpenJPEG; open DCMTK has no codec for it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dcx {

/// Samples of a greyscale codestream; sign and precision are the codestream's, which is right where the data set is
/// not.
struct Jpeg2000Image {
    std::vector<int32_t> samples;
    uint32_t precision;
    bool is_signed;
};

/// Throws Failure unless the codestream is one component of exactly `columns` x `rows` samples of at most 16 bits.
Jpeg2000Image decode_jpeg2000(const std::vector<uint8_t> &codestream, uint32_t columns, uint32_t rows);

}  // namespace dcx
