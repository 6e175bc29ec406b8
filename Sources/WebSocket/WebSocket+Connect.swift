import SIOHTTP
public import SIONet

extension WebSocket {
    /// Opens a WebSocket (RFC 6455 §4.1).
    ///
    /// - Parameters:
    ///   - address: Where: `wss://example.org/feed?since=7`; `https` means the same as `wss`. A user and a password in
    ///     front of the host are sent by the field `Authorization`.
    ///   - options: How.
    ///   - eventLoops: The loops, of one of which the WebSocket lives.
    /// - Returns: The WebSocket, open.
    /// - Throws: ``WebSocketConnectError``; or `CancellationError`, when the task is cancelled meanwhile.
    public static func connect(
        _ address: String, options: ConnectOptions = ConnectOptions(), eventLoops: EventLoopGroup = .shared
    ) async throws -> WebSocket {
        let url: HTTPURL
        do throws(HTTPURLError) {
            url = try HTTPURL(address)
        } catch {
            throw WebSocketConnectError(error)
        }
        try Task.checkCancellation()
        let loop = eventLoops.next()
        let connecting = LoopBound(Connecting(options.request(to: url), options.socket), to: loop)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = loop.post { connecting.value.start(continuation, core: loop.core) }
                guard isTaken else { return continuation.resume(throwing: WebSocketConnectError.shutDown) }
                // Behind the beginning, should it have come before.
                if Task.isCancelled { loop.post { connecting.value.cancel() } }
            }
        } onCancel: {
            loop.post { connecting.value.cancel() }
        }
    }

    /// Opens a WebSocket, and closes it behind the body.
    ///
    /// - Parameters:
    ///   - address: Where, as for ``connect(_:options:eventLoops:)``.
    ///   - options: How.
    ///   - eventLoops: The loops, of one of which the WebSocket lives.
    ///   - isolation: Where the body runs.
    ///   - body: Uses the WebSocket.
    /// - Returns: What the body returns, once the WebSocket is closed.
    /// - Throws: What the body throws, once the WebSocket is closed; or as ``connect(_:options:eventLoops:)``.
    public static func withConnection<Result>(
        to address: String, options: ConnectOptions = ConnectOptions(), eventLoops: EventLoopGroup = .shared,
        isolation: isolated (any Actor)? = #isolation, _ body: (WebSocket) async throws -> Result
    ) async throws -> Result {
        let socket = try await connect(address, options: options, eventLoops: eventLoops)
        do {
            let result = try await body(socket)
            await socket.close()
            return result
        } catch {
            await socket.close()
            throw error
        }
    }
}

/// A WebSocket that somebody waits for, on its loop.
private final class Connecting {
    private let request: WebSocketRequest
    private let options: WebSocket.Options
    private var opening: WebSocketOpening?
    private var continuation: CheckedContinuation<WebSocket, any Error>?

    init(_ request: WebSocketRequest, _ options: WebSocket.Options) {
        self.request = request
        self.options = options
    }

    func start(_ continuation: CheckedContinuation<WebSocket, any Error>, core: LoopCore) {
        self.continuation = continuation
        opening = WebSocketOpening(request, core: core) { [self] in opened($0) }
        opening?.start()
    }

    private func opened(_ result: Result<WebSocketOpening.Opened, HTTPClientError>) {
        opening = nil
        let continuation = self.continuation.take()
        switch result {
        case .success(let opened):
            let socket = WebSocket(
                opened.channel, options, request: HTTPRequest(target: request.url.target, headers: request.headers),
                responseHeaders: opened.response.headers, subprotocol: opened.subprotocol)
            continuation?.resume(returning: socket)
        case .failure(let error):
            continuation?.resume(throwing: WebSocketConnectError(error))
        }
    }

    func cancel() {
        opening?.cancel()
        opening = nil
        continuation.take()?.resume(throwing: CancellationError())
    }
}

extension WebSocketConnectError {
    fileprivate static let shutDown = WebSocketConnectError(.network, "the event loops were shut down")
}
