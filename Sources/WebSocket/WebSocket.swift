public import SIOHTTP
public import SIONet
public import SIOWebSocket

/// A WebSocket that is open, or was (RFC 6455): a client's end of it, or a server's.
///
/// Messages are taken by iterating; what nobody takes is not read, so that a peer cannot be faster than you are.
///
/// ```swift
/// let socket = try await WebSocket.connect("wss://example.org/feed")
/// try await socket.send("hello")
/// for try await message in socket { print(message) }
/// ```
///
/// It may be used from anywhere. One that nobody holds any more is closed, with code 1001.
public final class WebSocket: Sendable {
    /// The request that opened it: the client's, without the handshake's own fields where this side is the client.
    public let request: HTTPRequest
    /// The fields of the server's answer; empty where this side is the server.
    public let responseHeaders: HTTPHeaders
    /// The subprotocol that was agreed on; nil if none was.
    public let subprotocol: String?
    /// The peer's address, or its proxy's.
    public let remoteAddress: SocketAddress?

    let state: ConnectionState
    let driver: LoopBound<WebSocketDriver>

    /// Takes over a channel, on its loop, before it has received anything.
    init(
        _ channel: WebSocketChannel, _ options: Options, request: HTTPRequest, responseHeaders: HTTPHeaders = [:],
        subprotocol: String?
    ) {
        self.request = request
        self.responseHeaders = responseHeaders
        self.subprotocol = subprotocol
        remoteAddress = channel.connection.remoteAddress
        state = ConnectionState(options)
        driver = LoopBound(
            WebSocketDriver(channel, options, sharing: state), to: channel.connection.core.loop)
    }

    deinit {
        let driver = driver
        driver.loop.post { driver.value.close(.goingAway, reason: "") }
    }

    /// How the WebSocket came to its end; nil as long as it is open.
    public var closure: WebSocketClosure? { state.ending?.closure }
}
