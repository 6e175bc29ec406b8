// permessage-deflate (RFC 7692) as a client, by zlib.
#ifndef DEFLATE_H
#define DEFLATE_H

#include "conn.h"

/// Appends a message compressed by itself: it refers to no earlier one, so it can be sent again and again.
void deflate_message(bytes *out, const uint8_t *message, size_t length);

struct inflater;

/// What undoes a server's compression.
struct inflater *inflater_make(void);
void inflater_free(struct inflater *i);

/// Appends what a message was before it was compressed; false if it is no such message. Messages that refer to earlier
/// ones (context takeover) must come in their order; those that do not may.
bool inflate_message(struct inflater *i, bytes *out, const uint8_t *payload, size_t length);

#endif
