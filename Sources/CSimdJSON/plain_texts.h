// A short way for what most events are: `["name","text"]`, an array of nothing but strings, without white space. simdjson's
// two stages find the places of all that a document may have; this one walks along the strings, and copies each as it goes.
#pragma once
#include "plain_bytes.h"
#include <cstdint>
#include <cstring>
#include <simdjson.h>

namespace plain_texts {

// The zeros that have to follow the text, in which a chunk may end.
const size_t padding = 64;
// Behind this many elements an array's length has to be counted.
const uint64_t max_elements = 0xFFFFFF;

const uint64_t high_bits = 0x8080808080808080;

// What a backslash and this character stand for; 0 where that takes longer to say.
inline uint8_t unescaped(uint8_t character) noexcept {
    switch (character) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
    }
}

// Writes the document's tape, word for word what simdjson would write. Returns false where that has to be asked:
// nothing is refused here. Says whether all strings are ASCII.
//
// The text is followed by zeros, and the document was allocated for its length. A string takes at least three bytes of the
// text and at most five more in the document, so that it has room.
inline bool write(simdjson::dom::document &document, const uint8_t *text, size_t count, bool *is_ascii) noexcept {
    if (text[0] != '[' || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__ || count > UINT32_MAX) return false;
    const uint8_t *next = text, *end = text + count;
    uint8_t *strings = document.string_buf.get();
    uint8_t *out = strings;
    uint64_t *tape = document.tape.get();
    uint64_t words = 2;
    sio_chunk seen = {};
    do {
        // Behind the bracket, or a comma.
        if (*++next != '"') return false;
        next++;
        tape[words++] = uint64_t('"') << 56 | uint64_t(out - strings);
        uint8_t *start = out + sizeof(uint32_t);
        out = start;
        for (;;) {
            sio_chunk bytes = sio_load(next);
            sio_store(out, bytes);
            seen |= bytes;
            // The zeros behind the text end the last string, too.
            size_t plain = sio_plain_count(bytes);
            if (plain == sizeof bytes) {
                next += sizeof bytes;
                out += sizeof bytes;
                for (; end - next >= 64 && sio_copy_plain_block(out, next, &seen); next += 64) out += 64;
                continue;
            }
            next += plain;
            out += plain;
            if (*next == '\\') {
                uint8_t character = unescaped(next[1]);
                if (!character) return false;
                *out++ = character;
                next += 2;
            } else {
                break;
            }
        }
        if (*next++ != '"') return false;
        uint32_t length = uint32_t(out - start);
        std::memcpy(start - sizeof length, &length, sizeof length);
        *out++ = 0;
    } while (*next == ',');
    uint64_t elements = words - 2;
    if (*next != ']' || next + 1 != end || elements >= max_elements) return false;
    sio_halves all = (sio_halves)seen;
    *is_ascii = ((all[0] | all[1]) & high_bits) == 0;
    if (!*is_ascii && !simdjson::validate_utf8(reinterpret_cast<const char *>(text), count)) return false;
    tape[0] = uint64_t('r') << 56 | (words + 2);
    tape[1] = uint64_t('[') << 56 | elements << 32 | (words + 1);
    tape[words] = uint64_t(']') << 56 | 1;
    tape[words + 1] = uint64_t('r') << 56;
    return true;
}

}  // namespace plain_texts
