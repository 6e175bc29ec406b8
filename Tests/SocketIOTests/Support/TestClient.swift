import Glibc
import Synchronization
import TestSupport
import Testing

@testable import SocketIO

/// What a client receives: Engine.IO's messages, and the connection's end.
enum Incoming: Equatable, Sendable {
    /// A Socket.IO packet as it is on the wire: `2["event"]`.
    case text(String)
    /// An attachment.
    case binary([UInt8])
    /// The connection is over. Nothing comes after this.
    case closed
}

/// A Socket.IO client that says exactly what the test says, on a connection and a thread of its own.
///
/// It stays until its test is over: optimised code would let it go, and its connection with it, once it is named no more.
final class TestClient: Sendable {
    private let incoming = Mailbox<Incoming>()
    private let carrier: any Carrier

    /// Opens a session; ``join(_:auth:)`` is the next step.
    ///
    /// With `reads` it reads from the beginning, without from ``read()`` on; with `answersPings` it keeps its session
    /// alive. With `eio` it speaks another version of Engine.IO; with `base64` it says that it cannot take bytes.
    init(
        _ port: Int, _ transport: EngineServer.Transport = .websocket, eio: Int = 4, base64: Bool = false,
        query: String = "",
        headers: String = "", reads: Bool = true, answersPings: Bool = true
    ) throws {
        let target = "/socket.io/?EIO=\(eio)&transport=\(transport.rawValue)\(base64 ? "&b64=1" : "")\(query)"
        let form = MessagePayload(isVersion3: eio == 3, isBase64: base64)
        switch transport {
        case .websocket:
            carrier = try WebSocketCarrier(
                port: port, target: target, headers: headers, form: form, answersPings: answersPings)
        case .polling:
            carrier = try PollingCarrier(port: port, target: target, headers: headers, form: form)
        }
        if reads { read() }
        Kept.current?.keep(self)
    }

    /// Begins to read.
    func read() {
        let carrier = self.carrier
        let incoming = self.incoming
        startThread {
            try? carrier.run { incoming.push($0) }
            incoming.push(.closed)
        }
    }

    /// A client that has joined `/`.
    static func joined(_ port: Int, _ transport: EngineServer.Transport = .websocket) async throws -> TestClient {
        let client = try TestClient(port, transport)
        try await client.join()
        return client
    }

    deinit {
        carrier.end()
    }

    /// Joins a namespace, and returns the socket's id.
    @discardableResult
    func join(_ namespace: String = "/", auth: String = "") async throws -> String {
        let prefix = namespace == "/" ? "0" : "0\(namespace),"
        send(prefix + auth)
        let answer = try await next()
        try #require(answer.hasPrefix(prefix + #"{"sid":""#), "\(answer)")
        return String(answer.dropFirst(prefix.count + 8).prefix { $0 != "\"" })
    }

    /// Sends a packet, and its attachments.
    func send(_ packet: String, _ attachments: [UInt8]...) {
        carrier.send([.text(packet)] + attachments.map { .binary($0) })
    }

    /// Sends several packets at once: on polling, in one body.
    func send(together packets: [String]) {
        carrier.send(packets.map { .text($0) })
    }

    /// Sends an attachment alone.
    func send(binary: [UInt8]) {
        carrier.send([.binary(binary)])
    }

    /// What comes next.
    func nextIncoming() async throws -> Incoming { try await incoming.next() }

    /// The packet that comes next.
    func next() async throws -> String {
        let incoming = try await nextIncoming()
        guard case .text(let packet) = incoming else {
            Issue.record("expected a packet, got \(incoming)")
            throw NothingCame()
        }
        return packet
    }

    /// The attachment that comes next.
    func nextBinary() async throws -> [UInt8] {
        let incoming = try await nextIncoming()
        guard case .binary(let bytes) = incoming else {
            Issue.record("expected an attachment, got \(incoming)")
            throw NothingCame()
        }
        return bytes
    }

    /// Ends the session with Engine.IO's close packet.
    func close() {
        carrier.send([.closed])
    }

    /// Ends the connection without a word.
    func drop() {
        carrier.end()
    }
}

/// What brings messages to and fro.
protocol Carrier: AnyObject, Sendable {
    /// Sends messages, in order.
    func send(_ messages: [Incoming])
    /// Reads until the end, on a thread of its own.
    func run(_ receive: (Incoming) -> Void) throws
    func end()
}

/// Runs the body on a new thread.
func startThread(_ body: @escaping @Sendable () -> Void) {
    let start = Unmanaged.passRetained(ThreadStart(body: body))
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, threadMain, start.toOpaque())
    precondition(status == 0, "no more threads")
    pthread_detach(thread)
}

private final class ThreadStart: Sendable {
    let body: @Sendable () -> Void
    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    if let argument { Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body() }
    return nil
}
