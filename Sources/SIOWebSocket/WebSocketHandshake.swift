package import SIOBytes
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

/// The headers of a handshake's request, or of its response.
package protocol WebSocketHandshakeHeaders {
    /// Lets the body look at the value of the header with a name, in whatever case.
    ///
    /// A header that came several times is its values joined with commas; for one that did not come the body is not called.
    func withValue(of name: StaticString, _ body: (RawSpan) -> Void)
}

extension WebSocketHandshakeHeaders {
    /// Whether the header came, and its value meets the condition.
    func has(_ name: StaticString, where condition: (RawSpan) -> Bool) -> Bool {
        var isMet = false
        withValue(of: name) { isMet = condition($0) }
        return isMet
    }

    /// The header's value without the spaces and tabs around it; nil if it did not come.
    func text(of name: StaticString) -> String? {
        var text: String?
        withValue(of: name) { text = HeaderList.trimmed($0).string }
        return text
    }
}

/// The opening handshake, as the server sees it (RFC 6455 §4.2).
package enum WebSocketHandshake {
    /// What the server answers with 101.
    package struct Acceptance {
        /// What `Sec-WebSocket-Accept` says in base64.
        fileprivate let digest: SHA1.Digest
        /// The subprotocol that was agreed on: the value of `Sec-WebSocket-Protocol`.
        package let subprotocol: String?
        /// The value of `Sec-WebSocket-Extensions`; nil if none was agreed on.
        package let extensions: String?
        /// How messages are compressed, if they are.
        package let deflate: DeflateParameters?

        /// Appends the header lines of the response, but for `Upgrade` and `Connection`.
        ///
        /// No value breaks out of its line: the subprotocol is the client's, but a token.
        package func appendLines(to buffer: inout ByteBuffer) {
            buffer.append("Sec-WebSocket-Accept: ")
            unsafe Base64.encode(digest.span.bytes, into: &buffer)
            if let subprotocol {
                buffer.append("\r\nSec-WebSocket-Protocol: ")
                buffer.append(subprotocol)
            }
            if let extensions {
                buffer.append("\r\nSec-WebSocket-Extensions: ")
                buffer.append(extensions)
            }
            buffer.append("\r\n")
        }
    }

    /// Checks the client's request.
    ///
    /// - Parameters:
    ///   - method: As it came.
    ///   - versionMinor: The 1 of HTTP/1.1.
    ///   - headers: Its headers.
    ///   - supportedProtocols: The subprotocols to choose from.
    ///   - deflate: How messages are compressed, with clients that want it; nil if never.
    /// - Returns: What to answer with status 101.
    /// - Throws: What is wrong with the request, and the status to answer with.
    package static func accept(
        method: String,
        versionMinor: Int,
        headers: some WebSocketHandshakeHeaders,
        supportedProtocols: WebSocketSubprotocols = [],
        deflate: PerMessageDeflate? = nil
    ) throws(WebSocketHandshakeError) -> Acceptance {
        guard method == "GET" else { throw .method }
        guard versionMinor >= 1 else { throw .httpVersion }
        guard headers.has("Upgrade", where: { HeaderList.contains("websocket", in: $0) }) else { throw .upgrade }
        guard headers.has("Connection", where: { HeaderList.contains("upgrade", in: $0) }) else { throw .connection }
        guard headers.has("Sec-WebSocket-Version", where: { HeaderList.equals($0, "13") }) else { throw .version }
        var digest: SHA1.Digest?
        headers.withValue(of: "Sec-WebSocket-Key") { value in
            let key = HeaderList.trimmed(value)
            if isKey(key) { digest = Self.digest(ofKey: key) }
        }
        guard let digest else { throw .key }
        let subprotocol = try choose(from: headers.text(of: "Sec-WebSocket-Protocol"), supportedProtocols)
        let agreed = try deflate.flatMap { deflate throws(WebSocketHandshakeError) in
            try negotiate(headers.text(of: "Sec-WebSocket-Extensions"), deflate)
        }
        return Acceptance(
            digest: digest, subprotocol: subprotocol, extensions: agreed?.response, deflate: agreed?.parameters)
    }

    /// The value of `Sec-WebSocket-Accept` that answers a key (RFC 6455 §4.2.2, step 5.4).
    static func acceptValue(forKey key: RawSpan) -> String {
        let digest = digest(ofKey: key)
        return unsafe Base64.text(of: digest.span.bytes)
    }

    private static func digest(ofKey key: RawSpan) -> SHA1.Digest {
        let suffix: StaticString = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        let magic = unsafe RawSpan(_unsafeStart: suffix.utf8Start, byteCount: suffix.utf8CodeUnitCount)
        return SHA1.digest(of: key, magic)
    }

    /// Whether the bytes are the padded base64 of exactly 16.
    private static func isKey(_ bytes: RawSpan) -> Bool {
        guard bytes.byteCount == 24, bytes[22] == UInt8(ascii: "="), bytes[23] == UInt8(ascii: "=") else {
            return false
        }
        return Base64.areCharacters(bytes.extracting(0..<22))
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
