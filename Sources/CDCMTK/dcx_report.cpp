#include "include/dcx_report.h"

#include "internal/guard.hpp"

#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmsr/dsrdoc.h"

namespace {

/// Takes the padding off all strings: dcmsr counts on dcmEnableAutomaticInputDataCorrection, which dcx_initialize turns
/// off.
void trim_strings(DcmItem &dataset) {
    DcmStack stack;
    while (dataset.nextObject(stack, OFTrue).good()) {
        if (auto *element = dynamic_cast<DcmByteString *>(stack.top())) {
            OFString value;
            dcx::check(element->getOFStringArray(value), DCX_MALFORMED);
            dcx::check(element->putOFStringArray(value), DCX_MALFORMED);
        }
    }
}

}  // namespace

dcx_status dcx_report_validate(const char *path, dcx_error *error) noexcept {
    return dcx::guarded(error, [&] {
        DcmFileFormat format;
        dcx::check(format.loadFile(path), DCX_IO);
        trim_strings(*format.getDataset());
        DSRDocument document;
        dcx::check(document.read(*format.getDataset()), DCX_MALFORMED);
        dcx::require(document.isValid(), DCX_MALFORMED, "dcmsr finds the structured report invalid");
    });
}
