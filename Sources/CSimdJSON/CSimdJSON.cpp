#include "CSimdJSON.h"
#include "plain_texts.h"

#include <cstring>
#include <memory>
#include <new>
#include <simdjson.h>

namespace {

// What a document points to before there is one: a tape of no values.
const uint64_t empty_tape[1] = {1};
const uint8_t no_bytes[1] = {0};

// Grown by doubling, so that documents of slowly rising sizes do not allocate one by one.
size_t rounded(size_t count) noexcept {
    size_t capacity = 4096;
    while (capacity < count) capacity *= 2;
    return capacity;
}

const size_t padding = plain_texts::padding > simdjson::SIMDJSON_PADDING ? plain_texts::padding : simdjson::SIMDJSON_PADDING;

// A copy of a text with the readable bytes behind it that its readers want.
struct padded_copy {
    std::unique_ptr<uint8_t[]> bytes;
    size_t capacity = 0;

    bool assign(const uint8_t *text, size_t count) noexcept {
        if (!bytes || capacity < count) {
            size_t wanted = rounded(count);
            bytes.reset(new (std::nothrow) uint8_t[wanted + padding]);
            capacity = bytes ? wanted : 0;
            if (!bytes) return false;
        }
        if (count > 0) std::memcpy(bytes.get(), text, count);
        std::memset(bytes.get() + count, 0, padding);
        return true;
    }
};

sio_json_outcome outcome(simdjson::error_code error) noexcept {
    switch (error) {
    case simdjson::SUCCESS: return SIO_JSON_OK;
    case simdjson::DEPTH_ERROR: return SIO_JSON_TOO_DEEP;
    case simdjson::UTF8_ERROR: return SIO_JSON_INVALID_UTF8;
    case simdjson::CAPACITY:
    case simdjson::MEMALLOC: return SIO_JSON_NO_MEMORY;
    default: return SIO_JSON_INVALID;
    }
}

}  // namespace

struct sio_json {
    simdjson::dom::parser parser;
    padded_copy text;
    padded_copy substitute;
    size_t max_depth;
    size_t capacity = 0;

    bool grow(size_t count) noexcept {
        size_t wanted = rounded(count);
        capacity = 0;
        if (parser.allocate(wanted, max_depth) || parser.doc.allocate(wanted)) return false;
        capacity = wanted;
        return true;
    }

    sio_json_outcome parse(padded_copy &copy, const uint8_t *bytes, size_t count, sio_json_document *document) noexcept {
        *document = {empty_tape, no_bytes, no_bytes, false};
        if ((count > capacity || capacity == 0) && !grow(count)) return SIO_JSON_NO_MEMORY;
        if (!copy.assign(bytes, count)) return SIO_JSON_NO_MEMORY;
        document->text = text.bytes.get();
        // No part of JSON (RFC 8259 §8.1), though some versions of simdjson pass over it.
        if (count >= 3 && std::memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) return SIO_JSON_INVALID;
        auto error = simdjson::SUCCESS;
        if (max_depth < 2 || !plain_texts::write(parser.doc, copy.bytes.get(), count, &document->is_ascii)) {
            error = parser.parse(copy.bytes.get(), count, false).error();
        }
        if (error == simdjson::SUCCESS) {
            document->tape = parser.doc.tape.get();
            document->strings = parser.doc.string_buf.get();
        }
        return outcome(error);
    }
};

// The last parser that a thread gave back, unless it is large: whoever reads a value now and then, with a parser of its own
// each time, would spend more on making it than on reading.
static thread_local std::unique_ptr<sio_json> spare;
static const size_t spare_capacity = 64 * 1024;

sio_json *sio_json_create(size_t max_depth) {
    if (spare && spare->max_depth == max_depth) return spare.release();
    auto json = new (std::nothrow) sio_json;
    if (json) json->max_depth = max_depth;
    return json;
}

void sio_json_destroy(sio_json *json) {
    bool small = json->capacity <= spare_capacity && json->text.capacity <= spare_capacity
        && json->substitute.capacity <= spare_capacity;
    if (small && !spare) {
        spare.reset(json);
    } else {
        delete json;
    }
}

sio_json_outcome sio_json_parse(sio_json *json, const uint8_t *text, size_t count, sio_json_document *document) {
    return json->parse(json->text, text, count, document);
}

sio_json_outcome sio_json_parse_instead(sio_json *json, const uint8_t *text, size_t count, sio_json_document *document) {
    return json->parse(json->substitute, text, count, document);
}

size_t sio_json_capacity(const sio_json *json) { return json->capacity; }

void sio_json_release(sio_json *json) {
    json->parser = simdjson::dom::parser();
    json->text = padded_copy();
    json->substitute = padded_copy();
    json->capacity = 0;
}
