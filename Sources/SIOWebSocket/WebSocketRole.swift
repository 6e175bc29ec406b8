/// Which end of the connection this side is.
///
/// The roles differ in three things: a client masks what it sends (RFC 6455 §5.3), a server closes the TCP connection
/// first (§7.1.1), and a client begins the opening handshake (§4).
package enum WebSocketRole: Sendable {
    case server
    case client
}
