// TLS as a client, by OpenSSL, over a non-blocking descriptor. The certificate is not verified: it is the bench's own.
#ifndef TLS_H
#define TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tls;

/// A session over the descriptor; its handshake is part of the first writes and reads.
struct tls *tls_open(int fd);

/// Forgets the session, without a word to the peer.
void tls_close(struct tls *t);

/// Plaintext: its length, 0 if none can be moved now, -1 if the peer is gone. A read takes all that OpenSSL holds, as far
/// as there is room: what it would keep, epoll would not tell of.
ssize_t tls_read(struct tls *t, uint8_t *to, size_t room);
ssize_t tls_write(struct tls *t, const uint8_t *from, size_t length);

/// Whether a write waits for bytes of the peer.
bool tls_wants_read(struct tls *t);

/// Whether the last read left plaintext behind for want of room.
bool tls_has_more(struct tls *t);

#endif
