import SIOBytes
import SIOCrypto

/// Which of the subprotocols that a client offers the server takes.
package enum WebSocketSubprotocols: Equatable, Sendable, ExpressibleByArrayLiteral {
    /// The client's first one, whatever it is; a browser that offers some gives up if none is taken.
    case firstOffered
    /// The client's first one that is among these.
    case oneOf([String])

    package init(arrayLiteral elements: String...) {
        self = .oneOf(elements)
    }
}

/// The opening handshake, as the server sees it (RFC 6455 §4.2).
///
/// Headers are looked up by a closure, by their names in any case: a header that came several times is its values
/// joined with commas, and one that did not come is nil.
package enum WebSocketHandshake {
    /// What the server answers with 101.
    package struct Acceptance {
        /// The value of `Sec-WebSocket-Accept`.
        package let key: String
        /// The subprotocol that was agreed on: the value of `Sec-WebSocket-Protocol`.
        package let subprotocol: String?
        /// The value of `Sec-WebSocket-Extensions`; nil if none was agreed on.
        package let extensions: String?
        /// How messages are compressed, if they are.
        package let deflate: DeflateParameters?

        /// The headers of the response, `Upgrade` and `Connection` included.
        package var headers: [(String, String)] {
            var headers = [("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", key)]
            if let subprotocol { headers.append(("Sec-WebSocket-Protocol", subprotocol)) }
            if let extensions { headers.append(("Sec-WebSocket-Extensions", extensions)) }
            return headers
        }
    }

    /// Checks the client's request.
    ///
    /// - Parameters:
    ///   - method: As it came.
    ///   - versionMinor: The 1 of HTTP/1.1.
    ///   - header: The value of the header with a name.
    ///   - supportedProtocols: The subprotocols to choose from.
    ///   - deflate: How messages are compressed, with clients that want it; nil if never.
    /// - Returns: What to answer with status 101.
    /// - Throws: What is wrong with the request, and the status to answer with.
    package static func accept(
        method: String,
        versionMinor: Int,
        header: (String) -> String?,
        supportedProtocols: WebSocketSubprotocols = [],
        deflate: PerMessageDeflate? = nil
    ) throws(WebSocketHandshakeError) -> Acceptance {
        guard method == "GET" else { throw .method }
        guard versionMinor >= 1 else { throw .httpVersion }
        guard HeaderList.contains("websocket", in: header("Upgrade")) else { throw .upgrade }
        guard HeaderList.contains("upgrade", in: header("Connection")) else { throw .connection }
        guard let version = header("Sec-WebSocket-Version"), HeaderList.equals(version, "13") else { throw .version }
        guard let key = header("Sec-WebSocket-Key").map(HeaderList.trimmed), isKey(key) else { throw .key }
        let subprotocol = try choose(from: header("Sec-WebSocket-Protocol"), supportedProtocols)
        let agreed = try deflate.flatMap { deflate throws(WebSocketHandshakeError) in
            try negotiate(header("Sec-WebSocket-Extensions"), deflate)
        }
        return Acceptance(
            key: acceptValue(forKey: key), subprotocol: subprotocol, extensions: agreed?.response,
            deflate: agreed?.parameters)
    }

    /// The value of `Sec-WebSocket-Accept` that answers a key (RFC 6455 §4.2.2, step 5.4).
    static func acceptValue(forKey key: String) -> String {
        let suffix: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let magic = unsafe RawSpan(_unsafeStart: suffix.utf8Start, byteCount: suffix.utf8CodeUnitCount)
        let digest = unsafe SHA1.digest(of: key.utf8Span.span.bytes, magic)
        return unsafe Base64.text(of: digest.span.bytes)
    }

    /// Whether the text is the padded base64 of exactly 16 bytes.
    private static func isKey(_ text: String) -> Bool {
        let bytes = unsafe text.utf8Span.span.bytes
        guard bytes.byteCount == 24, bytes[22] == UInt8(ascii: "="), bytes[23] == UInt8(ascii: "=") else {
            return false
        }
        for index in 0..<22 where !Base64.isCharacter(bytes[index]) { return false }
        return true
    }

    /// A server that wants no extension does not look at what is offered.
    private static func negotiate(
        _ offered: String?, _ deflate: PerMessageDeflate
    ) throws(WebSocketHandshakeError) -> (parameters: DeflateParameters, response: String)? {
        guard let offered else { return nil }
        guard let offers = WebSocketExtension.list(offered) else { throw .extensions }
        return DeflateParameters.accept(offers, deflate)
    }

    private static func choose(
        from offered: String?, _ supported: WebSocketSubprotocols
    ) throws(WebSocketHandshakeError) -> String? {
        guard let offered else { return nil }
        let names = HeaderList.elements(of: offered)
        // RFC 6455 §4.1, item 10: tokens, and each of them unique.
        guard names.allSatisfy(HeaderList.isToken), Set(names).count == names.count else { throw .subprotocol }
        switch supported {
        case .firstOffered: return names.first
        case .oneOf(let supported): return names.first(where: supported.contains)
        }
    }
}
