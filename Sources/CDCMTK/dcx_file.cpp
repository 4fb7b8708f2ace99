#include "include/dcx_file.h"

#include "internal/guard.hpp"
#include "internal/handles.hpp"

#include "dcmtk/dcmdata/dcistrmf.h"
#include "dcmtk/dcmdata/dcostrmf.h"
#include "dcmtk/dcmdata/dcwcache.h"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>

using dcx::check;
using dcx::guarded;

namespace {

/// Values up to this length are read at once, longer ones when they are asked for.
constexpr Uint32 maximum_eager_length = 4096;

/// DCMTK's parser recurses into sequences without a limit. Every level reads from the stream, which is the place to see
/// how far the stack has grown; honest files need less than a tenth of this.
constexpr std::ptrdiff_t maximum_stack_growth = 192 * 1024;

class BoundedFileStream final : public DcmInputFileStream {
public:
    explicit BoundedFileStream(const char *path) : DcmInputFileStream(OFFilename(path)), base_(stack_position()) {}

    offile_off_t read(void *buffer, offile_off_t length) override {
        dcx::require(base_ - stack_position() < maximum_stack_growth, DCX_MALFORMED, "sequences are nested too deep");
        return DcmInputFileStream::read(buffer, length);
    }

private:
    static std::ptrdiff_t stack_position() { return reinterpret_cast<std::ptrdiff_t>(__builtin_frame_address(0)); }

    std::ptrdiff_t base_;
};

/// DCMTK's condition for a file that the system does not open; it has no constant (dcistrmf.cc).
constexpr unsigned short code_of_failed_open = 18;

}  // namespace

dcx_status dcx::status_of_reading(const OFCondition &condition) {
    if (condition.module() == OFM_dcmdata && condition.code() == code_of_failed_open) {
        return DCX_IO;
    }
    if (condition == EC_FileMetaInfoHeaderMissing || condition == EC_UnknownTransferSyntax) {
        return DCX_NOT_DICOM;
    }
    if (condition == EC_MemoryExhausted) {
        return DCX_OUT_OF_MEMORY;
    }
    if (condition == EC_StreamNotifyClient || condition == EC_EndOfStream || condition == EC_InvalidStream) {
        return DCX_TRUNCATED;
    }
    return DCX_MALFORMED;
}

dcx_status dcx_file_open(const char *path, dcx_file **file, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto opened = std::make_unique<dcx_file>();
        BoundedFileStream stream(path);
        check(stream.status(), DCX_IO);
        opened->format.setReadMode(ERM_fileOnly);
        opened->format.transferInit();
        const OFCondition read = opened->format.read(stream, EXS_Unknown, EGL_noChange, maximum_eager_length);
        opened->format.transferEnd();
        check(read, dcx::status_of_reading(read));
        *file = opened.release();
    });
}

void dcx_file_destroy(dcx_file *file) noexcept {
    delete file;
}

dcx_dataset *dcx_file_dataset(dcx_file *file) noexcept {
    return dcx::handle(file->format.getDataset());
}

dcx_dataset *dcx_file_meta_information(dcx_file *file) noexcept {
    return dcx::handle(file->format.getMetaInfo());
}

namespace {

/// Lends a data set to a file format without copying it, and takes it back.
class LentDataset {
public:
    explicit LentDataset(DcmDataset *dataset) : format(dataset, OFFalse) {}
    ~LentDataset() { format.getAndRemoveDataset(); }

    DcmFileFormat format;
};

void write(DcmFileFormat &format, FILE *file, E_TransferSyntax syntax) {
    DcmOutputFileStream stream(file);
    DcmWriteCache cache;
    format.transferInit();
    const OFCondition written = format.write(
        stream, syntax, EET_ExplicitLength, &cache, EGL_withoutGL, EPD_withoutPadding, 0, 0, 0, EWM_createNewMeta);
    format.transferEnd();
    check(written, DCX_IO);
    // What fclose could not write would go unnoticed in the stream's destructor.
    if (std::fflush(file) != 0) {
        throw dcx::Failure{DCX_IO, std::strerror(errno)};
    }
}

}  // namespace

dcx_status dcx_file_write(
    dcx_dataset *root, const char *path, const char *transfer_syntax_uid, dcx_error *error) noexcept {
    return guarded(error, [&] {
        const E_TransferSyntax syntax = DcmXfer(transfer_syntax_uid).getXfer();
        DcmDataset *dataset = dcx::dataset(root);
        dcx::require(
            dataset->canWriteXfer(syntax), DCX_UNSUPPORTED_SYNTAX, "cannot be written in this transfer syntax");
        LentDataset lent(dataset);
        FILE *file = std::fopen(path, "wbe");
        if (file == nullptr) {
            throw dcx::Failure{DCX_IO, std::strerror(errno)};
        }
        write(lent.format, file, syntax);
    });
}
