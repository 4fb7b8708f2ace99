/// DICOM files (PS3.10).
#pragma once

#include "dcx_dataset.h"
#include "dcx_error.h"

DCX_BEGIN

typedef struct dcx_file dcx_file;

/// Reads all of a file but long values and pixel data, which stay on disk until they are asked for; an element that
/// ends beyond the end of the file is DCX_TRUNCATED. The caller destroys the handle.
dcx_status dcx_file_open(
    const char *_Nonnull path, dcx_file *_Nullable *_Nonnull file, dcx_error *_Nullable error) DCX_NOEXCEPT;
void dcx_file_destroy(dcx_file *_Nullable file) DCX_NOEXCEPT;

/// Borrowed; valid as long as the file.
dcx_dataset *_Nonnull dcx_file_dataset(dcx_file *_Nonnull file) DCX_NOEXCEPT;
/// The file meta information (group 0002).
dcx_dataset *_Nonnull dcx_file_meta_information(dcx_file *_Nonnull file) DCX_NOEXCEPT;

/// Writes a root as a DICOM file with meta information; an existing file is replaced. The data reach the kernel
/// (a full disk is reported), syncing is the caller's. The Implementation Class UID is DCMTK's: a constant of 3.6.7.
dcx_status dcx_file_write(
    dcx_dataset *_Nonnull root, const char *_Nonnull path, const char *_Nonnull transfer_syntax_uid,
    dcx_error *_Nullable error) DCX_NOEXCEPT;

DCX_END
