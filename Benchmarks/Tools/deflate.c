#include "deflate.h"

#include <stdlib.h>
#include <zlib.h>

enum { window = -15, level = 6, memory = 8, longest_tail = 64 };

// What every compressed message ends with, and none carries (RFC 7692 §7.2.1).
static uint8_t tail[] = {0, 0, 0xff, 0xff};

void deflate_message(bytes *out, const uint8_t *message, size_t length) {
    z_stream stream = {0};
    if (deflateInit2(&stream, level, Z_DEFLATED, window, memory, Z_DEFAULT_STRATEGY) != Z_OK) abort();
    size_t room = deflateBound(&stream, length) + longest_tail;
    stream.next_in = (uint8_t *)message;
    stream.avail_in = (unsigned)length;
    stream.next_out = bytes_reserve(out, room);
    stream.avail_out = (unsigned)room;
    if (deflate(&stream, Z_SYNC_FLUSH) != Z_OK || stream.avail_in > 0) abort();
    out->length += room - stream.avail_out - sizeof tail;
    deflateEnd(&stream);
}

struct inflater {
    z_stream stream;
};

struct inflater *inflater_make(void) {
    struct inflater *i = calloc(1, sizeof *i);
    if (!i || inflateInit2(&i->stream, window) != Z_OK) abort();
    return i;
}

void inflater_free(struct inflater *i) {
    if (!i) return;
    inflateEnd(&i->stream);
    free(i);
}

static bool feed(z_stream *stream, bytes *out, const uint8_t *data, size_t length) {
    stream->next_in = (uint8_t *)data;
    stream->avail_in = (unsigned)length;
    do {
        size_t room = length * 4 + 1024;
        stream->next_out = bytes_reserve(out, room);
        stream->avail_out = (unsigned)room;
        int result = inflate(stream, Z_SYNC_FLUSH);
        out->length += room - stream->avail_out;
        if (result == Z_BUF_ERROR) break; // nothing left to do
        if (result != Z_OK) return false;
    } while (stream->avail_in > 0 || stream->avail_out == 0);
    return stream->avail_in == 0;
}

bool inflate_message(struct inflater *i, bytes *out, const uint8_t *payload, size_t length) {
    return feed(&i->stream, out, payload, length) && feed(&i->stream, out, tail, sizeof tail);
}
