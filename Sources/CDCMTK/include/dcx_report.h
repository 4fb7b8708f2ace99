/// Structured reports (PS3.3 §C.17), judged by dcmsr.
#pragma once

#include "dcx_error.h"

DCX_BEGIN

/// Reads a structured report with dcmsr, which checks value types, relationships and mandatory attributes against the
/// constraints of its IOD. DCX_MALFORMED if dcmsr would not read it or finds it invalid.
dcx_status dcx_report_validate(const char *_Nonnull path, dcx_error *_Nullable error) DCX_NOEXCEPT;

DCX_END
