// What a JSON string holds as it is: all bytes but those below 0x20, quotation marks and backslashes. Sixteen are looked at
// at once, or four times as many, and copied on the way: an instruction's width that each processor has.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// Bytes that are looked at together.
typedef uint8_t sio_chunk __attribute__((vector_size(16)));
typedef uint64_t sio_halves __attribute__((vector_size(16)));

static inline sio_chunk sio_all(uint8_t byte) { return (sio_chunk){0} + byte; }

static inline sio_chunk sio_load(const uint8_t *from) {
    sio_chunk bytes;
    memcpy(&bytes, from, sizeof bytes);
    return bytes;
}

static inline void sio_store(uint8_t *to, sio_chunk bytes) { memcpy(to, &bytes, sizeof bytes); }

/// The number of bytes in front of the first that is not plain; 16 if all are.
static inline size_t sio_plain_count(sio_chunk bytes) {
    sio_chunk found =
        (sio_chunk)(bytes == sio_all('"')) | (sio_chunk)(bytes == sio_all('\\')) | (sio_chunk)(bytes < sio_all(' '));
#if defined(__SSE2__)
    unsigned marks = (unsigned)_mm_movemask_epi8((__m128i)found);
    return marks ? (size_t)__builtin_ctz(marks) : 16;
#else
    sio_halves halves = (sio_halves)found;
    if (halves[0]) return (size_t)__builtin_ctzll(halves[0]) / 8;
    if (halves[1]) return (size_t)__builtin_ctzll(halves[1]) / 8 + 8;
    return 16;
#endif
}

/// Copies sixty-four bytes, and says whether all are plain; sets in `seen` what is set in any of them.
static inline bool sio_copy_plain_block(uint8_t *to, const uint8_t *from, sio_chunk *seen) {
    // Exclusive or with 2 changes places so that quotation marks stand behind the control characters, alone.
    sio_chunk lowest = sio_all(0xFF), slashes = sio_all(0xFF);
    for (size_t at = 0; at < 64; at += sizeof(sio_chunk)) {
        sio_chunk bytes = sio_load(from + at);
        sio_store(to + at, bytes);
        *seen |= bytes;
        lowest = __builtin_elementwise_min(lowest, bytes ^ sio_all(2));
        slashes = __builtin_elementwise_min(slashes, bytes ^ sio_all('\\'));
    }
    sio_halves found = (sio_halves)((sio_chunk)(lowest <= sio_all(0x20)) | (sio_chunk)(slashes == sio_all(0)));
    return (found[0] | found[1]) == 0;
}

/// Copies what stands in front of the first byte that is not plain, and says how much that is. Of what `to` has behind that
/// anything may be written, up to `count` bytes in all.
static inline size_t sio_copy_plain(uint8_t *to, const uint8_t *from, size_t count) {
    if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__) {
        size_t at = 0;
        for (; at < count && from[at] >= ' ' && from[at] != '"' && from[at] != '\\'; at++) to[at] = from[at];
        return at;
    }
    if (count >= sizeof(sio_chunk)) {
        size_t at = 0, last = count - sizeof(sio_chunk);
        sio_chunk seen = sio_all(0);
        while (count - at >= 64 && sio_copy_plain_block(to + at, from + at, &seen)) at += 64;
        for (; at < last; at += sizeof(sio_chunk)) {
            sio_chunk bytes = sio_load(from + at);
            sio_store(to + at, bytes);
            size_t plain = sio_plain_count(bytes);
            if (plain < sizeof bytes) return at + plain;
        }
        // Some of the last ones were looked at before: they are plain.
        sio_chunk bytes = sio_load(from + last);
        sio_store(to + last, bytes);
        return last + sio_plain_count(bytes);
    }
    // Fewer are loaded from both ends. The zeros behind them are not plain.
    sio_halves halves = {0, 0};
    if (count >= 8) {
        uint64_t first, rest;
        memcpy(&first, from, 8);
        memcpy(&rest, from + count - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + count - 8, &rest, 8);
        halves[0] = first;
        halves[1] = rest >> (8 * (15 - count)) >> 8;
    } else if (count >= 4) {
        uint32_t first, rest;
        memcpy(&first, from, 4);
        memcpy(&rest, from + count - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + count - 4, &rest, 4);
        halves[0] = first | (uint64_t)rest << (8 * (count - 4));
    } else if (count > 0) {
        uint8_t first = from[0], middle = from[count / 2], last = from[count - 1];
        to[0] = first;
        to[count / 2] = middle;
        to[count - 1] = last;
        halves[0] = first | (uint64_t)middle << (8 * (count / 2)) | (uint64_t)last << (8 * (count - 1));
    }
    return sio_plain_count((sio_chunk)halves);
}
