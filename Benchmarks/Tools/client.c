// A client's life: upgrade or poll, Engine.IO's open, Socket.IO's CONNECT, a room perhaps, then messages until the end.
#include "deflate.h"
#include "pack.h"
#include "run.h"
#include "wire.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    // One address has 28,000 ephemeral ports; a closed one rests in TIME_WAIT for a second even on loopback.
    connections_per_source = 20000,
    sources = 100,
};
// As long as the answer to a CONNECT.
static const char greeting[] = "40{\"sid\":\"abcdefghijklmnopqrst\"}";
static const char joined_probe[] = "42[\"echo\",\"joined\"]";

// A connection's request heads are short and bounded by the path, which the options bound.
static void send_head(conn *c, const char *format, ...) {
    char head[1024];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(head, sizeof head, format, arguments);
    va_end(arguments);
    bytes_append(&c->out, head, (size_t)length);
}

void client_poll(client *c) {
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
    char path[640];
    const char *number = strstr(run.options.path, "%r");
    if (number) {
        snprintf(path, sizeof path, "%.*s%u%s", (int)(number - run.options.path), run.options.path,
                 c->index / run.options.room_size, number + 2);
    } else {
        snprintf(path, sizeof path, "%s", run.options.path);
    }
    send_head(&c->main,
              "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Key: " HANDSHAKE_KEY "\r\nSec-WebSocket-Version: 13\r\n%s\r\n",
              path, run.options.port,
              run.options.deflate ? "Sec-WebSocket-Extensions: permessage-deflate\r\n" : "");
}

static unsigned source_of(const client *c) {
    static unsigned openings;
    if (run.options.mode->work == work_connect) return 1 + openings++ / 64 % sources;
    return run.options.connections > connections_per_source ? 1 + c->index / connections_per_source : 0;
}

void client_open(client *c) {
    const options *o = &run.options;
    bool polling = o->mode->polling;
    unsigned source = source_of(c);
    c->main.client = c->post.client = c;
    c->phase = phase_handshake;
    c->main.quickack = o->quickack;
    c->opened_at = now_ns();
    c->sid[0] = 0;
    if (o->mode->work == work_connect) run.begun++;
    if (!conn_open(&c->main, run.epoll, o->port, source, o->tls)
        || (polling && !conn_open(&c->post, run.epoll, o->port, source, o->tls))) {
        client_lose(c, "connection refused", NULL, 0);
        return;
    }
    if (polling) client_poll(c);
    else send_upgrade(c);
    conn_flush(&c->main, run.epoll);
}

static void client_close(client *c) {
    conn_close(&c->main, run.epoll);
    conn_close(&c->post, run.epoll);
    inflater_free(c->inflater);
    c->inflater = NULL;
}

void client_lose(client *c, const char *reason, const uint8_t *detail, size_t length) {
    static bool printed;
    if (c->phase == phase_lost) return;
    if (!printed) {
        printed = true;
        fprintf(stderr, "load: client %u: %s", c->index, reason);
        if (length > 0) fprintf(stderr, ": %.*s", (int)(length < 300 ? length : 300), (const char *)detail);
        fprintf(stderr, "\n");
    }
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

void client_upgraded(client *c) {
    c->phase = phase_open;
    if (run.options.mode->greets) client_send(c, greeting);
    else if (run.options.mode->raw) client_is_ready(c);
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

static void connect_namespace(client *c) {
    if (!run.options.mode->packs) {
        client_send(c, "40");
        return;
    }
    bytes packet = {0};
    uint8_t framed[256];
    pack_connect(&packet);
    bytes_append(&c->main.out, framed, frame_write(framed, opcode_binary, packet.data, packet.length));
    free(packet.data);
}

static void packed_packet(client *c, const uint8_t *packet, size_t length) {
    if (c->phase != phase_namespace) traffic_received(c, true, packet, length);
    else if (pack_is_connect(packet, length)) client_is_ready(c);
    else client_lose(c, "refused", packet, length);
}

static void socketio_packet(client *c, const uint8_t *packet, size_t length) {
    char type = length > 1 ? (char)packet[1] : 0;
    if (type == '1' || type == '4') {
        client_lose(c, "refused or disconnected", packet, length);
    } else if (c->phase == phase_namespace && type == '0') {
        if (run.options.mode->joins) join_room(c);
        else client_is_ready(c);
    } else if (c->phase == phase_joining && length == sizeof joined_probe - 1 && !memcmp(packet, joined_probe, length)) {
        client_is_ready(c);
    } else {
        traffic_received(c, false, packet, length);
    }
}

static void engine_open(client *c, const uint8_t *packet, size_t length) {
    const uint8_t *sid = memmem(packet, length, "\"sid\":\"", 7);
    const uint8_t *end = sid ? memchr(sid + 7, '"', length - (size_t)(sid + 7 - packet)) : NULL;
    if (!end || (size_t)(end - sid - 7) >= sizeof c->sid) {
        client_lose(c, "an open packet without a session id", packet, length);
        return;
    }
    memcpy(c->sid, sid + 7, (size_t)(end - sid - 7));
    c->sid[end - sid - 7] = 0;
    c->phase = phase_namespace;
    connect_namespace(c);
}

static void pinged(client *c) {
    client_send(c, "3");
    if (!run.measuring) return;
    run.pings++;
    if (run.options.mode->work == work_idle) c->counted++;
}

void client_packet(client *c, const uint8_t *packet, size_t length) {
    switch (length > 0 ? packet[0] : 0) {
    case '0':
        if (c->phase == phase_open) engine_open(c, packet, length);
        break;
    case '1':
        client_lose(c, "the server closed the session", NULL, 0);
        break;
    case '2':
        pinged(c);
        break;
    case '4':
        socketio_packet(c, packet, length);
        break;
    default: // '6' answers a GET that has nothing to tell.
        break;
    }
}

static void greeted(client *c, const uint8_t *message, size_t length) {
    if (length == sizeof greeting - 1 && !memcmp(message, greeting, length)) client_is_ready(c);
    else client_lose(c, "a message that is not the one sent", message, length);
}

void client_message(client *c, bool binary, const uint8_t *message, size_t length) {
    if (binary && run.options.mode->packs) packed_packet(c, message, length);
    else if (run.options.mode->greets && c->phase == phase_open) greeted(c, message, length);
    else if (binary || run.options.mode->raw) traffic_received(c, binary, message, length);
    else client_packet(c, message, length);
}
