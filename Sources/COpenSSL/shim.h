// OpenSSL 3, and what it offers as macros only.
#include <stddef.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

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

/// Sets the oldest and the newest version that is spoken; 0 if OpenSSL knows one of them not.
static inline int sio_set_versions(SSL_CTX *context, int oldest, int newest) {
    return SSL_CTX_set_min_proto_version(context, oldest) && SSL_CTX_set_max_proto_version(context, newest);
}

/// Sets what every context has in common.
static inline void sio_set_defaults(SSL_CTX *context) {
    // Renegotiation and compression have no use and a history of attacks.
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    // The server's choice, but for a client that says by its order that it computes AES slowly.
    SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    // An idle connection holds no record's memory.
    (void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Clients resume with tickets, which cost the server no memory.
    (void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

/// Appends to the chain behind the certificate, and takes over the reference.
static inline int sio_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return (int)SSL_CTX_add0_chain_cert(context, certificate);
}

/// Has the callback choose a certificate for the name that a client asks for.
static inline void sio_set_server_name_callback(SSL_CTX *context, int (*callback)(SSL *, int *, void *), void *argument) {
    (void)SSL_CTX_set_tlsext_servername_callback(context, callback);
    (void)SSL_CTX_set_tlsext_servername_arg(context, argument);
}

/// Asks the server for the certificate of a name (RFC 6066 §3).
static inline int sio_set_server_name(SSL *session, const char *name) {
    return (int)SSL_set_tlsext_host_name(session, name);
}

/// Says that a read or a write found nothing, and may be tried again.
static inline void sio_set_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void sio_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

/// Prints a name as RFC 2253 writes it, in UTF-8: control characters are escaped, those beyond ASCII are not.
static inline int sio_print_name(BIO *bio, const X509_NAME *name) {
    return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}

/// Whether the error is this one of libssl's.
static inline int sio_is_ssl_error(unsigned long error, int reason) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) == reason;
}

/// Whether the error is an alert that the peer sent.
static inline int sio_is_alert(unsigned long error) {
    return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
}

/// Drops the last error if it says that no more PEM was there, which is how a file of certificates ends; 0 if it says
/// something else.
static inline int sio_take_end_of_pem(void) {
    unsigned long error = ERR_peek_last_error();
    if (ERR_GET_LIB(error) != ERR_LIB_PEM || ERR_GET_REASON(error) != PEM_R_NO_START_LINE) return 0;
    ERR_clear_error();
    return 1;
}
