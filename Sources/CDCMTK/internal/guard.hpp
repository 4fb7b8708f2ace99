// The one guard around the body of every function of the ABI: nothing is thrown past it.
#pragma once

#include "../include/dcx_error.h"

#include "dcmtk/config/osconfig.h"
#include "dcmtk/ofstd/ofcond.h"

#include <cstdio>
#include <new>
#include <stdexcept>
#include <string>

namespace dcx {

/// What the body of a guarded function throws.
struct Failure {
    dcx_status status;
    std::string text;
    uint16_t module = 0;
    uint16_t code = 0;
};

/// Throws unless `condition` is good.
inline void check(const OFCondition &condition, dcx_status status) {
    if (condition.bad()) {
        throw Failure{status, condition.text(), condition.module(), condition.code()};
    }
}

inline void require(bool holds, dcx_status status, const char *text) {
    if (!holds) {
        throw Failure{status, text};
    }
}

/// What a condition means that DCMTK's parser or a partial read returned.
dcx_status status_of_reading(const OFCondition &condition);

inline dcx_status fill(
    dcx_error *error, dcx_status status, const char *text, uint16_t module = 0, uint16_t code = 0) noexcept {
    if (error != nullptr) {
        error->status = status;
        error->module = module;
        error->code = code;
        std::snprintf(error->text, sizeof error->text, "%s", text);
    }
    return status;
}

/// Runs `body`; returns DCX_OK, or the status of what it threw with the details in `error`.
template <typename Body>
dcx_status guarded(dcx_error *error, Body &&body) noexcept {
    try {
        body();
        return DCX_OK;
    } catch (const Failure &failure) {
        return fill(error, failure.status, failure.text.c_str(), failure.module, failure.code);
    } catch (const std::bad_alloc &) {
        return fill(error, DCX_OUT_OF_MEMORY, "not enough memory");
    } catch (const std::exception &exception) {
        return fill(error, DCX_INTERNAL, exception.what());
    } catch (...) {
        return fill(error, DCX_INTERNAL, "unknown exception");
    }
}

/// For functions that return a plain value: `otherwise` if `body` throws.
template <typename Value, typename Body>
Value guarded_value(Value otherwise, Body &&body) noexcept {
    try {
        return body();
    } catch (...) {
        return otherwise;
    }
}

}  // namespace dcx
