// Socket.IO's packets as socket.io-msgpack-parser writes them: a MessagePack map each.
#ifndef PACK_H
#define PACK_H

#include "conn.h"

/// Appends the CONNECT of the namespace `/`.
void pack_connect(bytes *out);

/// Appends an event of `/` with one argument, a text, its members in the order that the reference and this project's server
/// write them: type, data, nsp.
void pack_event(bytes *out, const char *event, const bytes *text);

/// Whether a message is the answer to a CONNECT, as far as its beginning tells.
bool pack_is_connect(const uint8_t *message, size_t length);

#endif
