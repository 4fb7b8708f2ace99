#include "include/dcx_dataset.h"

#include "internal/guard.hpp"
#include "internal/handles.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <memory>

using dcx::check;
using dcx::guarded;
using dcx::guarded_value;
using dcx::item;
using dcx::require;

namespace {

DcmTagKey key(dcx_tag tag) { return DcmTagKey(tag.group, tag.element); }

/// The element, or null.
DcmElement *find(dcx_dataset *dataset, dcx_tag tag) {
    DcmElement *element = nullptr;
    item(dataset)->findAndGetElement(key(tag), element);
    return element;
}

DcmSequenceOfItems *find_sequence(dcx_dataset *dataset, dcx_tag tag) {
    return dynamic_cast<DcmSequenceOfItems *>(find(dataset, tag));
}

/// The attribute with its VR of the dictionary.
DcmTag described(dcx_tag tag) {
    DcmTag attribute(key(tag));
    require(attribute.error().good(), DCX_BAD_VALUE, "the attribute is not in the data dictionary");
    return attribute;
}

std::unique_ptr<DcmElement> make_element(const DcmTag &attribute) {
    DcmElement *element = nullptr;
    check(DcmItem::newDicomElementWithVR(element, attribute), DCX_BAD_VALUE);
    return std::unique_ptr<DcmElement>(element);
}

std::unique_ptr<DcmElement> make_element(dcx_tag tag) { return make_element(described(tag)); }

/// Gives the element to the data set in place of an older one.
void insert(dcx_dataset *dataset, std::unique_ptr<DcmElement> element) {
    check(item(dataset)->insert(element.get(), OFTrue), DCX_INTERNAL);
    element.release();
}

// Reading

template <typename Number>
dcx_value borrow(DcmElement *element, OFCondition (DcmElement::*get)(Number *&), dcx_value_kind kind) {
    Number *numbers = nullptr;
    check((element->*get)(numbers), DCX_BAD_VALUE);
    return {kind, numbers, numbers == nullptr ? 0 : element->getLength()};
}

dcx_value borrow_text(DcmElement *element) {
    char *text = nullptr;
    Uint32 length = 0;
    check(element->getString(text, length), DCX_BAD_VALUE);
    return {text == nullptr ? DCX_VALUE_EMPTY : DCX_VALUE_TEXT, text, length};
}

dcx_value borrow(DcmElement *element) {
    if (element->isaString()) {
        return borrow_text(element);
    }
    switch (element->getVR()) {
        case EVR_SQ: return {DCX_VALUE_SEQUENCE, nullptr, 0};
        case EVR_US: case EVR_xs: case EVR_AT: case EVR_OW: case EVR_ox: case EVR_px: case EVR_lt:
            return borrow(element, &DcmElement::getUint16Array, DCX_VALUE_UINT16);
        case EVR_SS: return borrow(element, &DcmElement::getSint16Array, DCX_VALUE_INT16);
        case EVR_UL: case EVR_up: case EVR_OL: return borrow(element, &DcmElement::getUint32Array, DCX_VALUE_UINT32);
        case EVR_SL: return borrow(element, &DcmElement::getSint32Array, DCX_VALUE_INT32);
        case EVR_FL: case EVR_OF: return borrow(element, &DcmElement::getFloat32Array, DCX_VALUE_FLOAT32);
        case EVR_FD: case EVR_OD: return borrow(element, &DcmElement::getFloat64Array, DCX_VALUE_FLOAT64);
        default: return borrow(element, &DcmElement::getUint8Array, DCX_VALUE_BYTES);
    }
}

// Building

template <typename Number>
std::vector<Number> narrowed(const int64_t *values, size_t count) {
    std::vector<Number> numbers(count);
    for (size_t index = 0; index < count; ++index) {
        require(
            values[index] >= std::numeric_limits<Number>::min() && values[index] <= std::numeric_limits<Number>::max(),
            DCX_BAD_VALUE, "the number is out of the range of the attribute's value representation");
        numbers[index] = static_cast<Number>(values[index]);
    }
    return numbers;
}

/// A decimal string of at most 16 characters (PS3.5 §6.2): the shortest exact one, or the closest.
std::string decimal_string(double value) {
    constexpr std::ptrdiff_t maximum_length = 16;
    require(std::isfinite(value), DCX_BAD_VALUE, "a decimal string must be a finite number");
    char text[32];
    auto end = std::to_chars(text, text + sizeof text, value).ptr;
    for (int precision = 16; end - text > maximum_length; --precision) {
        end = std::to_chars(text, text + sizeof text, value, std::chars_format::general, precision).ptr;
    }
    return std::string(text, end);
}

template <typename Number, typename Format>
void put_joined(DcmElement &element, const Number *values, size_t count, Format format) {
    std::string text;
    for (size_t index = 0; index < count; ++index) {
        text += index == 0 ? "" : "\\";
        text += format(values[index]);
    }
    check(element.putString(text.data(), static_cast<Uint32>(text.size())), DCX_BAD_VALUE);
}

/// "US or SS" of the dictionary is decided by the values; "US or OW", of lookup tables, is US.
DcmTag described_for(dcx_tag tag, const int64_t *values, size_t count) {
    DcmTag attribute = described(tag);
    if (attribute.getEVR() == EVR_xs) {
        const bool is_signed = std::any_of(values, values + count, [](int64_t value) { return value < 0; });
        attribute.setVR(DcmVR(is_signed ? EVR_SS : EVR_US));
    } else if (attribute.getEVR() == EVR_lt) {
        attribute.setVR(DcmVR(EVR_US));
    }
    return attribute;
}

void put_integers(DcmElement &element, const int64_t *values, size_t count) {
    const auto n = static_cast<unsigned long>(count);
    switch (element.getTag().getEVR()) {
        // US or SS by Pixel Representation: what is set here is unsigned.
        case EVR_xs:
        case EVR_US: check(element.putUint16Array(narrowed<Uint16>(values, count).data(), n), DCX_BAD_VALUE); break;
        case EVR_SS: check(element.putSint16Array(narrowed<Sint16>(values, count).data(), n), DCX_BAD_VALUE); break;
        case EVR_UL: check(element.putUint32Array(narrowed<Uint32>(values, count).data(), n), DCX_BAD_VALUE); break;
        case EVR_SL: check(element.putSint32Array(narrowed<Sint32>(values, count).data(), n), DCX_BAD_VALUE); break;
        case EVR_IS:
            narrowed<Sint32>(values, count);
            put_joined(element, values, count, [](int64_t value) { return std::to_string(value); });
            break;
        case EVR_DS:
            put_joined(element, values, count, [](int64_t value) {
                return decimal_string(static_cast<double>(value));
            });
            break;
        default: throw dcx::Failure{DCX_BAD_VALUE, "the attribute does not hold whole numbers"};
    }
}

void put_reals(DcmElement &element, const double *values, size_t count) {
    const auto n = static_cast<unsigned long>(count);
    switch (element.getTag().getEVR()) {
        case EVR_FD: check(element.putFloat64Array(values, n), DCX_BAD_VALUE); break;
        case EVR_FL: {
            std::vector<Float32> numbers(values, values + count);
            check(element.putFloat32Array(numbers.data(), n), DCX_BAD_VALUE);
            break;
        }
        case EVR_DS: put_joined(element, values, count, decimal_string); break;
        default: throw dcx::Failure{DCX_BAD_VALUE, "the attribute does not hold real numbers"};
    }
}

/// Takes trailing NULs off text: some equipment pads with them where PS3.5 §6.2 wants spaces.
void trim_padding(DcmElement &element) {
    char *text = nullptr;
    Uint32 length = 0;
    if (dynamic_cast<DcmByteString *>(&element) == nullptr || element.getVR() == EVR_UI) {
        return;
    }
    check(element.getString(text, length), DCX_BAD_VALUE);
    const std::string value(text == nullptr ? "" : text, text == nullptr ? 0 : length);
    const size_t end = value.find_last_not_of('\0') + 1;
    if (end < value.size()) {
        check(element.putString(value.data(), static_cast<Uint32>(end)), DCX_BAD_VALUE);
    }
}

/// The sequence under `tag`, made if it is absent.
DcmSequenceOfItems *sequence(dcx_dataset *dataset, dcx_tag tag) {
    if (auto *present = find_sequence(dataset, tag)) {
        return present;
    }
    auto element = make_element(tag);
    auto *made = dynamic_cast<DcmSequenceOfItems *>(element.get());
    require(made != nullptr, DCX_BAD_VALUE, "the attribute is not a sequence");
    insert(dataset, std::move(element));
    return made;
}

}  // namespace

dcx_dataset *dcx_dataset_create(void) noexcept {
    return guarded_value<dcx_dataset *>(nullptr, [] { return dcx::handle(new DcmDataset); });
}

void dcx_dataset_destroy(dcx_dataset *root) noexcept {
    delete dcx::dataset(root);
}

dcx_status dcx_dataset_value(dcx_dataset *dataset, dcx_tag tag, dcx_value *value, dcx_error *error) noexcept {
    return guarded(error, [&] {
        DcmElement *element = find(dataset, tag);
        if (element == nullptr) {
            *value = {DCX_VALUE_ABSENT, nullptr, 0};
        } else if (element->getLengthField() == 0) {
            *value = {DCX_VALUE_EMPTY, nullptr, 0};
        } else {
            *value = borrow(element);
        }
    });
}

bool dcx_dataset_contains(dcx_dataset *dataset, dcx_tag tag) noexcept {
    return guarded_value(false, [&] { return find(dataset, tag) != nullptr; });
}

uint32_t dcx_dataset_item_count(dcx_dataset *dataset, dcx_tag tag) noexcept {
    return guarded_value<uint32_t>(0, [&]() -> uint32_t {
        auto *found = find_sequence(dataset, tag);
        return found == nullptr ? 0 : static_cast<uint32_t>(found->card());
    });
}

uint32_t dcx_dataset_items(dcx_dataset *dataset, dcx_tag tag, dcx_dataset **items, uint32_t count) noexcept {
    return guarded_value<uint32_t>(0, [&] {
        uint32_t written = 0;
        DcmObject *object = nullptr;
        auto *found = find_sequence(dataset, tag);
        while (found != nullptr && written < count && (object = found->nextInContainer(object)) != nullptr) {
            items[written++] = dcx::handle(static_cast<DcmItem *>(object));
        }
        return written;
    });
}

dcx_status dcx_dataset_set_text(
    dcx_dataset *dataset, dcx_tag tag, const char *text, size_t byte_count, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto element = make_element(tag);
        require(element->isaString(), DCX_BAD_VALUE, "the attribute does not hold text");
        check(element->putString(text, static_cast<Uint32>(byte_count)), DCX_BAD_VALUE);
        insert(dataset, std::move(element));
    });
}

dcx_status dcx_dataset_set_integers(
    dcx_dataset *dataset, dcx_tag tag, const int64_t *values, size_t count, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto element = make_element(described_for(tag, values, count));
        put_integers(*element, values, count);
        insert(dataset, std::move(element));
    });
}

dcx_status dcx_dataset_set_reals(
    dcx_dataset *dataset, dcx_tag tag, const double *values, size_t count, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto element = make_element(tag);
        put_reals(*element, values, count);
        insert(dataset, std::move(element));
    });
}

dcx_status dcx_dataset_set_tag(dcx_dataset *dataset, dcx_tag tag, dcx_tag value, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto element = make_element(tag);
        check(element->putTagVal(key(value)), DCX_BAD_VALUE);
        insert(dataset, std::move(element));
    });
}

dcx_status dcx_dataset_set_empty(dcx_dataset *dataset, dcx_tag tag, dcx_error *error) noexcept {
    return guarded(error, [&] { insert(dataset, make_element(tag)); });
}

dcx_status dcx_dataset_append_item(
    dcx_dataset *dataset, dcx_tag tag, dcx_dataset **appended, dcx_error *error) noexcept {
    return guarded(error, [&] {
        auto made = std::make_unique<DcmItem>();
        check(sequence(dataset, tag)->append(made.get()), DCX_INTERNAL);
        *appended = dcx::handle(made.release());
    });
}

dcx_status dcx_dataset_copy(dcx_dataset *dataset, dcx_tag tag, dcx_dataset *source, dcx_error *error) noexcept {
    return guarded(error, [&] {
        DcmElement *original = find(source, tag);
        require(original != nullptr, DCX_NO_ELEMENT, "the attribute is absent");
        std::unique_ptr<DcmElement> copy(static_cast<DcmElement *>(original->clone()));
        trim_padding(*copy);
        insert(dataset, std::move(copy));
    });
}

dcx_status dcx_dataset_set_pixel_data(
    dcx_dataset *root, uint32_t byte_count, uint16_t bits_allocated, uint8_t **bytes, dcx_error *error) noexcept {
    return guarded(error, [&] {
        const bool words = bits_allocated > 8;
        require(byte_count % 2 == 0, DCX_BAD_VALUE, "pixel data must have an even length");
        auto element = std::make_unique<DcmPixelData>(DcmTag(DCM_PixelData, words ? EVR_OW : EVR_OB));
        if (words) {
            Uint16 *samples = nullptr;
            check(element->createUint16Array(byte_count / 2, samples), DCX_OUT_OF_MEMORY);
            *bytes = reinterpret_cast<uint8_t *>(samples);
        } else {
            check(element->createUint8Array(byte_count, *bytes), DCX_OUT_OF_MEMORY);
        }
        insert(root, std::move(element));
    });
}
