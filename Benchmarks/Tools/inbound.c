// From what a connection has read to whole frames and responses.
#include "deflate.h"
#include "run.h"
#include "wire.h"

#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

static void inflated(client *c, const frame *f) {
    static bytes message;
    message.length = 0;
    if (!c->inflater || !inflate_message(c->inflater, &message, f->payload, f->length)) {
        client_lose(c, "the server compressed what nobody can read", NULL, 0);
        return;
    }
    run.compressed++;
    client_message(c, f->opcode == opcode_binary, message.data, message.length);
}

static void frame_received(client *c, const frame *f) {
    switch (f->opcode) {
    case opcode_close:
        client_lose(c, "the server closed the WebSocket", f->payload + 2, f->length > 2 ? f->length - 2 : 0);
        break;
    case opcode_ping: {
        uint8_t framed[125 + frame_header_limit];
        size_t length = f->length < 125 ? f->length : 125;
        bytes_append(&c->main.out, framed, frame_write(framed, opcode_pong, f->payload, length));
        break;
    }
    case opcode_text:
    case opcode_binary:
        if (f->compressed) inflated(c, f);
        else client_message(c, f->opcode == opcode_binary, f->payload, f->length);
        break;
    default:
        break;
    }
}

static void upgrade_answered(client *c, const response *r, const uint8_t *head) {
    if (r->status != 101 || !memmem(head, r->total, HANDSHAKE_ACCEPT, sizeof HANDSHAKE_ACCEPT - 1)) {
        client_lose(c, "the server did not upgrade", head, r->total);
        return;
    }
    if (run.options.deflate) {
        static const char agreed[] = "permessage-deflate";
        if (!memmem(head, r->total, agreed, sizeof agreed - 1)) {
            client_lose(c, "the server does not compress", head, r->total);
            return;
        }
        c->inflater = inflater_make();
    }
    client_upgraded(c);
}

static void poll_answered(client *c, conn *from, const response *r) {
    if (r->status != 200) {
        client_lose(c, "the server refused a poll", r->body, r->length);
        return;
    }
    if (run.measuring) run.requests++;
    if (from == &c->post) {
        c->posting = false;
        return;
    }
    if (c->phase == phase_handshake) c->phase = phase_open;
    unsigned generation = from->generation;
    for (size_t at = 0; at < r->length && from->generation == generation;) {
        const uint8_t *packet = r->body + at, *end = memchr(packet, 0x1e, r->length - at);
        size_t length = end ? (size_t)(end - packet) : r->length - at;
        client_packet(c, packet, length);
        at += length + 1;
    }
    if (from->generation == generation) client_poll(c);
}

// Takes one frame or response off the front; the bytes it took, or 0 if there is no whole one.
static size_t take_one(client *c, conn *from, const uint8_t *data, size_t length) {
    parse_result result;
    size_t total = 0;
    if (run.options.mode->polling || c->phase == phase_handshake) {
        response r;
        result = response_parse(data, length, &r);
        if (result == parse_complete) {
            total = r.total;
            if (run.options.mode->polling) poll_answered(c, from, &r);
            else upgrade_answered(c, &r, data);
        }
    } else {
        frame f;
        result = frame_parse(data, length, &f);
        if (result == parse_complete) {
            total = f.total;
            frame_received(c, &f);
        }
    }
    if (result == parse_invalid)
        client_lose(c, "the server sent what no server should", data, length < 80 ? length : 80);
    return total;
}

static void conn_readable(conn *from) {
    client *c = from->client;
    unsigned generation = from->generation;
    do {
        uint8_t *data;
        ssize_t count = conn_read(from, &data);
        if (count < 0) {
            client_lose(c, "the server closed the connection", NULL, 0);
            return;
        }
        if (count == 0) break; // a handshake of TLS perhaps, behind which something waits to be sent
        run.now = now_ns();
        size_t at = 0;
        while (at < (size_t)count) {
            size_t taken = take_one(c, from, data + at, (size_t)count - at);
            if (from->generation != generation) return; // closed, or opened anew: the rest belongs to nobody
            if (taken == 0) break;
            at += taken;
        }
        conn_keep(from, data, (size_t)count, at);
    } while (conn_has_more(from));
    client_flush(c);
}

void conn_ready(conn *c, uint32_t events) {
    if (c->fd < 0) return; // closed by an earlier event of the same turn
    if (events & EPOLLOUT) conn_flush(c, run.epoll);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) conn_readable(c);
}
