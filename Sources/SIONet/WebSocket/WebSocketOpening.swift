package import SIOHTTP
package import SIOWebSocket

/// What a client asks for when it opens a WebSocket.
package struct WebSocketRequest: Sendable {
    /// Where: a scheme of HTTP means the same as the WebSocket's own.
    package var url: HTTPURL
    /// Sent besides those of the handshake, which cannot be changed; a `Host` here is sent instead of the address's.
    package var headers = HTTPHeaders()
    /// Subprotocols to offer, the most wanted first: tokens, each named once.
    package var subprotocols: [String] = []
    /// How messages are to be compressed, if the server can do that; nil if they are not.
    package var deflate: PerMessageDeflate?
    /// What the server may make the channel keep.
    package var limits = WebSocketLimits()
    /// How long the server may take to answer the handshake, once there is a connection.
    package var responseTimeout: Duration = .seconds(20)
    /// How long the server may take to answer a close frame.
    package var closeTimeout: Duration = .seconds(10)
    /// How the connection is made.
    package var connect = ConnectOptions()

    package init(_ url: HTTPURL) {
        self.url = url
    }

    /// The request, with the handshake's fields.
    func httpRequest(_ handshake: WebSocketClientHandshake) -> HTTPRequest {
        var headers = self.headers
        if headers["Host"] == nil { headers.add("Host", url.hostField) }
        if headers["Authorization"] == nil, let basic = url.basicAuthorization { headers.add("Authorization", basic) }
        for name in ["Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept"] {
            headers.remove(name)
        }
        for (name, value) in handshake.requestHeaders { headers[name] = value }
        return HTTPRequest(target: url.target, headers: headers)
    }
}

/// A WebSocket that is being opened by a client (RFC 6455 §4.1).
///
/// Redirects are not followed: they are refusals, and told as such.
package final class WebSocketOpening {
    /// A WebSocket that is open.
    package struct Opened {
        /// The channel: it has no delegate yet, and has received nothing.
        package let channel: WebSocketChannel
        /// The subprotocol that the server took, if any.
        package let subprotocol: String?
        /// The server's answer.
        package let response: HTTPResponse
    }

    package typealias Completion = (Result<Opened, HTTPClientError>) -> Void

    private let request: WebSocketRequest
    private let handshake: WebSocketClientHandshake
    private let core: LoopCore
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var completion: Completion?
    private var connector: ClientConnector?
    private var connection: HTTPClientConnection?

    /// - Parameters:
    ///   - request: What is asked for.
    ///   - core: The loop that the channel is to live on.
    ///   - completion: Called once, behind ``start()``. Whoever gets the channel sets its delegate in the call: behind it the
    ///     channel is handed what the server has sent already.
    package init(_ request: WebSocketRequest, core: LoopCore, completion: @escaping Completion) {
        self.request = request
        self.core = core
        self.completion = completion
        handshake = WebSocketClientHandshake(
            subprotocols: request.subprotocols, deflate: request.deflate, using: &core.random)
    }

    /// Begins.
    ///
    /// The opening is held until it is done.
    package func start() {
        connector = ClientConnector(to: request.url, options: request.connect, core: core) { [self] result in
            connector = nil
            switch result {
            case .success(let connection): ask(on: connection)
            case .failure(let error): finish(.failure(.network(error)))
            }
        }
        connector?.start()
    }

    /// Gives up; nobody is told.
    package func cancel() {
        completion = nil
        connector?.cancel()
        connector = nil
        connection?.abort()
        connection = nil
    }

    private func ask(on connection: TCPConnection) {
        let http = HTTPClientConnection(connection, idleTime: .zero)
        self.connection = http
        http.send(
            request.httpRequest(handshake), bodyLimit: HTTPClientError.refusalBodyLimit, oversize: .cut,
            until: core.now + request.responseTimeout
        ) { [self] result in
            self.connection = nil
            switch result {
            case .success(let response): answered(response, connection)
            case .failure(let error): finish(.failure(error))
            }
        }
    }

    private func answered(_ response: HTTPResponse, _ connection: TCPConnection) {
        do throws(WebSocketResponseError) {
            let subprotocol = try handshake.verify(status: response.status.code, headers: response.headers)
            var deflate: WebSocketDeflate?
            if let wanted = request.deflate, let agreed = try handshake.deflateParameters(headers: response.headers) {
                deflate = WebSocketDeflate(agreed, wanted, role: .client)
            }
            let channel = WebSocketChannel(
                connection, role: .client, limits: request.limits, deflate: deflate, closeTimeout: request.closeTimeout)
            connection.replaceStage(by: channel)
            finish(.success(Opened(channel: channel, subprotocol: subprotocol, response: response)))
        } catch {
            connection.abort()
            if case .status = error { return finish(.failure(.refused(response))) }
            finish(.failure(.invalidHandshake(error)))
        }
    }

    private func finish(_ result: Result<Opened, HTTPClientError>) {
        let completion = self.completion
        self.completion = nil
        completion?(result)
    }
}
