/// The C ABI over DCMTK and OpenJPEG. Rules for every function:
/// - it returns a status or a plain value; what went wrong is in the dcx_error that the caller provides;
/// - a handle has one create and one destroy, and belongs to one thread at a time; different handles need no locking;
/// - borrowed memory is valid until the next call with the same handle;
/// - dcx_initialize has been called once before anything else.
#pragma once

#include "dcx_error.h"

#include "dcx_association.h"
#include "dcx_dataset.h"
#include "dcx_file.h"
#include "dcx_frames.h"
#include "dcx_initialize.h"
#include "dcx_report.h"
