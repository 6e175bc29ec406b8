package import SIOHTTP
package import SIOWebSocket

extension HTTPHeaders: WebSocketHandshakeHeaders {}

/// A WebSocket that was granted.
package struct WebSocketUpgrade {
    /// The channel: it has no delegate yet, and has received nothing.
    package let channel: WebSocketChannel
    /// The subprotocol that was agreed on, if any.
    package let subprotocol: String?
}

extension HTTPExchange {
    /// Answers 101 and turns the connection into a WebSocket.
    ///
    /// - Parameters:
    ///   - limits: What the peer may make the channel keep.
    ///   - headers: Sent with the answer, besides those of the handshake.
    ///   - subprotocols: Those to choose from.
    ///   - deflate: How messages are compressed, with a client that wants it; nil if they are not.
    ///   - closeTimeout: How long the client may take to answer a close frame.
    /// - Returns: The WebSocket; nil if the client is gone.
    /// - Throws: The request is not a handshake. It is not answered yet.
    package func acceptWebSocket(
        limits: WebSocketLimits,
        headers: HTTPHeaders = HTTPHeaders(),
        subprotocols: WebSocketSubprotocols = [],
        deflate: PerMessageDeflate? = nil,
        closeTimeout: Duration = .seconds(10)
    ) throws(WebSocketHandshakeError) -> WebSocketUpgrade? {
        let acceptance = try handshake(subprotocols, deflate)
        guard let driver else { return nil }
        guard driver.canUpgrade else { throw .connection }
        settle()
        var compression: WebSocketDeflate?
        if let deflate, let agreed = acceptance.deflate {
            compression = WebSocketDeflate(agreed, deflate, role: .server)
        }
        let channel = driver.upgrade(
            acceptance, limits: limits, headers: headers, deflate: compression, closeTimeout: closeTimeout)
        return WebSocketUpgrade(channel: channel, subprotocol: acceptance.subprotocol)
    }

    /// Looks whether the request is a handshake that ``acceptWebSocket(limits:headers:subprotocols:deflate:closeTimeout:)``
    /// would accept.
    ///
    /// - Throws: It is not. It is not answered yet.
    package func checkWebSocketHandshake() throws(WebSocketHandshakeError) {
        _ = try handshake([], PerMessageDeflate())
    }

    private func handshake(
        _ subprotocols: WebSocketSubprotocols, _ deflate: PerMessageDeflate?
    ) throws(WebSocketHandshakeError) -> WebSocketHandshake.Acceptance {
        try Self.handshake(&request, subprotocols, deflate)
    }

    /// Reads the request where it lies, as ``withRequest(_:)`` does.
    private static func handshake(
        _ request: inout HTTPRequest, _ subprotocols: WebSocketSubprotocols, _ deflate: PerMessageDeflate?
    ) throws(WebSocketHandshakeError) -> WebSocketHandshake.Acceptance {
        try WebSocketHandshake.accept(
            method: request.method.name,
            versionMinor: request.minorVersion,
            headers: request.headers,
            supportedProtocols: subprotocols,
            deflate: deflate
        )
    }

    /// Answers 101 and turns the connection into a WebSocket without a subprotocol.
    package func upgrade(
        limits: WebSocketLimits,
        headers: HTTPHeaders = HTTPHeaders(),
        deflate: PerMessageDeflate? = nil,
        closeTimeout: Duration = .seconds(10)
    ) throws(WebSocketHandshakeError) -> WebSocketChannel? {
        try acceptWebSocket(limits: limits, headers: headers, deflate: deflate, closeTimeout: closeTimeout)?.channel
    }

    /// Answers a handshake that was found to be none.
    package func respond(to error: WebSocketHandshakeError) {
        var response = HTTPResponse.text(error.reason, status: HTTPStatus(error.status))
        for (name, value) in error.headers { response.headers.add(name, value) }
        respond(response)
    }
}
