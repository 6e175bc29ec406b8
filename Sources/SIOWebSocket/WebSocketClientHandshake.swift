import SIOBytes

/// The server's answer to the opening handshake is none (RFC 6455 §4.1): the connection is dropped.
package enum WebSocketResponseError: Error, Equatable, Sendable {
    /// Another status than 101: a redirect, a refusal, or no WebSocket there at all.
    case status(Int)
    /// `Upgrade` is not `websocket`.
    case upgrade
    /// `Connection` does not name `upgrade`.
    case connection
    /// `Sec-WebSocket-Accept` does not answer the key.
    case accept
    /// An extension, or a parameter of one, that was not asked for; or a header that breaks its grammar.
    case extensions(String)
    /// A subprotocol that was not offered.
    case subprotocol(String)
}

/// The opening handshake, as the client sees it (RFC 6455 §4.1).
package struct WebSocketClientHandshake: Equatable, Sendable {
    /// The value of `Sec-WebSocket-Key`.
    package let key: String
    /// The subprotocols to offer, the most wanted first.
    package let subprotocols: [String]
    /// How messages are to be compressed, if the server can do that; nil if they are not.
    package let deflate: PerMessageDeflate?

    /// A handshake with a fresh key of 16 bytes from the generator.
    package init(
        subprotocols: [String] = [], deflate: PerMessageDeflate? = nil,
        using generator: inout some RandomNumberGenerator
    ) {
        deflate?.check()
        precondition(
            subprotocols.allSatisfy(HeaderList.isToken) && Set(subprotocols).count == subprotocols.count,
            "subprotocols are tokens, each named once"
        )
        var nonce: [UInt8] = []
        for _ in 0..<2 {
            let bits: UInt64 = generator.next()
            nonce += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
        }
        var text = ByteBuffer()
        unsafe Base64.encode(nonce.span.bytes, into: &text)
        key = text.bytes.string
        self.subprotocols = subprotocols
        self.deflate = deflate
    }

    /// The headers of the request, apart from `Host`.
    package var requestHeaders: [(String, String)] {
        var headers = [
            ("Upgrade", "websocket"),
            ("Connection", "Upgrade"),
            ("Sec-WebSocket-Key", key),
            ("Sec-WebSocket-Version", "13"),
        ]
        if !subprotocols.isEmpty {
            headers.append(("Sec-WebSocket-Protocol", subprotocols.joined(separator: ", ")))
        }
        if let deflate { headers.append(("Sec-WebSocket-Extensions", DeflateParameters.offer(deflate))) }
        return headers
    }

    /// Checks the server's response.
    ///
    /// - Parameters:
    ///   - status: The response's status.
    ///   - headers: Its headers.
    /// - Returns: The subprotocol that the server took, if any.
    /// - Throws: Why this is not the answer to the request.
    package func verify(
        status: Int, headers: some WebSocketHandshakeHeaders
    ) throws(WebSocketResponseError) -> String? {
        guard status == 101 else { throw .status(status) }
        guard headers.has("Upgrade", where: { HeaderList.equals($0, "websocket") }) else { throw .upgrade }
        guard headers.has("Connection", where: { HeaderList.contains("upgrade", in: $0) }) else { throw .connection }
        let accept = key.withUTF8Bytes(WebSocketHandshake.acceptValue)
        guard headers.text(of: "Sec-WebSocket-Accept") == accept else { throw .accept }
        _ = try deflateParameters(headers: headers)
        guard let name = headers.text(of: "Sec-WebSocket-Protocol") else { return nil }
        guard subprotocols.contains(name) else { throw .subprotocol(name) }
        return name
    }

    /// How messages are compressed, as a response that ``verify(status:headers:)`` let pass says.
    ///
    /// - Returns: Nil if they are not.
    /// - Throws: Something was agreed to that was not offered.
    package func deflateParameters(
        headers: some WebSocketHandshakeHeaders
    ) throws(WebSocketResponseError) -> DeflateParameters? {
        guard let value = headers.text(of: "Sec-WebSocket-Extensions") else { return nil }
        guard let extensions = WebSocketExtension.list(value) else { throw .extensions(value) }
        return try DeflateParameters(answer: extensions, to: deflate)
    }
}
