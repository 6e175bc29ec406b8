// A short way for what most events are: `["name","text"]`, an array of nothing but strings that need no unescaping,
// without white space. simdjson's two stages are made for long documents; of such a short one they take four times as long.
#pragma once
#include <cstdint>
#include <cstring>
#include <simdjson.h>

namespace plain_texts {

// The longest document that is tried: in longer ones there is nothing to win.
const size_t max_count = 1024;

typedef uint8_t chunk __attribute__((vector_size(16)));
typedef uint64_t halves __attribute__((vector_size(16)));

const uint64_t high_bits = 0x8080808080808080;

// The number of bytes in front of the first that is not zero; 16 if none is.
inline size_t leading_zeros(halves found) noexcept {
    if (found[0]) return size_t(__builtin_ctzll(found[0])) / 8;
    if (found[1]) return size_t(__builtin_ctzll(found[1])) / 8 + 8;
    return 16;
}

// Writes the document's tape, word for word what simdjson would write. Returns false where that has to be asked:
// nothing is refused here.
//
// The text is followed by SIMDJSON_PADDING zeros, and the document was allocated for its length. A string takes at least
// three bytes of the text and at most five more in the document, so that it has room.
inline bool write(simdjson::dom::document &document, const uint8_t *text, size_t count) noexcept {
    if (count > max_count || text[0] != '[' || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) return false;
    const uint8_t *next = text;
    uint8_t *strings = document.string_buf.get();
    uint8_t *out = strings;
    uint64_t *tape = document.tape.get();
    uint64_t words = 2;
    chunk seen = {};
    do {
        // Behind the bracket, or a comma.
        if (*++next != '"') return false;
        next++;
        tape[words++] = uint64_t('"') << 56 | uint64_t(out - strings);
        uint8_t *start = out + sizeof(uint32_t);
        out = start;
        size_t plain;
        do {
            chunk bytes;
            std::memcpy(&bytes, next, sizeof bytes);
            std::memcpy(out, &bytes, sizeof bytes);
            seen |= bytes;
            // The zeros behind the text end the last string, too.
            plain = leading_zeros((halves)((bytes == uint8_t('"')) | (bytes == uint8_t('\\')) | (bytes < uint8_t(' '))));
            next += plain;
            out += plain;
        } while (plain == sizeof(chunk));
        if (*next++ != '"') return false;
        uint32_t length = uint32_t(out - start);
        std::memcpy(start - sizeof length, &length, sizeof length);
        *out++ = 0;
    } while (*next == ',');
    if (*next != ']' || next + 1 != text + count) return false;
    halves all = (halves)seen;
    if ((all[0] | all[1]) & high_bits) {
        if (!simdjson::validate_utf8(reinterpret_cast<const char *>(text), count)) return false;
    }
    uint64_t elements = words - 2;
    tape[0] = uint64_t('r') << 56 | (words + 2);
    tape[1] = uint64_t('[') << 56 | elements << 32 | (words + 1);
    tape[words] = uint64_t(']') << 56 | 1;
    tape[words + 1] = uint64_t('r') << 56;
    return true;
}

}  // namespace plain_texts
