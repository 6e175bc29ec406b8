// A non-blocking connection of the load, and the bytes it keeps between two events: what was read but is no whole frame or
// response yet, and what the kernel would not take.
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct client;

typedef struct {
    uint8_t *data;
    size_t length, capacity;
} bytes;

void bytes_append(bytes *b, const void *data, size_t length);

/// Makes room for `length` more bytes behind those that are there, and returns where.
uint8_t *bytes_reserve(bytes *b, size_t length);

typedef struct conn {
    int fd;              ///< -1 while closed
    unsigned generation; ///< counts the openings: tells a handler that its connection was replaced under it
    bool quickack;       ///< acknowledges what it reads at once
    bool wants_write;    ///< epoll is watching for room in the socket's send buffer
    struct client *client;
    struct tls *tls;     ///< NULL where the bytes travel as they are
    bytes in;
    bytes out;
    size_t out_sent;
} conn;

/// Opens a connection to `port` from the loopback address numbered `source` and has `epoll` watch it; false if refused.
/// Many sources give many times the 28,000 ephemeral ports of one.
bool conn_open(conn *c, int epoll, int port, unsigned source, bool secure);

/// Closes it and forgets its bytes. A closed one may be closed again.
void conn_close(conn *c, int epoll);

/// Sends what waits in `out`. An error is left to be found by the next read, so that a loss is noticed in one place.
void conn_flush(conn *c, int epoll);

/// Reads what has arrived: `*data` and the count are the bytes that were kept and the new ones. 0 if nothing arrived, -1
/// if the peer is gone. The bytes stay until the next read of any connection.
ssize_t conn_read(conn *c, uint8_t **data);

/// Whether there is more to read that epoll will not tell of.
bool conn_has_more(const conn *c);

/// Keeps all but the first `taken` of what the last read gave: they are no whole frame or response yet.
void conn_keep(conn *c, const uint8_t *data, size_t count, size_t taken);

#endif
