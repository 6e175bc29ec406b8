// libuv, and what the system headers keep from Swift.
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#ifdef __linux__
#include <sys/random.h>
#endif
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#ifdef __linux__
/// Declared here because its header shows it to GNU programs only.
extern int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
#endif

/// Accepts a connection that does not block and that child processes do not inherit, and tells where it comes from;
/// -1 and `errno` if there is none.
static inline int sio_accept(int descriptor, struct sockaddr_storage *peer) {
    socklen_t length = sizeof *peer;
#ifdef __linux__
    return accept4(descriptor, (struct sockaddr *)peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
#else
    int accepted = accept(descriptor, (struct sockaddr *)peer, &length);
    if (accepted >= 0) fcntl(accepted, F_SETFD, FD_CLOEXEC);
    return accepted;
#endif
}

/// Another descriptor of the same socket, which child processes do not inherit.
static inline int sio_duplicate(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 0); }

/// A new stream socket that does not block, that child processes do not inherit, and that sends small writes at once; -1 and
/// `errno` if there is none.
static inline int sio_stream_socket(int family) {
    int one = 1;
#ifdef __linux__
    int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
#else
    int descriptor = socket(family, SOCK_STREAM, 0);
    if (descriptor >= 0) {
        fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK);
    }
#endif
    if (descriptor >= 0) (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return descriptor;
}

/// Keeps child processes from inheriting a descriptor.
static inline void sio_close_on_exec(int descriptor) { (void)fcntl(descriptor, F_SETFD, FD_CLOEXEC); }

/// The bytes of a TCP socket that the system took and the peer has not acknowledged; 0 if nobody knows.
static inline int sio_unacknowledged(int descriptor) {
    int count = 0;
#ifdef __linux__
    if (ioctl(descriptor, TIOCOUTQ, &count) != 0) return 0;
#else
    socklen_t size = sizeof count;
    if (getsockopt(descriptor, SOL_SOCKET, SO_NWRITE, &count, &size) != 0) return 0;
#endif
    return count;
}

/// Sends what the socket takes at once, and tells how many bytes that were: none where it takes none, -1 where it is broken.
///
/// `send` goes to the socket by a shorter way than libuv's `write`, a twentieth of what a small message costs in all.
static inline ssize_t sio_send(int descriptor, const uv_buf_t *buffers, int count) {
    ssize_t sent;
#ifdef MSG_NOSIGNAL
    int flags = MSG_NOSIGNAL;
#else
    int flags = 0;
#endif
    do {
        if (count == 1) {
            sent = send(descriptor, buffers->base, buffers->len, flags);
        } else {
            // A buffer of libuv's is laid out as one of the system's.
            struct msghdr message = {.msg_iov = (struct iovec *)buffers, .msg_iovlen = (size_t)count};
            sent = sendmsg(descriptor, &message, flags);
        }
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    return sent;
}

/// There is nothing to read now.
enum { SIO_NOTHING_YET = -1 };

/// Reads what has come: the number of bytes, 0 at the end, `SIO_NOTHING_YET`, or another negative number where the socket is
/// broken.
static inline ssize_t sio_receive(int descriptor, void *buffer, size_t size) {
    ssize_t received;
    do {
        received = recv(descriptor, buffer, size, 0);
    } while (received < 0 && errno == EINTR);
    if (received >= 0) return received;
    return errno == EAGAIN || errno == EWOULDBLOCK ? SIO_NOTHING_YET : SIO_NOTHING_YET - 1;
}

/// Fills the bytes with the system's random numbers, and tells whether it could.
///
/// All at once: libuv's `uv_random` asks for 256 bytes at a time.
static inline bool sio_random(void *bytes, size_t size) {
#ifdef __linux__
    char *rest = bytes;
    while (size > 0) {
        ssize_t count = getrandom(rest, size, 0);
        if (count < 0 && errno != EINTR) return false;
        if (count > 0) {
            rest += count;
            size -= (size_t)count;
        }
    }
#else
    arc4random_buf(bytes, size);
#endif
    return true;
}

#ifndef __linux__
/// Sends small writes at once.
static inline void sio_send_at_once(int descriptor) {
    int one = 1;
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
#endif

/// Has the first 128 bytes of an object brought into the cache: three lines, where it does not begin with one.
static inline void sio_prefetch(const void *object) {
    __builtin_prefetch(object);
    __builtin_prefetch((const char *)object + 64);
    __builtin_prefetch((const char *)object + 127);
}
