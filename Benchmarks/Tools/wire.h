// The two wire formats the load reads: WebSocket frames and HTTP/1.1 responses. Pure functions over bytes.
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What a parser found at the front of the bytes.
typedef enum { parse_incomplete, parse_complete, parse_invalid } parse_result;

enum { opcode_text = 1, opcode_binary = 2, opcode_close = 8, opcode_ping = 9, opcode_pong = 10 };

/// To be added to an opcode: the payload is compressed (RFC 7692 §6).
enum { compressed_bit = 0x40 };

/// The longest header of a client's frame: two bytes, a 64-bit length, the masking key (RFC 6455 §5.2).
enum { frame_header_limit = 14 };

/// Writes one masked, final frame (RFC 6455 §5.3) with an opcode, and perhaps the compressed bit, and returns its length, at most `length + frame_header_limit`.
size_t frame_write(uint8_t *out, unsigned opcode, const void *payload, size_t length);

typedef struct {
    unsigned opcode;
    bool compressed; ///< RSV1 (RFC 7692 §6)
    const uint8_t *payload;
    size_t length;
    size_t total; ///< header and payload
} frame;

/// Reads one of a server's frames. A masked or fragmented one is invalid: no server measured here has a reason to send it.
parse_result frame_parse(const uint8_t *bytes, size_t count, frame *out);

typedef struct {
    int status;
    const uint8_t *body;
    size_t length;
    size_t total; ///< head and body
} response;

/// Reads one response, whose body's length must be told by Content-Length (or is nothing, after 101 and 204).
parse_result response_parse(const uint8_t *bytes, size_t count, response *out);

/// The key of every handshake is RFC 6455's own example (§1.3), so that the answer is a constant, too.
#define HANDSHAKE_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define HANDSHAKE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

#endif
