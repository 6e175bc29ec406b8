#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// One key for all frames: a server's work does not depend on it, and a frame can be built once and sent a million times.
static const uint8_t masking_key[4] = {0x12, 0x34, 0x56, 0x78};

size_t frame_write(uint8_t *out, unsigned opcode, const void *payload, size_t length) {
    size_t at = 0;
    out[at++] = (uint8_t)(0x80 | opcode);
    if (length < 126) {
        out[at++] = (uint8_t)(0x80 | length);
    } else {
        unsigned width = length < 65536 ? 2 : 8;
        out[at++] = (uint8_t)(0x80 | (width == 2 ? 126 : 127));
        for (unsigned i = width; i-- > 0;) out[at++] = (uint8_t)((uint64_t)length >> (8 * i));
    }
    memcpy(out + at, masking_key, sizeof masking_key);
    at += sizeof masking_key;
    const uint8_t *plain = payload;
    for (size_t i = 0; i < length; i++) out[at + i] = plain[i] ^ masking_key[i & 3];
    return at + length;
}

parse_result frame_parse(const uint8_t *bytes, size_t count, frame *out) {
    if (count < 2) return parse_incomplete;
    bool final = bytes[0] & 0x80, masked = bytes[1] & 0x80;
    if (!final || masked || (bytes[0] & 0x30) || (bytes[0] & 15) == 0) return parse_invalid;
    uint64_t length = bytes[1] & 127;
    size_t header = 2;
    if (length >= 126) {
        unsigned width = length == 126 ? 2 : 8;
        header += width;
        if (count < header) return parse_incomplete;
        length = 0;
        for (unsigned i = 0; i < width; i++) length = length << 8 | bytes[2 + i];
        if (length >> 32) return parse_invalid;
    }
    if (count - header < length) return parse_incomplete;
    *out = (frame){bytes[0] & 15u, bytes[0] & compressed_bit, bytes + header, (size_t)length, header + (size_t)length};
    return parse_complete;
}

// The value of Content-Length within the head, or -1.
static long long content_length(const char *head, const char *end) {
    static const char name[] = "\r\nContent-Length:";
    for (const char *line = head; line < end; line++) {
        line = memchr(line, '\r', (size_t)(end - line));
        if (!line || (size_t)(end - line) < sizeof name - 1) return -1;
        if (strncasecmp(line, name, sizeof name - 1) == 0) return atoll(line + sizeof name - 1);
    }
    return -1;
}

parse_result response_parse(const uint8_t *bytes, size_t count, response *out) {
    const char *head = (const char *)bytes;
    const char *end = memmem(bytes, count, "\r\n\r\n", 4);
    if (!end) return count > 16384 ? parse_invalid : parse_incomplete;
    int status;
    if (count < 12 || memcmp(head, "HTTP/1.", 7) != 0 || sscanf(head + 8, "%3d", &status) != 1) return parse_invalid;
    long long length = status == 101 || status == 204 ? 0 : content_length(head, end);
    if (length < 0) return parse_invalid;
    size_t start = (size_t)(end - head) + 4;
    if (count - start < (size_t)length) return parse_incomplete;
    *out = (response){status, bytes + start, (size_t)length, start + (size_t)length};
    return parse_complete;
}
