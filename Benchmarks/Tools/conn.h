// A non-blocking TCP connection on loopback: what could not be parsed yet waits in `in`, what could not be sent in `out`.
#ifndef CONN_H
#define CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/// Bytes that grow. Zeroed memory is an empty one.
typedef struct {
    uint8_t *data;
    size_t length, capacity;
} bytes;

void bytes_append(bytes *b, const void *data, size_t length);

typedef struct conn {
    int fd;              ///< -1 while closed
    unsigned generation; ///< counts the openings: tells a handler that its connection was replaced under it
    bool wants_write;    ///< epoll is watching for room in the socket's send buffer
    struct client *client;
    bytes in;
    bytes out;
    size_t out_sent;
} conn;

/// Opens a connection to `port` from the loopback address numbered `source` and has `epoll` watch it; false if refused.
/// Many sources give many times the 28,000 ephemeral ports of one.
bool conn_open(conn *c, int epoll, int port, unsigned source);

/// Closes it and forgets its bytes. A closed one may be closed again.
void conn_close(conn *c, int epoll);

/// Sends what waits in `out`. An error is left to be found by the next read, so that a loss is noticed in one place.
void conn_flush(conn *c, int epoll);

/// Puts the kept bytes and what has arrived into `buffer`: the count, 0 if nothing arrived, -1 if the peer is gone.
ssize_t conn_read(conn *c, uint8_t *buffer, size_t capacity);

/// Keeps bytes that are no whole frame or response yet for the next read.
void conn_keep(conn *c, const uint8_t *data, size_t length);

#endif
