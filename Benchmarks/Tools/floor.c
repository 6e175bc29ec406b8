// The floor: what a WebSocket server may cost on this machine at least, for ratios. One thread, epoll, loopback.
// usage: floor PORT     any path echoes messages; what comes in at /chat goes out to every connection of /chat, and so at
//                       /room/N, for each N. There the first message is echoed, and takes its sender into the room, as a
//                       CONNECT takes a socket into a namespace. Who comes to /listen is in /chat without a word.
//
// It knows frames, and nothing above them: no handshake but the load's own, no limits, no pings, no Socket.IO. What it
// does do, it does as a server must: no byte is lost when a read ends within a frame, or a socket takes only half.
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { a_read = 512 * 1024, longest = 4 << 20, rooms = 100000, events_a_turn = 512, backlog = 4096, longest_header = 14 };

typedef struct {
    uint8_t *data;
    size_t length, capacity;
} bytes;

typedef struct {
    int fd;
    bool upgraded, dirty, blocked;
    struct conns *entering; // the room that the next message takes it into
    struct conns *room;     // NULL: what it sends is echoed
    size_t slot;            // where the room holds it
    bytes in;               // the front of a frame whose rest has not arrived
    bytes out;              // all that this turn has for it: one send
} conn;

typedef struct conns {
    conn **items;
    size_t count, capacity;
} conns;

static int epoll;
static conns members[rooms + 1];      // of each room, and of the chat behind them
static conns dirty;                  // those with something to send when the turn ends
static uint8_t buffer[a_read];       // every connection's reads
static uint8_t message[longest];     // the frame that a broadcast copies to everybody

static void *checked(void *memory) {
    if (!memory) abort();
    return memory;
}

static size_t add(conns *list, conn *c) {
    if (list->count == list->capacity) {
        list->capacity = list->capacity * 2 + 64;
        list->items = checked(realloc(list->items, list->capacity * sizeof *list->items));
    }
    list->items[list->count] = c;
    return list->count++;
}

static uint8_t *grow(bytes *b, size_t length) {
    if (b->length + length > b->capacity) {
        b->capacity = (b->length + length) * 2;
        b->data = checked(realloc(b->data, b->capacity));
    }
    uint8_t *room = b->data + b->length;
    b->length += length;
    return room;
}

// Room at the end of what the connection will be sent when the turn ends.
static uint8_t *outgoing(conn *c, size_t length) {
    if (!c->dirty) {
        c->dirty = true;
        add(&dirty, c);
    }
    return grow(&c->out, length);
}

static void watch(conn *c, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (c->blocked ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(epoll, operation, c->fd, &event);
}

static void flush(conn *c) {
    ssize_t sent = send(c->fd, c->out.data, c->out.length, MSG_NOSIGNAL);
    bool blocked = sent >= 0 ? (size_t)sent < c->out.length : errno == EAGAIN;
    if (blocked && sent > 0) memmove(c->out.data, c->out.data + sent, c->out.length - (size_t)sent);
    c->out.length = blocked ? c->out.length - (size_t)(sent > 0 ? sent : 0) : 0;
    if (blocked != c->blocked) {
        c->blocked = blocked;
        watch(c, EPOLL_CTL_MOD);
    }
}

static void close_conn(conn *c) {
    if (c->room) {
        conn *last = c->room->items[--c->room->count];
        c->room->items[c->slot] = last;
        last->slot = c->slot;
    }
    for (size_t i = 0; c->dirty && i < dirty.count; i++)
        if (dirty.items[i] == c) dirty.items[i] = dirty.items[--dirty.count];
    close(c->fd);
    free(c->in.data);
    free(c->out.data);
    free(c);
}

static void accept_all(int listener) {
    for (int fd; (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        conn *c = checked(calloc(1, sizeof *c));
        c->fd = fd;
        watch(c, EPOLL_CTL_ADD);
    }
}

static void enter(conn *c, conns *room) {
    c->room = room;
    c->slot = add(room, c);
}

// The load's key is always RFC 6455's example, so the answer is, too; its request always arrives in one piece.
static void upgrade(conn *c) {
    static const char answer[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                 "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    c->upgraded = true;
    long room = memcmp(buffer, "GET /room/", 10) == 0 ? atol((char *)buffer + 10) : rooms;
    if (room < 0 || room > rooms) abort();
    if (room < rooms || memcmp(buffer, "GET /chat", 9) == 0) c->entering = &members[room];
    if (memcmp(buffer, "GET /listen", 11) == 0) enter(c, &members[rooms]);
    send(c->fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
}

// Eight bytes at a time: at these sizes the compiler's vectors gain nothing over it.
static void unmask(uint8_t *to, const uint8_t *from, size_t length, const uint8_t key[4]) {
    uint64_t mask, word;
    memcpy(&mask, key, 4);
    memcpy((uint8_t *)&mask + 4, key, 4);
    size_t at = 0;
    for (; at + 8 <= length; at += 8) {
        memcpy(&word, from + at, 8);
        word ^= mask;
        memcpy(to + at, &word, 8);
    }
    for (; at < length; at++) to[at] = from[at] ^ key[at & 3];
}

static size_t write_header(uint8_t *out, size_t length) {
    size_t at = 0;
    out[at++] = 0x81;
    if (length < 126) {
        out[at++] = (uint8_t)length;
        return at;
    }
    unsigned width = length < 65536 ? 2 : 8;
    out[at++] = width == 2 ? 126 : 127;
    for (unsigned i = width; i-- > 0;) out[at++] = (uint8_t)((uint64_t)length >> (8 * i));
    return at;
}

static void answer(conn *c, const uint8_t *payload, size_t length, const uint8_t key[4]) {
    if (!c->room) {
        uint8_t *out = outgoing(c, length + longest_header);
        size_t header = write_header(out, length);
        unmask(out + header, payload, length, key);
        c->out.length -= longest_header - header;
        if (c->entering) enter(c, c->entering);
        c->entering = NULL;
        return;
    }
    size_t header = write_header(message, length);
    unmask(message + header, payload, length, key);
    for (size_t i = 0; i < c->room->count; i++) memcpy(outgoing(c->room->items[i], header + length), message, header + length);
}

// Answers the frame at the front; the bytes it took, or 0 if it is not whole.
static size_t take_frame(conn *c, const uint8_t *frame, size_t count) {
    if (count < 6) return 0;
    size_t length = frame[1] & 127, header = 2;
    if (length >= 126) {
        unsigned width = length == 126 ? 2 : 8;
        header += width;
        if (count < header) return 0;
        length = 0;
        for (unsigned i = 0; i < width; i++) length = length << 8 | frame[2 + i];
    }
    if (length > longest - longest_header || count < header + 4 + length) return 0;
    answer(c, frame + header + 4, length, frame + header);
    return header + 4 + length;
}

// Room for `length` bytes behind those that are there.
static uint8_t *reserve(bytes *b, size_t length) {
    uint8_t *room = grow(b, length);
    b->length -= length;
    return room;
}

static void readable(conn *c) {
    // A frame whose rest is awaited is completed where its front lies; all else is read into the shared buffer.
    size_t kept = c->in.length;
    uint8_t *data = kept > 0 ? reserve(&c->in, a_read) - kept : buffer;
    ssize_t got = recv(c->fd, data + kept, a_read, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        close_conn(c);
        return;
    }
    if (!c->upgraded) {
        upgrade(c);
        return;
    }
    size_t count = kept + (size_t)got, at = 0;
    for (size_t taken; (taken = take_frame(c, data + at, count - at)) > 0;) at += taken;
    size_t left = count - at;
    if (kept == 0) {
        if (left > 0) memcpy(grow(&c->in, left), data + at, left);
        return;
    }
    if (at > 0) memmove(c->in.data, data + at, left);
    c->in.length = left;
}

static int listen_on(int port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, backlog) != 0) {
        perror("floor: listen");
        exit(1);
    }
    return listener;
}

int main(int count, char **arguments) {
    int port = count == 2 ? atoi(arguments[1]) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    int listener = listen_on(port);
    epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event listening = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &listening);
    for (;;) {
        struct epoll_event events[events_a_turn];
        int ready = epoll_wait(epoll, events, events_a_turn, -1);
        for (int i = 0; i < ready; i++) {
            conn *c = events[i].data.ptr;
            if (!c) accept_all(listener);
            else if (events[i].events & ~(uint32_t)EPOLLOUT) readable(c);
            else flush(c);
        }
        for (size_t i = 0; i < dirty.count; i++) {
            dirty.items[i]->dirty = false;
            flush(dirty.items[i]);
        }
        dirty.count = 0;
    }
}
