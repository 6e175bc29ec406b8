import EngineIOProtocol
import SIOBytes

/// An instant to count from.
let start = ContinuousClock.now

func utf8(_ text: String) -> [UInt8] { Array(text.utf8) }

extension EngineServerSession {
    /// Drains what the driver has to do.
    mutating func actions() -> [Action] {
        var all: [Action] = []
        while let action = nextAction() { all.append(action) }
        return all
    }

    mutating func send(_ text: String) -> SendAction { send(text: utf8(text).span.bytes) }

    mutating func send(_ bytes: [UInt8]) -> SendAction { send(binary: bytes.span.bytes) }

    mutating func receive(_ text: String, now: Instant = start) -> ReceiveAction {
        textReceived(utf8(text).span.bytes, now: now)
    }

    mutating func receive(_ bytes: [UInt8], now: Instant = start) -> ReceiveAction {
        binaryReceived(bytes.span.bytes, now: now)
    }

    /// Sends a POST from its head to its answer, and describes what came out of it.
    mutating func post(_ body: String, now: Instant = start) -> [String] {
        guard postArrived(isBinary: false, now: now) == .accept else { return ["refused"] }
        return read(utf8(body), now: now)
    }

    /// Sends a POST of bytes from its head to its answer, and describes what came out of it.
    mutating func post(bytes body: [UInt8], now: Instant = start) -> [String] {
        guard postArrived(isBinary: true, now: now) == .accept else { return ["refused"] }
        return read(body, now: now)
    }

    /// Reads the body of a POST that was accepted.
    mutating func read(_ body: String, now: Instant = start) -> [String] { read(utf8(body), now: now) }

    /// Reads the body of a POST that was accepted.
    mutating func read(_ bytes: [UInt8], now: Instant = start) -> [String] {
        var steps: [String] = []
        while true {
            switch nextPacket(ofPost: bytes.span.bytes, now: now) {
            case .message(let range): steps.append(String(decoding: bytes[range], as: UTF8.self))
            case .binary(let bytes): steps.append("\(bytes)")
            case .ok: return steps + ["ok"]
            case .abort: return steps + ["abort"]
            }
        }
    }

    /// A session on polling whose client has its handshake.
    static func polling(
        _ dialect: EngineDialect = [], _ change: (inout EngineConfiguration) -> Void = { _ in }
    ) -> EngineServerSession {
        var configuration = EngineConfiguration()
        change(&configuration)
        var session = EngineServerSession(
            id: "S", transport: .polling, dialect: dialect, configuration: configuration, now: start)
        _ = session.pollArrived(now: start)
        return session
    }

    /// A session on a WebSocket whose client has its handshake.
    static func webSocket(
        _ dialect: EngineDialect = [], _ change: (inout EngineConfiguration) -> Void = { _ in }
    ) -> EngineServerSession {
        var configuration = EngineConfiguration()
        change(&configuration)
        var session = EngineServerSession(
            id: "S", transport: .websocket, dialect: dialect, configuration: configuration, now: start)
        _ = session.actions()
        return session
    }

    /// A session on polling whose client has just had its probe answered, at `start`.
    static func probed(
        _ dialect: EngineDialect = [], _ change: (inout EngineConfiguration) -> Void = { _ in }
    ) -> EngineServerSession {
        var session = polling(dialect, change)
        _ = session.webSocketArrived(now: start)
        _ = session.receive("2probe")
        _ = session.actions()
        return session
    }
}

extension EngineClientSession {
    /// Drains what the driver has to do.
    mutating func actions() -> [Action] {
        var all: [Action] = []
        while let action = nextAction() { all.append(action) }
        return all
    }

    mutating func send(_ text: String) -> SendAction { send(text: utf8(text).span.bytes) }

    mutating func receive(_ text: String, now: Instant = start) -> ReceiveAction {
        textReceived(utf8(text).span.bytes, now: now)
    }

    /// Reads the answer to a GET, and describes what came out of it.
    mutating func read(_ body: String, now: Instant = start) -> [String] {
        let bytes = utf8(body)
        var steps: [String] = []
        while true {
            switch nextPacket(ofPoll: bytes.span.bytes, now: now) {
            case .message(let range): steps.append(String(decoding: bytes[range], as: UTF8.self))
            case .binary(let bytes): steps.append("\(bytes)")
            case .finished: return steps
            }
        }
    }

    static let handshake =
        #"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
    static let handshakeWithUpgrade =
        #"0{"sid":"S","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#

    static func make(_ change: (inout EngineClientConfiguration) -> Void = { _ in }) -> EngineClientSession {
        var configuration = EngineClientConfiguration()
        change(&configuration)
        return EngineClientSession(configuration: configuration)
    }

    /// An open session on polling, with the GET behind the handshake underway.
    static func polling(_ handshake: String = handshake) -> EngineClientSession {
        var session = make()
        _ = session.actions()
        _ = session.read(handshake)
        _ = session.actions()
        return session
    }

    /// An open session on a WebSocket.
    static func webSocket() -> EngineClientSession {
        var session = make { $0.transports = [.websocket] }
        _ = session.actions()
        _ = session.receive(handshake)
        _ = session.actions()
        return session
    }

    /// An open session on polling whose probe is out.
    static func probing() -> EngineClientSession {
        var session = polling(handshakeWithUpgrade)
        session.webSocketOpened(now: start)
        _ = session.actions()
        return session
    }
}
