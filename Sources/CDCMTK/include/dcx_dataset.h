/// Data sets: reading, building, copying of elements (PS3.5 §7).
///
/// A dcx_dataset is a root (from dcx_dataset_create or dcx_file_dataset) or an item of a sequence, which lives as long
/// as its root and as long as its sequence is not replaced. Only handles of dcx_dataset_create are destroyed by the
/// caller. One thread at a time per root, also for reading.
#pragma once

#include "dcx_error.h"

#include <stdbool.h>
#include <stddef.h>

DCX_BEGIN

typedef struct dcx_dataset dcx_dataset;

/// An attribute's tag (PS3.5 §7.1).
typedef struct dcx_tag {
    uint16_t group;
    uint16_t element;
} dcx_tag;

/// How the bytes of a value are to be read.
typedef enum __attribute__((enum_extensibility(closed))) dcx_value_kind : int32_t {
    DCX_VALUE_ABSENT,
    DCX_VALUE_EMPTY,
    /// Characters of any string VR, also numbers in text (DS, IS); not NUL-terminated.
    DCX_VALUE_TEXT,
    DCX_VALUE_UINT16,
    DCX_VALUE_INT16,
    DCX_VALUE_UINT32,
    DCX_VALUE_INT32,
    DCX_VALUE_FLOAT32,
    DCX_VALUE_FLOAT64,
    DCX_VALUE_BYTES,
    DCX_VALUE_SEQUENCE,
} dcx_value_kind;

/// A borrowed value in the machine's byte order.
typedef struct dcx_value {
    dcx_value_kind kind;
    const void *_Nullable bytes;
    size_t byte_count;
} dcx_value;

/// - Returns: an empty data set that the caller destroys; null if memory is short.
dcx_dataset *_Nullable dcx_dataset_create(void) DCX_NOEXCEPT;
void dcx_dataset_destroy(dcx_dataset *_Nullable root) DCX_NOEXCEPT;

/// Whether the data set itself has the element, with or without a value; loads nothing.
bool dcx_dataset_contains(dcx_dataset *_Nonnull dataset, dcx_tag tag) DCX_NOEXCEPT;

/// The value of an element of this data set itself (items are not searched). Loads it from the file if need be; it is
/// borrowed until the element changes or the root is destroyed.
dcx_status dcx_dataset_value(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, dcx_value *_Nonnull value, dcx_error *_Nullable error) DCX_NOEXCEPT;

/// The number of items of a sequence; 0 if it is absent or not a sequence.
uint32_t dcx_dataset_item_count(dcx_dataset *_Nonnull dataset, dcx_tag tag) DCX_NOEXCEPT;

/// Writes the first `count` items of a sequence, in order.
/// - Returns: how many were written.
uint32_t dcx_dataset_items(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, dcx_dataset *_Nullable *_Nonnull items, uint32_t count) DCX_NOEXCEPT;

/// Sets text under the VR of the dictionary; replaces what is there. Fails for attributes that the dictionary does not
/// know or whose VR is not text. The characters are taken as they are.
dcx_status dcx_dataset_set_text(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, const char *_Nonnull text, size_t byte_count,
    dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Sets whole numbers under the VR of the dictionary (US, SS, UL, SL, IS, DS; other VRs and numbers out of range fail).
dcx_status dcx_dataset_set_integers(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, const int64_t *_Nonnull values, size_t count,
    dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Sets finite numbers under the VR of the dictionary (FL, FD, DS; other VRs fail). A DS is the shortest text of at
/// most 16 characters that reads back as the number, or else the closest one (PS3.5 §6.2).
dcx_status dcx_dataset_set_reals(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, const double *_Nonnull values, size_t count,
    dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Sets a tag as a value (VR AT), as dimension index pointers need.
dcx_status dcx_dataset_set_tag(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, dcx_tag value, dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Sets an empty value or an empty sequence.
dcx_status dcx_dataset_set_empty(dcx_dataset *_Nonnull dataset, dcx_tag tag, dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Appends an empty item to a sequence, which is created if it is absent; the item belongs to the root.
dcx_status dcx_dataset_append_item(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, dcx_dataset *_Nullable *_Nonnull item,
    dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Copies an element as it is, VR and bytes but for trailing NULs of text; DCX_NO_ELEMENT if `source` has none.
dcx_status dcx_dataset_copy(
    dcx_dataset *_Nonnull dataset, dcx_tag tag, dcx_dataset *_Nonnull source, dcx_error *_Nullable error) DCX_NOEXCEPT;

/// Sets Pixel Data of `byte_count` bytes (even), zeroed, of VR OW if `bits_allocated` is above 8, else OB; the caller
/// fills `bytes`, which stay valid until the root changes.
dcx_status dcx_dataset_set_pixel_data(
    dcx_dataset *_Nonnull root, uint32_t byte_count, uint16_t bits_allocated, uint8_t *_Nullable *_Nonnull bytes,
    dcx_error *_Nullable error) DCX_NOEXCEPT;

DCX_END
