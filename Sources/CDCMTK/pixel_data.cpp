#include "internal/pixel_data.hpp"

#include "internal/guard.hpp"

#include "dcmtk/dcmdata/dcpxitem.h"

using dcx::check;
using dcx::FragmentRange;
using dcx::Image;
using dcx::pixel_count;
using dcx::PixelData;
using dcx::require;

namespace {

// The image's description

/// No image of a modality that we read comes near it; absurd headers must not make anybody allocate.
constexpr uint64_t maximum_pixels_per_frame = uint64_t{1} << 26;

uint16_t required(DcmItem *dataset, const DcmTagKey &key) {
    Uint16 value = 0;
    require(dataset->findAndGetUint16(key, value).good(), DCX_UNSUPPORTED_IMAGE,
            "an attribute of the image is missing");
    return value;
}

uint32_t frame_count(DcmItem *dataset) {
    Sint32 frames = 1;
    if (dataset->tagExistsWithValue(DCM_NumberOfFrames)) {
        require(dataset->findAndGetSint32(DCM_NumberOfFrames, frames).good() && frames > 0, DCX_UNSUPPORTED_IMAGE,
                "Number of Frames is not a positive number");
    }
    return static_cast<uint32_t>(frames);
}

dcx_pixel_format read_format(DcmItem *dataset) {
    dcx_pixel_format format{};
    format.rows = required(dataset, DCM_Rows);
    format.columns = required(dataset, DCM_Columns);
    format.frame_count = frame_count(dataset);
    format.bits_allocated = required(dataset, DCM_BitsAllocated);
    format.bits_stored = required(dataset, DCM_BitsStored);
    format.high_bit = format.bits_stored - 1;
    dataset->findAndGetUint16(DCM_HighBit, format.high_bit);
    format.is_signed = required(dataset, DCM_PixelRepresentation) == 1;
    return format;
}

void check_is_grey(DcmItem *dataset) {
    OFString interpretation;
    dataset->findAndGetOFString(DCM_PhotometricInterpretation, interpretation);
    require(required(dataset, DCM_SamplesPerPixel) == 1 && interpretation.compare(0, 10, "MONOCHROME") == 0,
            DCX_UNSUPPORTED_IMAGE, "not a greyscale image");
}

void check_format(const dcx_pixel_format &format) {
    const auto bits = format.bits_allocated;
    require(pixel_count(format) > 0 && pixel_count(format) <= maximum_pixels_per_frame, DCX_UNSUPPORTED_IMAGE,
            "the image is empty or absurdly large");
    require(bits == 1 || bits == 8 || bits == 16, DCX_UNSUPPORTED_IMAGE, "Bits Allocated is not 1, 8 or 16");
    require(format.bits_stored >= 1 && format.bits_stored <= bits && format.high_bit < bits
                && format.high_bit + 1 >= format.bits_stored,
            DCX_UNSUPPORTED_IMAGE, "Bits Stored and High Bit do not fit Bits Allocated");
}

// The image's bytes

PixelData find_pixel_data(DcmDataset *dataset) {
    DcmElement *element = nullptr;
    dataset->findAndGetElement(DCM_PixelData, element);
    PixelData found;
    found.element = dynamic_cast<DcmPixelData *>(element);
    require(found.element != nullptr, DCX_NO_ELEMENT, "no pixel data");
    const DcmRepresentationParameter *parameter = nullptr;
    found.element->getOriginalRepresentationKey(found.syntax, parameter);
    if (DcmXfer(found.syntax).isEncapsulated()) {
        check(found.element->getEncapsulatedRepresentation(found.syntax, parameter, found.fragments), DCX_MALFORMED);
    }
    return found;
}

void check_length(const PixelData &pixel_data, const dcx_pixel_format &format) {
    if (pixel_data.fragments != nullptr) {
        require(pixel_data.fragments->card() > format.frame_count, DCX_TRUNCATED, "fewer fragments than frames");
        return;
    }
    const uint64_t bits = uint64_t{pixel_count(format)} * format.frame_count * format.bits_allocated;
    require(pixel_data.element->getLength() >= (bits + 7) / 8, DCX_TRUNCATED, "pixel data are shorter than the image");
}

void check_read(const OFCondition &condition) { check(condition, dcx::status_of_reading(condition)); }

// Fragments (PS3.5 §A.4)

DcmPixelItem *fragment(const PixelData &pixel_data, unsigned long index) {
    DcmPixelItem *item = nullptr;
    check(pixel_data.fragments->getItem(item, index), DCX_MALFORMED);
    return item;
}

void append_fragment(dcx_file *file, const PixelData &pixel_data, unsigned long index, std::vector<uint8_t> &bytes) {
    DcmPixelItem *item = fragment(pixel_data, index);
    const size_t start = bytes.size();
    const Uint32 count = item->getLength();
    bytes.resize(start + count);
    if (count > 0) {
        check_read(item->getPartialValue(bytes.data() + start, 0, count, &file->cache));
    }
}

/// The fragment that begins `offset` bytes after the basic offset table; items have a header of 8 bytes.
unsigned long fragment_at(const PixelData &pixel_data, uint64_t offset) {
    uint64_t position = 0;
    DcmObject *item = pixel_data.fragments->nextInContainer(nullptr);
    for (unsigned long index = 1; (item = pixel_data.fragments->nextInContainer(item)) != nullptr; ++index) {
        if (position == offset) {
            return index;
        }
        position += 8 + uint64_t{static_cast<DcmPixelItem *>(item)->getLength()};
    }
    throw dcx::Failure{DCX_MALFORMED, "the basic offset table points between fragments"};
}

FragmentRange range_by_offset_table(
    dcx_file *file, const PixelData &pixel_data, uint32_t frame, uint32_t frames, unsigned long last) {
    std::vector<uint8_t> table;
    append_fragment(file, pixel_data, 0, table);
    require(table.size() == size_t{frames} * 4, DCX_CANNOT_DECODE,
            "several fragments per frame without a basic offset table");
    const auto offset = [&](uint32_t index) {
        const uint8_t *entry = &table[size_t{index} * 4];
        return uint64_t{entry[0]} | uint64_t{entry[1]} << 8 | uint64_t{entry[2]} << 16 | uint64_t{entry[3]} << 24;
    };
    const unsigned long first = fragment_at(pixel_data, offset(frame));
    const unsigned long end = frame + 1 < frames ? fragment_at(pixel_data, offset(frame + 1)) : last + 1;
    require(first < end, DCX_MALFORMED, "the basic offset table is out of order");
    return {first, end - 1};
}

}  // namespace

dcx::Image dcx::open_image(dcx_file *file) {
    DcmDataset *dataset = file->format.getDataset();
    check_is_grey(dataset);
    Image image{read_format(dataset), {}};
    check_format(image.format);
    image.pixel_data = find_pixel_data(dataset);
    check_length(image.pixel_data, image.format);
    return image;
}

void dcx::read_native(dcx_file *file, const Image &image, uint64_t offset, uint64_t count) {
    file->samples.resize(count);
    check_read(image.pixel_data.element->getPartialValue(
        file->samples.data(), static_cast<Uint32>(offset), static_cast<Uint32>(count), &file->cache));
}

dcx::FragmentRange dcx::fragments_of_frame(dcx_file *file, const Image &image, uint32_t frame) {
    const uint32_t frames = image.format.frame_count;
    const unsigned long last = image.pixel_data.fragments->card() - 1;
    if (frames == 1) {
        return {1, last};
    }
    if (last == frames) {
        return {frame + 1ul, frame + 1ul};
    }
    return range_by_offset_table(file, image.pixel_data, frame, frames, last);
}

std::vector<uint8_t> dcx::join_fragments(dcx_file *file, const Image &image, uint32_t frame) {
    const FragmentRange range = fragments_of_frame(file, image, frame);
    std::vector<uint8_t> bytes;
    for (unsigned long index = range.first; index <= range.last; ++index) {
        append_fragment(file, image.pixel_data, index, bytes);
    }
    return bytes;
}
