#include "internal/jpeg2000.hpp"

#include "internal/guard.hpp"

#include <openjpeg-2.5/openjpeg.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace {

template <auto destroy>
struct Destroy {
    template <typename Object>
    void operator()(Object *object) const {
        destroy(object);
    }
};

using Codec = std::unique_ptr<opj_codec_t, Destroy<opj_destroy_codec>>;
using Image = std::unique_ptr<opj_image_t, Destroy<opj_image_destroy>>;
using StreamHandle = std::unique_ptr<opj_stream_t, Destroy<opj_stream_destroy>>;

/// The codestream as OpenJPEG's input stream.
struct Input {
    const uint8_t *bytes;
    size_t count;
    size_t position;

    static OPJ_SIZE_T read(void *buffer, OPJ_SIZE_T wanted, void *user) {
        auto *input = static_cast<Input *>(user);
        const size_t read = std::min<size_t>(wanted, input->count - input->position);
        std::memcpy(buffer, input->bytes + input->position, read);
        input->position += read;
        return read == 0 ? static_cast<OPJ_SIZE_T>(-1) : read;
    }

    static OPJ_OFF_T skip(OPJ_OFF_T wanted, void *user) {
        auto *input = static_cast<Input *>(user);
        const auto left = static_cast<OPJ_OFF_T>(input->count - input->position);
        const OPJ_OFF_T skipped = std::clamp<OPJ_OFF_T>(wanted, 0, left);
        input->position += static_cast<size_t>(skipped);
        return skipped;
    }

    static OPJ_BOOL seek(OPJ_OFF_T position, void *user) {
        auto *input = static_cast<Input *>(user);
        if (position < 0 || static_cast<size_t>(position) > input->count) {
            return OPJ_FALSE;
        }
        input->position = static_cast<size_t>(position);
        return OPJ_TRUE;
    }
};

StreamHandle make_stream(Input &input) {
    StreamHandle stream(opj_stream_default_create(OPJ_TRUE));
    dcx::require(stream != nullptr, DCX_OUT_OF_MEMORY, "not enough memory");
    opj_stream_set_user_data(stream.get(), &input, nullptr);
    opj_stream_set_user_data_length(stream.get(), input.count);
    opj_stream_set_read_function(stream.get(), Input::read);
    opj_stream_set_skip_function(stream.get(), Input::skip);
    opj_stream_set_seek_function(stream.get(), Input::seek);
    return stream;
}

/// Some writers wrap the codestream in a JP2 file, whose first box is its signature (ISO 15444-1 §I.5.1).
Codec make_codec(const std::vector<uint8_t> &codestream) {
    constexpr uint8_t signature[] = {0, 0, 0, 12, 'j', 'P', ' ', ' '};
    const bool wrapped = codestream.size() >= sizeof signature
        && std::equal(signature, std::end(signature), codestream.begin());
    Codec codec(opj_create_decompress(wrapped ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K));
    opj_dparameters_t parameters;
    opj_set_default_decoder_parameters(&parameters);
    dcx::require(
        codec != nullptr && opj_setup_decoder(codec.get(), &parameters), DCX_OUT_OF_MEMORY,
        "OpenJPEG cannot be set up");
    // A truncated codestream is an error, never an image with zeros in it.
    opj_decoder_set_strict_mode(codec.get(), OPJ_TRUE);
    return codec;
}

void check_component(const opj_image_t &image, uint32_t columns, uint32_t rows) {
    dcx::require(image.numcomps == 1, DCX_UNSUPPORTED_IMAGE, "the JPEG 2000 codestream is not greyscale");
    const auto &component = image.comps[0];
    dcx::require(component.w == columns && component.h == rows, DCX_CANNOT_DECODE,
                 "the JPEG 2000 codestream has another size than the data set says");
    dcx::require(component.prec >= 1 && component.prec <= 16, DCX_UNSUPPORTED_IMAGE,
                 "the JPEG 2000 codestream has more than 16 bits per sample");
}

}  // namespace

dcx::Jpeg2000Image dcx::decode_jpeg2000(const std::vector<uint8_t> &codestream, uint32_t columns, uint32_t rows) {
    Input input{codestream.data(), codestream.size(), 0};
    const StreamHandle stream = make_stream(input);
    const Codec codec = make_codec(codestream);
    opj_image_t *header = nullptr;
    const bool read = opj_read_header(stream.get(), codec.get(), &header);
    const Image image(header);
    require(read && image != nullptr, DCX_CANNOT_DECODE, "not a JPEG 2000 codestream");
    check_component(*image, columns, rows);
    require(
        opj_decode(codec.get(), stream.get(), image.get()) && opj_end_decompress(codec.get(), stream.get())
            && image->comps[0].data != nullptr,
        DCX_CANNOT_DECODE, "the JPEG 2000 codestream is damaged");
    const auto &component = image->comps[0];
    return {{component.data, component.data + size_t{columns} * rows}, component.prec, component.sgnd != 0};
}
