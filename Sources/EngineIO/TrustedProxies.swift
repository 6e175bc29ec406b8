package import SIOHTTP
package import SIONet

/// The proxies in front of a server, and whether they are believed when they say where a request comes from.
///
/// Everybody can write these fields: they mean something only if the peer that wrote them is known. So one field is believed, which all
/// of the proxies have to write, and nobody by default.
public struct TrustedProxies: Sendable {
    /// Where proxies say where a request comes from.
    public enum Field: Sendable, Hashable {
        /// `X-Forwarded-For`, with `X-Forwarded-Proto` for the scheme.
        case xForwardedFor
        /// `Forwarded` (RFC 7239).
        case forwarded
    }

    private enum Trust: Sendable {
        case hops(Int)
        case addresses([AddressBlock])
    }

    private let trust: Trust
    private let field: Field

    /// Nobody is believed: requests come from where their connections do.
    public static let none = TrustedProxies(trust: .hops(0), field: .xForwardedFor)

    /// So many proxies are in front of the server, always, and no client reaches it but through all of them.
    ///
    /// - Parameters:
    ///   - count: How many; not negative.
    ///   - field: The field that they write.
    /// - Returns: The trust in them.
    public static func hops(_ count: Int, field: Field = .xForwardedFor) -> TrustedProxies {
        precondition(count >= 0, "a negative number of proxies")
        return TrustedProxies(trust: .hops(count), field: field)
    }

    /// The proxies are those at these addresses: a request comes from the nearest that is none of them.
    ///
    /// - Parameters:
    ///   - addresses: Addresses and blocks of them, `127.0.0.1`, `10.0.0.0/8`, `2001:db8::/32`; anything else is a programming error.
    ///   - field: The field that they write.
    /// - Returns: The trust in them.
    public static func addresses(_ addresses: [String], field: Field = .xForwardedFor) -> TrustedProxies {
        let blocks = addresses.map { text -> AddressBlock in
            guard let block = AddressBlock(text) else { preconditionFailure("not a block of addresses") }
            return block
        }
        return TrustedProxies(trust: .addresses(blocks), field: field)
    }

    /// Whether anybody is believed.
    var isNobody: Bool {
        switch trust {
        case .hops(let count): count == 0
        case .addresses(let blocks): blocks.isEmpty
        }
    }

    /// Where a request comes from, and whether it was encrypted there.
    ///
    /// A proxy that does not say so, or in a way that cannot be read, is taken for the client.
    package func client(
        of peer: SocketAddress?, isSecure: Bool, _ headers: HTTPHeaders
    ) -> (address: SocketAddress?, isSecure: Bool) {
        var client = (address: peer, isSecure: isSecure)
        let nodes =
            switch field {
            case .xForwardedFor: headers.xForwarded
            case .forwarded: headers.forwarded
            }
        for (hop, node) in nodes.reversed().enumerated() {
            switch trust {
            case .hops(let count): if hop >= count { return client }
            case .addresses(let blocks):
                guard let address = client.address, blocks.contains(where: { $0.contains(address) }) else {
                    return client
                }
            }
            if let scheme = node.scheme { client.isSecure = scheme == "https" || scheme == "wss" }
            guard let address = node.address.flatMap({ SocketAddress(host: $0, port: 0) }) else { return client }
            client.address = address
        }
        return client
    }

    /// Puts down where the exchange's request comes from.
    func apply(to exchange: HTTPExchange) {
        let client = client(
            of: exchange.remoteAddress, isSecure: exchange.request.isSecure, exchange.request.headers)
        exchange.remoteAddress = client.address
        exchange.request.isSecure = client.isSecure
    }
}
