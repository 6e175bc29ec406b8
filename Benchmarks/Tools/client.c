// A client's life: upgrade or poll, Engine.IO's open, Socket.IO's CONNECT, a room perhaps, then messages until the end.
#include "run.h"
#include "wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
    // Holds whatever one read brings, and bounds a frame or a response. Shared: what is incomplete moves to its connection.
    buffer_size = 1 << 20,
    // One address has 28,000 ephemeral ports; a closed one rests in TIME_WAIT for a second even on loopback.
    connections_per_source = 20000,
    sources = 100,
};
static uint8_t buffer[buffer_size];
static const char joined_probe[] = "42[\"echo\",\"joined\"]";

static void print_once(const client *c, const char *reason, const uint8_t *detail, size_t length) {
    static bool printed;
    if (printed) return;
    printed = true;
    fprintf(stderr, "load: client %u: %s", c->index, reason);
    if (length > 0) fprintf(stderr, ": %.*s", (int)(length < 300 ? length : 300), (const char *)detail);
    fprintf(stderr, "\n");
}

// A connection's request heads are short and bounded by the path, which the options bound.
static void send_head(conn *c, const char *format, ...) {
    char head[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(head, sizeof head, format, arguments);
    va_end(arguments);
    bytes_append(&c->out, head, (size_t)length);
}

static void send_get(client *c) {
    bool first = c->sid[0] == 0;
    send_head(&c->main, "GET %s%s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: */*\r\n\r\n", run.options.path,
              first ? "" : "&sid=", c->sid, run.options.port);
}

static void send_post_if_idle(client *c) {
    if (c->posting || c->outbox.length == 0) return;
    send_head(&c->post,
              "POST %s&sid=%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: text/plain;charset=UTF-8\r\n"
              "Content-Length: %zu\r\n\r\n",
              run.options.path, c->sid, run.options.port, c->outbox.length);
    bytes_append(&c->post.out, c->outbox.data, c->outbox.length);
    c->outbox.length = 0;
    c->posting = true;
}

static void send_upgrade(client *c) {
    send_head(&c->main,
              "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: " HANDSHAKE_KEY "\r\nSec-WebSocket-Version: 13\r\n\r\n",
              run.options.path, run.options.port);
}

static unsigned source_of(const client *c) {
    static unsigned openings;
    if (run.options.mode->work == work_connect) return 1 + openings++ / 64 % sources;
    return run.options.connections > connections_per_source ? 1 + c->index / connections_per_source : 0;
}

void client_open(client *c) {
    bool polling = run.options.mode->polling;
    unsigned source = source_of(c);
    c->main.client = c->post.client = c;
    c->phase = phase_handshake;
    c->opened_at = now_ns();
    if (run.options.mode->work == work_connect) run.begun++;
    if (!conn_open(&c->main, run.epoll, run.options.port, source)
        || (polling && !conn_open(&c->post, run.epoll, run.options.port, source))) {
        client_lose(c, "connection refused");
        return;
    }
    if (polling) send_get(c);
    else send_upgrade(c);
    conn_flush(&c->main, run.epoll);
}

static void client_close(client *c) {
    conn_close(&c->main, run.epoll);
    conn_close(&c->post, run.epoll);
}

void client_lose(client *c, const char *reason) {
    if (c->phase == phase_lost) return;
    print_once(c, reason, NULL, 0);
    bool was_ready = c->phase == phase_ready;
    client_close(c);
    c->phase = phase_lost;
    run.lost++;
    if (was_ready) run.ready--;
    if (c->group) traffic_member_lost(c);
}

static void client_is_ready(client *c) {
    run.connects++;
    if (run.options.mode->work == work_connect) {
        if (run.measuring) {
            run.messages++;
            histogram_add(&run.latency, run.now - c->opened_at);
        }
        run.completed++;
        client_close(c);
        if (!traffic_is_spent()) client_open(c);
        return;
    }
    c->phase = phase_ready;
    run.ready++;
}

void client_send(client *c, const char *text) {
    size_t length = strlen(text);
    if (run.options.mode->polling) {
        if (c->outbox.length > 0) bytes_append(&c->outbox, "\x1e", 1);
        bytes_append(&c->outbox, text, length);
    } else {
        uint8_t framed[256];
        bytes_append(&c->main.out, framed, frame_write(framed, opcode_text, text, length));
    }
}

void client_flush(client *c) {
    if (run.options.mode->polling) {
        send_post_if_idle(c);
        conn_flush(&c->post, run.epoll);
    }
    conn_flush(&c->main, run.epoll);
}

// Joining is not acknowledged, but a socket's events are handled in order: an echo behind it tells that it is done.
static void join_room(client *c) {
    char text[64];
    snprintf(text, sizeof text, "42[\"join\",\"%u\"]", c->index / run.options.room_size);
    client_send(c, text);
    client_send(c, joined_probe);
    c->phase = phase_joining;
}

static void socketio_packet(client *c, const uint8_t *packet, size_t length) {
    char type = length > 1 ? (char)packet[1] : 0;
    if (type == '1' || type == '4') {
        print_once(c, "refused or disconnected", packet, length);
        client_lose(c, "refused or disconnected");
    } else if (c->phase == phase_namespace && type == '0') {
        if (run.options.mode->joins) join_room(c);
        else client_is_ready(c);
    } else if (c->phase == phase_joining && length == sizeof joined_probe - 1 && !memcmp(packet, joined_probe, length)) {
        client_is_ready(c);
    } else {
        traffic_received(c, packet, length);
    }
}

static void engine_open(client *c, const uint8_t *packet, size_t length) {
    const uint8_t *sid = memmem(packet, length, "\"sid\":\"", 7);
    const uint8_t *end = sid ? memchr(sid + 7, '"', length - (size_t)(sid + 7 - packet)) : NULL;
    if (!end || (size_t)(end - sid - 7) >= sizeof c->sid) {
        client_lose(c, "an open packet without a session id");
        return;
    }
    memcpy(c->sid, sid + 7, (size_t)(end - sid - 7));
    c->sid[end - sid - 7] = 0;
    c->phase = phase_namespace;
    client_send(c, "40");
}

static void engine_packet(client *c, const uint8_t *packet, size_t length) {
    switch (length > 0 ? packet[0] : 0) {
    case '0':
        if (c->phase == phase_open) engine_open(c, packet, length);
        break;
    case '1':
        client_lose(c, "the server closed the session");
        break;
    case '2':
        client_send(c, "3");
        break;
    case '4':
        socketio_packet(c, packet, length);
        break;
    default: // '6' answers a GET that has nothing to tell.
        break;
    }
}

static void websocket_message(client *c, const frame *f) {
    switch (f->opcode) {
    case opcode_close:
        client_lose(c, "the server closed the WebSocket");
        break;
    case opcode_ping: {
        uint8_t framed[125 + frame_header_limit];
        size_t length = f->length < 125 ? f->length : 125;
        bytes_append(&c->main.out, framed, frame_write(framed, opcode_pong, f->payload, length));
        break;
    }
    case opcode_text:
    case opcode_binary:
        if (run.options.mode->raw) traffic_received(c, f->payload, f->length);
        else engine_packet(c, f->payload, f->length);
        break;
    default:
        break;
    }
}

static void upgraded(client *c, const response *r, const uint8_t *head) {
    if (r->status != 101 || !memmem(head, r->total, HANDSHAKE_ACCEPT, sizeof HANDSHAKE_ACCEPT - 1)) {
        print_once(c, "the server did not upgrade", head, r->total);
        client_lose(c, "the server did not upgrade");
        return;
    }
    c->phase = phase_open;
    if (run.options.mode->raw) client_is_ready(c);
}

static void polled(client *c, conn *from, const response *r) {
    if (r->status != 200) {
        print_once(c, "the server refused a poll", r->body, r->length);
        client_lose(c, "the server refused a poll");
        return;
    }
    if (from == &c->post) {
        c->posting = false;
        return;
    }
    if (c->phase == phase_handshake) c->phase = phase_open;
    unsigned generation = from->generation;
    for (size_t at = 0; at < r->length && from->generation == generation;) {
        const uint8_t *packet = r->body + at, *end = memchr(packet, 0x1e, r->length - at);
        size_t length = end ? (size_t)(end - packet) : r->length - at;
        engine_packet(c, packet, length);
        at += length + 1;
    }
    if (from->generation == generation) send_get(c);
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
            if (run.options.mode->polling) polled(c, from, &r);
            else upgraded(c, &r, data);
        }
    } else {
        frame f;
        result = frame_parse(data, length, &f);
        if (result == parse_complete) {
            total = f.total;
            websocket_message(c, &f);
        }
    }
    if (result == parse_invalid) {
        print_once(c, "the server sent what no server should", data, length < 80 ? length : 80);
        client_lose(c, "an invalid frame or response");
    }
    return total;
}

static void conn_readable(conn *from) {
    client *c = from->client;
    ssize_t count = conn_read(from, buffer, sizeof buffer);
    if (count == 0) return;
    if (count < 0) {
        client_lose(c, "the server closed the connection");
        return;
    }
    run.now = now_ns();
    unsigned generation = from->generation;
    size_t at = 0;
    while (at < (size_t)count) {
        size_t taken = take_one(c, from, buffer + at, (size_t)count - at);
        if (from->generation != generation) return; // closed, or opened anew: the rest belongs to nobody
        if (taken == 0) break;
        at += taken;
    }
    conn_keep(from, buffer + at, (size_t)count - at);
    client_flush(c);
}

void conn_ready(conn *c, uint32_t events) {
    if (c->fd < 0) return; // closed by an earlier event of the same turn
    if (events & EPOLLOUT) conn_flush(c, run.epoll);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) conn_readable(c);
}
