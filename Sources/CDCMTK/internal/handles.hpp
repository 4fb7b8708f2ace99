// What the opaque handles are inside the shim.
#pragma once

#include "../include/dcx_dataset.h"
#include "../include/dcx_file.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/dcmdata/dctk.h"
#include "dcmtk/dcmdata/dcfcache.h"

#include <vector>

namespace dcx {

/// A dcx_dataset is a DcmItem: the root (a DcmDataset) or an item of a sequence, which its root owns.
inline DcmItem *item(dcx_dataset *handle) { return reinterpret_cast<DcmItem *>(handle); }
inline dcx_dataset *handle(DcmItem *item) { return reinterpret_cast<dcx_dataset *>(item); }

/// The data set behind a root handle; only for handles of dcx_dataset_create and dcx_file_dataset.
inline DcmDataset *dataset(dcx_dataset *root) { return static_cast<DcmDataset *>(item(root)); }

}  // namespace dcx

/// An open file; values longer than a few kilobytes stay on disk until they are asked for.
struct dcx_file {
    DcmFileFormat format;
    /// Keeps the file open between two partial reads of pixel data.
    DcmFileCache cache;
    /// Stored samples of the frame decoded last.
    std::vector<uint8_t> samples;
};
