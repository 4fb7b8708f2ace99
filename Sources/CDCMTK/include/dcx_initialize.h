/// What is set once per process, before any thread uses the shim.
#pragma once

#include "dcx_error.h"

DCX_BEGIN

/// Checks that the data dictionary is loaded, registers the codecs and sets DCMTK's process-wide switches.
/// Later calls, from any thread, do nothing and return what the first one returned.
dcx_status dcx_initialize(dcx_error *_Nullable error) DCX_NOEXCEPT;

DCX_END
