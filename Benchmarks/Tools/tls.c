#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

struct tls {
    SSL *session;
    bool wants_read; // the last write waits for the peer
};

static SSL_CTX *context(void) {
    static SSL_CTX *made;
    if (made) return made;
    made = SSL_CTX_new(TLS_client_method());
    if (!made) abort();
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, NULL);
    // No buffers for those who wait, and writes that may be tried again from wherever the bytes lie by then.
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    return made;
}

struct tls *tls_open(int fd) {
    struct tls *t = calloc(1, sizeof *t);
    SSL *session = SSL_new(context());
    if (!t || !session || !SSL_set_fd(session, fd)) abort();
    SSL_set_connect_state(session);
    t->session = session;
    return t;
}

void tls_close(struct tls *t) {
    SSL_free(t->session);
    free(t);
}

static ssize_t moved(struct tls *t, int result) {
    if (result > 0) return result;
    int reason = SSL_get_error(t->session, result);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) return 0;
    ERR_clear_error();
    return -1;
}

ssize_t tls_read(struct tls *t, uint8_t *to, size_t room) {
    size_t at = 0;
    while (at < room) {
        ssize_t got = moved(t, SSL_read(t->session, to + at, (int)(room - at)));
        if (got < 0 && at == 0) return -1; // after some bytes, the next read finds it again
        if (got <= 0) break;
        at += (size_t)got;
    }
    return (ssize_t)at;
}

ssize_t tls_write(struct tls *t, const uint8_t *from, size_t length) {
    int result = SSL_write(t->session, from, (int)length);
    t->wants_read = result <= 0 && SSL_get_error(t->session, result) == SSL_ERROR_WANT_READ;
    return moved(t, result);
}

bool tls_wants_read(struct tls *t) { return t->wants_read; }

bool tls_has_more(struct tls *t) { return SSL_pending(t->session) > 0; }
