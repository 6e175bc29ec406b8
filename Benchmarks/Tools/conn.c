#include "conn.h"
#include "tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { a_read = 256 * 1024 };

// What most reads bring is whole and needs no memory of its own; only a connection with an unfinished frame keeps one.
static uint8_t shared[a_read];

uint8_t *bytes_reserve(bytes *b, size_t length) {
    if (b->length + length > b->capacity) {
        b->capacity = (b->length + length) * 2;
        b->data = realloc(b->data, b->capacity);
        if (!b->data) {
            perror("realloc");
            exit(1);
        }
    }
    return b->data + b->length;
}

void bytes_append(bytes *b, const void *data, size_t length) {
    if (length == 0) return;
    memcpy(bytes_reserve(b, length), data, length);
    b->length += length;
}

static void watch(conn *c, int epoll, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (c->wants_write ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, operation, c->fd, &event);
}

bool conn_open(conn *c, int epoll, int port, unsigned source, bool secure) {
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0) {
        perror("socket");
        exit(1);
    }
    c->generation++;
    c->wants_write = false;
    int on = 1;
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (source > 0) {
        // The port is picked by connect, which knows the whole four-tuple, not by bind, which would reserve it alone.
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        struct sockaddr_in from = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + source)};
        bind(c->fd, (struct sockaddr *)&from, sizeof from);
    }
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(c->fd, (struct sockaddr *)&to, sizeof to) != 0 && errno != EINPROGRESS) {
        close(c->fd);
        c->fd = -1;
        return false;
    }
    if (secure) c->tls = tls_open(c->fd);
    watch(c, epoll, EPOLL_CTL_ADD);
    return true;
}

void conn_close(conn *c, int epoll) {
    if (c->fd < 0) return;
    epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
    if (c->tls) tls_close(c->tls);
    c->tls = NULL;
    close(c->fd);
    c->fd = -1;
    c->generation++;
    c->in.length = c->out.length = c->out_sent = 0;
}

// Both: the bytes that were moved, 0 if none can be now, -1 if the peer is gone.
static ssize_t take(conn *c, uint8_t *to, size_t room) {
    if (c->tls) return tls_read(c->tls, to, room);
    ssize_t got = recv(c->fd, to, room, 0);
    // The system forgets it with the next answer.
    int on = 1;
    if (got > 0 && c->quickack) setsockopt(c->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
    if (got > 0) return got;
    return got < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
}

static ssize_t give(conn *c, const uint8_t *from, size_t length) {
    if (c->tls) return tls_write(c->tls, from, length);
    ssize_t sent = send(c->fd, from, length, MSG_NOSIGNAL);
    if (sent >= 0) return sent;
    return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

void conn_flush(conn *c, int epoll) {
    if (c->fd < 0) return;
    bool blocked = false;
    while (c->out_sent < c->out.length && !blocked) {
        ssize_t sent = give(c, c->out.data + c->out_sent, c->out.length - c->out_sent);
        if (sent > 0) c->out_sent += (size_t)sent;
        else if (sent == 0) blocked = true;
        else c->out_sent = c->out.length;
    }
    if (!blocked) c->out.length = c->out_sent = 0;
    // A handshake of TLS that waits for the peer's bytes waits for nothing else.
    bool for_room = blocked && !(c->tls && tls_wants_read(c->tls));
    if (for_room != c->wants_write) {
        c->wants_write = for_room;
        watch(c, epoll, EPOLL_CTL_MOD);
    }
}

ssize_t conn_read(conn *c, uint8_t **data) {
    size_t kept = c->in.length;
    *data = kept > 0 ? bytes_reserve(&c->in, a_read) - kept : shared;
    ssize_t got = take(c, *data + kept, a_read);
    return got > 0 ? (ssize_t)kept + got : got;
}

bool conn_has_more(const conn *c) { return c->tls && tls_has_more(c->tls); }

void conn_keep(conn *c, const uint8_t *data, size_t count, size_t taken) {
    size_t left = count - taken;
    if (data == shared) {
        bytes_append(&c->in, data + taken, left);
        return;
    }
    if (taken > 0) memmove(c->in.data, data + taken, left);
    c->in.length = left;
}
