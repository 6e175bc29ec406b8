package import SIOHTTP
package import SIONet

/// Where a session came from: its first request, and its client's address.
///
/// One object, which the session shares with all who are asked about it later.
package final class SessionOrigin: Sendable {
    /// The first request, without its body.
    package let request: CompactRequest
    /// Where the client's first connection came from.
    package let address: SocketAddress?

    package init(_ request: __shared HTTPRequest, from address: SocketAddress?) {
        self.request = CompactRequest(request)
        self.address = address
    }
}
