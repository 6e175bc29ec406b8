#include <stddef.h>
#include <openssl/sha.h>

/// SHA-1 of two pieces, one behind the other: 20 bytes.
///
/// By the functions that keep their state on the stack: the one-shot ones look the algorithm up by name in each call.
static inline void sio_sha1(const void *first, size_t first_count, const void *second, size_t second_count,
                            unsigned char *digest) {
    SHA_CTX state;
    SHA1_Init(&state);
    SHA1_Update(&state, first, first_count);
    SHA1_Update(&state, second, second_count);
    SHA1_Final(digest, &state);
}
