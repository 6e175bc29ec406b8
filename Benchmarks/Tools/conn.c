#include "conn.h"

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

void bytes_append(bytes *b, const void *data, size_t length) {
    if (length == 0) return;
    if (b->length + length > b->capacity) {
        b->capacity = (b->length + length) * 2;
        b->data = realloc(b->data, b->capacity);
        if (!b->data) {
            perror("realloc");
            exit(1);
        }
    }
    memcpy(b->data + b->length, data, length);
    b->length += length;
}

static void watch(conn *c, int epoll, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (c->wants_write ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, operation, c->fd, &event);
}

bool conn_open(conn *c, int epoll, int port, unsigned source) {
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
    watch(c, epoll, EPOLL_CTL_ADD);
    return true;
}

void conn_close(conn *c, int epoll) {
    if (c->fd < 0) return;
    epoll_ctl(epoll, EPOLL_CTL_DEL, c->fd, NULL);
    close(c->fd);
    c->fd = -1;
    c->generation++;
    c->in.length = c->out.length = c->out_sent = 0;
}

void conn_flush(conn *c, int epoll) {
    if (c->fd < 0) return;
    bool blocked = false;
    while (c->out_sent < c->out.length && !blocked) {
        ssize_t sent = send(c->fd, c->out.data + c->out_sent, c->out.length - c->out_sent, MSG_NOSIGNAL);
        if (sent >= 0) c->out_sent += (size_t)sent;
        else if (errno == EAGAIN) blocked = true;
        else if (errno != EINTR) c->out_sent = c->out.length;
    }
    if (!blocked) c->out.length = c->out_sent = 0;
    if (blocked != c->wants_write) {
        c->wants_write = blocked;
        watch(c, epoll, EPOLL_CTL_MOD);
    }
}

ssize_t conn_read(conn *c, uint8_t *buffer, size_t capacity) {
    size_t kept = c->in.length;
    if (kept >= capacity) return -1;
    ssize_t got = recv(c->fd, buffer + kept, capacity - kept, 0);
    if (got < 0) return errno == EAGAIN || errno == EINTR ? 0 : -1;
    if (got == 0) return -1;
    if (kept > 0) memcpy(buffer, c->in.data, kept);
    c->in.length = 0;
    return (ssize_t)kept + got;
}

void conn_keep(conn *c, const uint8_t *data, size_t length) { bytes_append(&c->in, data, length); }
