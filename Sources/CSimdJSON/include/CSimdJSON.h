// A C face on simdjson's DOM parser. No function throws; none is safe to call from two threads at once.
#pragma once
#include "plain_bytes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/// A parser with its buffers, which are kept from one document to the next.
typedef struct sio_json sio_json;

/// What a parse makes: simdjson's tape (doc/tape.md of that project) and the strings it points to.
typedef struct {
    const uint64_t *tape;
    const uint8_t *strings;
    /// The document as it was given, for those who want its bytes.
    const uint8_t *text;
    /// Whether all strings are known to be ASCII.
    bool is_ascii;
} sio_json_document;

typedef enum {
    SIO_JSON_OK,
    SIO_JSON_INVALID,
    SIO_JSON_TOO_DEEP,
    SIO_JSON_INVALID_UTF8,
    SIO_JSON_NO_MEMORY,
} sio_json_outcome;

/// Makes a parser that refuses more than `max_depth` arrays and objects inside one another. Null: no memory.
sio_json *sio_json_create(size_t max_depth);
void sio_json_destroy(sio_json *parser);

/// Copies the text and parses it. `document` is written in any case, and is valid until the next call.
sio_json_outcome sio_json_parse(sio_json *parser, const uint8_t *text, size_t count, sio_json_document *document);

/// Parses `text` in place of the last text, whose copy stays what `document->text` points to.
sio_json_outcome sio_json_parse_instead(sio_json *parser, const uint8_t *text, size_t count, sio_json_document *document);

/// The longest text that the parser can take without growing.
size_t sio_json_capacity(const sio_json *parser);

/// Gives all buffers back. The last document is invalid then.
void sio_json_release(sio_json *parser);

#ifdef __cplusplus
}
#endif
