#include "pack.h"

#include <stdlib.h>
#include <string.h>

// The formats used here (MessagePack, "Formats"): small maps, arrays, numbers and strings say their size themselves.
enum { fixmap = 0x80, fixarray = 0x90, fixstr = 0xa0, str8 = 0xd9, str16 = 0xda, str32 = 0xdb };
enum { type_connect = 0, type_event = 2 };

static void append_byte(bytes *out, unsigned byte) {
    uint8_t one = (uint8_t)byte;
    bytes_append(out, &one, 1);
}

static void append_text(bytes *out, const void *text, size_t length) {
    unsigned width = length < 32 ? 0 : length < 256 ? 1 : length < 65536 ? 2 : 4;
    if (width == 0) append_byte(out, fixstr | (unsigned)length);
    else append_byte(out, width == 1 ? str8 : width == 2 ? str16 : str32);
    for (unsigned i = width; i-- > 0;) append_byte(out, (unsigned)(length >> (8 * i)) & 255);
    bytes_append(out, text, length);
}

static void append_word(bytes *out, const char *word) { append_text(out, word, strlen(word)); }

static void begin(bytes *out, unsigned members, unsigned type) {
    append_byte(out, fixmap | members);
    append_word(out, "type");
    append_byte(out, type);
}

static void end(bytes *out) {
    append_word(out, "nsp");
    append_word(out, "/");
}

void pack_connect(bytes *out) {
    begin(out, 2, type_connect);
    end(out);
}

void pack_event(bytes *out, const char *event, const bytes *text) {
    begin(out, 3, type_event);
    append_word(out, "data");
    append_byte(out, fixarray | 2);
    append_word(out, event);
    append_text(out, text->data, text->length);
    end(out);
}

bool pack_is_connect(const uint8_t *message, size_t length) {
    bytes head = {0};
    begin(&head, 3, type_connect);
    bool is_one = length > head.length && memcmp(message, head.data, head.length) == 0;
    free(head.data);
    return is_one;
}
