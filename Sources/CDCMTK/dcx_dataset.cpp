#include "include/dcx_dataset.h"

#include "internal/guard.hpp"
#include "internal/handles.hpp"

dcx_dataset *dcx_dataset_create(void) noexcept {
    return dcx::guarded_value<dcx_dataset *>(nullptr, [] { return dcx::handle(new DcmDataset); });
}

void dcx_dataset_destroy(dcx_dataset *root) noexcept {
    delete dcx::dataset(root);
}
