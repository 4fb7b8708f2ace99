#include "include/dcx_file.h"

#include "internal/guard.hpp"
#include "internal/handles.hpp"

#include "dcmtk/dcmdata/dcistrmf.h"
#include "dcmtk/dcmdata/dcostrmf.h"
#include "dcmtk/dcmdata/dcwcache.h"

#include <cerrno>
#include <cstring>
#include <memory>

using dcx::check;
using dcx::guarded;

namespace {

/// Values up to this length are read at once, longer ones when they are asked for.
constexpr Uint32 maximum_eager_length = 4096;

dcx_status status_of_reading(const OFCondition &condition) {
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

}  // namespace

dcx_status dcx_file_open(const char *path, dcx_file **file, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto opened = std::make_unique<dcx_file>();
        DcmInputFileStream stream{OFFilename(path)};
        check(stream.status(), DCX_IO);
        opened->format.setReadMode(ERM_fileOnly);
        opened->format.transferInit();
        const OFCondition read = opened->format.read(stream, EXS_Unknown, EGL_noChange, maximum_eager_length);
        opened->format.transferEnd();
        check(read, status_of_reading(read));
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
        dcx::require(dataset->canWriteXfer(syntax), DCX_UNSUPPORTED_SYNTAX, "cannot be written in this transfer syntax");
        LentDataset lent(dataset);
        FILE *file = std::fopen(path, "wbe");
        if (file == nullptr) {
            throw dcx::Failure{DCX_IO, std::strerror(errno)};
        }
        write(lent.format, file, syntax);
    });
}
