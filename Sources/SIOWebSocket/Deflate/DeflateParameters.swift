/// What both sides of a connection agreed on (RFC 7692 §7.1).
package struct DeflateParameters: Equatable, Sendable {
    /// What a window may measure, as a power of two.
    package static let windowBits = 8...15
    /// The extension's name.
    static let name = "permessage-deflate"

    /// Whether the server compresses each message by itself (§7.1.1.1).
    package var serverNoContextTakeover: Bool
    /// Whether the client compresses each message by itself (§7.1.1.2).
    package var clientNoContextTakeover: Bool
    /// The server's window is of two to this power of bytes at most (§7.1.2.1).
    package var serverMaxWindowBits: Int
    /// The client's window is of two to this power of bytes at most (§7.1.2.2).
    package var clientMaxWindowBits: Int

    package init(
        serverNoContextTakeover: Bool = false,
        clientNoContextTakeover: Bool = false,
        serverMaxWindowBits: Int = 15,
        clientMaxWindowBits: Int = 15
    ) {
        self.serverNoContextTakeover = serverNoContextTakeover
        self.clientNoContextTakeover = clientNoContextTakeover
        self.serverMaxWindowBits = serverMaxWindowBits
        self.clientMaxWindowBits = clientMaxWindowBits
    }

    /// Whether a side may refer to its earlier messages.
    package func takesOver(_ role: WebSocketRole) -> Bool {
        role == .server ? !serverNoContextTakeover : !clientNoContextTakeover
    }

    /// The size of a side's window, as a power of two.
    package func windowBits(of role: WebSocketRole) -> Int {
        role == .server ? serverMaxWindowBits : clientMaxWindowBits
    }
}
