import EngineIO
import EngineIOProtocol
import SIOBytes
import SIOHTTP
import Synchronization
import TestSupport
import Testing

@testable import EngineIOClient
@testable import SIONet

/// What happened to a client, in order.
struct ClientEvents: Sendable {
    var log: [String] = []
    var texts: [String] = []
    var binaries: [[UInt8]] = []
    var pings = 0
    var reason: EngineDisconnectReason?
    var error: EngineClientError?
    var closes = 0
}

/// A client with its loop, for a test that is on another thread.
final class TestClient: Sendable {
    private let state: Mutex<ClientEvents>
    let bound: LoopBound<EngineClient>
    private let delegate: LoopBound<Delegate>

    /// Keeps what the session tells, and does what the test wants besides.
    final class Delegate: EngineClientDelegate {
        weak var test: TestClient?
        var onOpened: () -> Void = {}
        var onText: (String) -> Void = { _ in }

        func opened(_ handshake: EngineHandshake) {
            test?.change { $0.log.append("opened") }
            onOpened()
        }
        func upgraded() { test?.change { $0.log.append("upgraded") } }
        func received(text: RawSpan) {
            let text = text.string
            test?.change {
                if !$0.log.contains("opened") { $0.log.append("a text before the opening") }
                $0.texts.append(text)
            }
            onText(text)
        }
        func received(binary: RawSpan) {
            let bytes = binary.array
            test?.change { $0.binaries.append(bytes) }
        }
        func pinged() { test?.change { $0.pings += 1 } }
        func closed(_ reason: EngineDisconnectReason, _ error: EngineClientError?) {
            test?.change {
                $0.log.append("closed")
                $0.closes += 1
                $0.reason = reason
                $0.error = error
            }
            onOpened = {}
            onText = { _ in }
        }
    }

    init(_ url: HTTPURL, _ options: EngineClientOptions, _ memory: LoopBound<EngineClientMemory>?, on loop: EventLoop) {
        state = Mutex(ClientEvents())
        let delegate = Delegate()
        self.delegate = LoopBound(delegate, to: loop)
        bound = LoopBound(
            EngineClient(
                url: url, options: options, loop: loop, memory: memory?.value ?? EngineClientMemory(),
                delegate: delegate),
            to: loop)
        delegate.test = self
    }

    var now: ClientEvents { state.withLock { $0 } }

    private func change(_ body: (inout sending ClientEvents) -> Void) { state.withLock { body(&$0) } }

    /// Runs the body with the client, on its loop.
    @discardableResult
    func call<Result: Sendable>(_ body: @escaping @Sendable (EngineClient, Delegate) -> Result) async -> Result {
        await bound.loop.call { [bound, delegate] in body(bound.value, delegate.value) }
    }

    func send(_ text: String) async { await call { client, _ in client.send(text: Array(text.utf8).span.bytes) } }

    func send(_ bytes: [UInt8]) async { await call { client, _ in client.send(binary: bytes.span.bytes) } }

    func close() async { await call { client, _ in client.close() } }

    func transport() async -> EngineTransport { await call { client, _ in client.transport } }

    func has(_ event: String) async -> Bool { await eventually { self.now.log.contains(event) } }

    func hasTexts(_ texts: [String]) async -> Bool {
        await eventually { self.now.texts.count >= texts.count } && now.texts == texts
    }
}

extension EventLoop {
    /// A client that begins to open its session.
    func client(
        _ address: String, _ options: EngineClientOptions = .init(), memory: LoopBound<EngineClientMemory>? = nil,
        _ prepare: @escaping @Sendable (EngineClient, TestClient.Delegate) -> Void = { _, _ in }
    ) async throws -> TestClient {
        let url = try HTTPURL(address)
        let client = await call { [self] in TestClient(url, options, memory, on: self) }
        await client.call { engine, delegate in
            prepare(engine, delegate)
            engine.open()
        }
        return client
    }
}

/// Runs the body with a loop for clients, and looks whether it leaves anything behind.
func withClientLoop(_ body: @escaping @Sendable (EventLoop) async throws -> Void) async throws {
    let group = EventLoopGroup(loops: 1)
    let loop = group.loops[0]
    try await body(loop)
    #expect(
        await eventually { await loop.call { loop.core.liveConnections.load(ordering: .relaxed) == 0 } },
        "a connection is left")
    await group.shutdown()
}

/// What a server's sessions did.
final class ServerLog: Sendable {
    struct Events: Sendable {
        var messages: [EngineSocket.Message] = []
        var closes: [String] = []
        /// The transports that sessions began on.
        var transports: [String] = []
    }

    private let state = Mutex(Events())
    var now: Events { state.withLock { $0 } }

    /// Echoes each message, and closes on `close`.
    func attach(to server: EngineServer) {
        server.onConnection { [self] socket in
            let transport = socket.request.queryItem("transport") ?? ""
            state.withLock { $0.transports.append(transport) }
            socket.onMessage { [weak socket] message in
                self.state.withLock { $0.messages.append(message) }
                if message == .text("close") { socket?.close() } else { socket?.send(message) }
            }
            socket.onClose { reason in self.state.withLock { $0.closes.append(reason) } }
        }
    }
}

/// Runs an echoing server, with TLS if there is a context, and the body.
func withEngineServer(
    _ configuration: EngineServer.Configuration = .init(), tls: TLSContext? = nil, loops: Int = 1,
    _ body: @escaping @Sendable (_ address: String, ServerLog, EventLoop) async throws -> Void
) async throws {
    let group = EventLoopGroup(loops: loops)
    let server = EngineServer(configuration)
    let log = ServerLog()
    log.attach(to: server)
    let addresses = try await server.listen(host: "127.0.0.1", port: 0, tls: tls, eventLoops: group)
    let port = try #require(addresses.first?.port)
    let result = await Result { () async throws in
        try await withClientLoop { loop in
            try await body("\(tls == nil ? "http" : "https")://localhost:\(port)", log, loop)
        }
    }
    await server.close()
    await group.shutdown()
    try result.get()
}

extension Result where Failure == any Error {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}

extension EngineClientOptions {
    init(_ transports: [Transport], _ change: (inout EngineClientOptions) -> Void = { _ in }) {
        self.init()
        self.transports = transports
        change(&self)
    }
}

/// A response of polling, as text.
func ok(_ body: String, _ more: String = "") -> String {
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: \(body.utf8.count)\r\n\(more)\r\n\(body)"
}

/// An open packet.
func handshake(upgrades: String = "", interval: Int = 25_000, timeout: Int = 20_000, sid: String = "S") -> String {
    "0{\"sid\":\"\(sid)\",\"upgrades\":[\(upgrades)],\"pingInterval\":\(interval),\"pingTimeout\":\(timeout),"
        + "\"maxPayload\":1000000}"
}

extension RawClient {
    /// Grants the WebSocket that a request's head asks for, with frames right behind it, all cut after so many bytes.
    func grantWebSocket(_ head: String, _ frames: [UInt8] = [], cut: Int? = nil) {
        let bytes = RawClient.switchingProtocols(head) + frames
        send(Array(bytes.prefix(cut ?? bytes.count)))
    }

    /// Reads frames up to a client's close frame.
    ///
    /// - Returns: The texts in front of it.
    func receiveUntilClosing() -> [String] {
        var texts: [String] = []
        while let frame = receiveMaskedFrame(), frame.first != 0x88 {
            texts.append(String(decoding: frame.payload, as: UTF8.self))
        }
        return texts
    }
}
