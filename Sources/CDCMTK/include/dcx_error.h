/// Errors as values.
#pragma once

#include <stdint.h>

#if defined(__cplusplus)
#define DCX_BEGIN extern "C" {
#define DCX_END }
#define DCX_NOEXCEPT noexcept
#else
#define DCX_BEGIN
#define DCX_END
#define DCX_NOEXCEPT
#endif

DCX_BEGIN

typedef enum __attribute__((enum_extensibility(open))) dcx_status : int32_t {
    DCX_OK = 0,
    /// Memory could not be allocated, for example for an absurd length.
    DCX_OUT_OF_MEMORY = 1,
    /// A file cannot be opened, read or written.
    DCX_IO = 2,
    /// Not a DICOM file or data set.
    DCX_NOT_DICOM = 3,
    /// The file ends before an element does, or pixel data are shorter than the image.
    DCX_TRUNCATED = 4,
    /// Breaks the encoding rules: bad lengths, nesting beyond the limit, wrong value representation.
    DCX_MALFORMED = 5,
    /// The element is not there.
    DCX_NO_ELEMENT = 6,
    /// The data dictionary does not know the attribute, or the value does not fit its value representation.
    DCX_BAD_VALUE = 7,
    /// No decoder for this transfer syntax.
    DCX_UNSUPPORTED_SYNTAX = 8,
    /// The compressed pixel data cannot be decoded.
    DCX_CANNOT_DECODE = 9,
    /// Not an image of the kind that the call needs (greyscale of 8 or 16 bits, or binary).
    DCX_UNSUPPORTED_IMAGE = 10,
    /// DCMTK's data dictionary or codecs are not usable.
    DCX_NOT_INITIALIZED = 11,
    /// Anything that should not happen.
    DCX_INTERNAL = 99,
} dcx_status;

/// Filled when a function fails; left alone when it succeeds.
typedef struct dcx_error {
    dcx_status status;
    /// Module and code of DCMTK's OFCondition; 0 where DCMTK was not the one who failed.
    uint16_t module;
    uint16_t code;
    /// NUL-terminated; without patient data.
    char text[256];
} dcx_error;

DCX_END
