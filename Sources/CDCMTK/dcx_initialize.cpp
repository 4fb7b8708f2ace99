#include "include/dcx_initialize.h"

#include "internal/guard.hpp"

#include "dcmtk/dcmdata/dcdict.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmjpeg/djdecode.h"
#include "dcmtk/dcmjpls/djdecode.h"
#include "dcmtk/dcmnet/dul.h"
#include "dcmtk/oflog/oflog.h"

namespace {

/// RLE and JPEG 2000 are decoded without DCMTK (rle.cpp, jpeg2000.cpp).
void register_codecs() {
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
}

/// All process-wide switches of DCMTK that differ from its defaults, or that we rely on.
void set_switches() {
    // DCMTK's own log would carry values of elements, which are patient data: errors travel in dcx_error instead.
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);
    // Values as they are in the file: padding is trimmed in one place, by the reader.
    dcmEnableAutomaticInputDataCorrection.set(OFFalse);
    // Explicit VR files with UN for attributes of the dictionary are common (CP 246, PACS that re-encode).
    dcmEnableUnknownVRConversion.set(OFTrue);
    // A file that breaks the encoding rules is an error, never half a data set.
    dcmIgnoreParsingErrors.set(OFFalse);
    // The peer's name is not asked for: a slow resolver would hold up the thread that accepts.
    dcmDisableGethostbyaddr.set(OFTrue);
    // Seconds; the kernel's own limit is two minutes.
    dcmConnectionTimeout.set(10);
}

}  // namespace

dcx_status dcx_initialize(dcx_error *error) noexcept {
    static dcx_error outcome{};
    static const dcx_status status = dcx::guarded(&outcome, [] {
        set_switches();
        dcx::require(
            dcmDataDict.isDictionaryLoaded(), DCX_NOT_INITIALIZED,
            "DCMTK's data dictionary is not loaded: install libdcmtk17 or set DCMDICTPATH");
        register_codecs();
    });
    if (status != DCX_OK && error != nullptr) {
        *error = outcome;
    }
    return status;
}
