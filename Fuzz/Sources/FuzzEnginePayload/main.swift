import EngineIOProtocol
import FuzzDriver
import SIOBytes

// Payloads: packets written again read the same. Sessions: no order of a peer's inputs traps them, a POST ends with one
// answer, and a closed session has said so, once, as its last action.

/// The packets of a payload, and whether all of it was good.
func read(
    _ body: [UInt8], _ format: EnginePayloadFormat = .separated
) -> (packets: [EnginePayloadReader.Element], isGood: Bool) {
    var reader = EnginePayloadReader(format)
    var packets: [EnginePayloadReader.Element] = []
    do {
        while let packet = try reader.next(in: body.span.bytes) { packets.append(packet) }
        return (packets, true)
    } catch {
        return (packets, false)
    }
}

func checkPayload(_ body: [UInt8]) {
    let (packets, isGood) = read(body)
    var queue = PacketQueue()
    for packet in packets {
        switch packet {
        case .packet(let type, let range): queue.append(type, body.span.bytes.extracting(range))
        case .binary(let bytes): queue.append(binary: bytes.span.bytes)
        }
    }
    var copy = queue
    let again = read(copy.takeAll())
    precondition(packets.isEmpty || again.isGood)
    precondition(again.packets.count == packets.count)
    precondition(!isGood || !packets.isEmpty)
    var parts: [UInt8] = []
    while !queue.isEmpty {
        if !parts.isEmpty { parts.append(EnginePayloadReader.separator) }
        parts += queue.take(upTo: 16)
    }
    precondition(read(parts).packets == again.packets)
}

/// A payload of the third version, read and written and read again: the same packets, but for where they are.
func checkPayload(_ body: [UInt8], _ format: EnginePayloadFormat) {
    let (packets, _) = read(body, format)
    for case .packet(_, let range) in packets { precondition(range.upperBound <= body.count) }
    for dialect: EngineDialect in [.version3, [.version3, .base64]] {
        var queue = PacketQueue()
        for packet in packets {
            switch packet {
            case .packet(let type, let range): queue.append(type, body.span.bytes.extracting(range))
            case .binary(let bytes): queue.append(binary: bytes.span.bytes)
            }
        }
        let payload = queue.takeAll(dialect)
        let again = read(payload, EngineDialect.isBinary(payload: payload) ? .binary : .counted)
        precondition(packets.isEmpty || again.isGood)
        precondition(again.packets.count == packets.count)
        for (one, other) in zip(packets, again.packets) {
            switch (one, other) {
            case (.packet(let type, let range), .packet(let sameType, let sameRange)):
                precondition(type == sameType && body[range] == payload[sameRange])
            case (.binary(let bytes), .binary(let same)): precondition(bytes == same)
            default: preconditionFailure("another kind of packet")
            }
        }
        // Whatever it is, a script has nothing in it that begins a document.
        let script = JSONP.script(payload, index: String(decoding: body, as: UTF8.self))
        precondition(script.starts(with: "___eio[".utf8))
        precondition(!script.contains(UInt8(ascii: "<")))
    }
    _ = JSONP.payload(ofField: String(decoding: body, as: UTF8.self))
}

/// A machine's actions, checked as they come.
struct Witness {
    var isClosed = false

    mutating func see(_ action: EngineServerSession.Action) {
        precondition(!isClosed, "an action behind the last")
        if case .closed = action { isClosed = true }
    }
}

func checkServer(_ bytes: [UInt8], on transport: EngineTransport, _ dialect: EngineDialect) {
    var now = ContinuousClock.now
    var session = EngineServerSession(
        id: "S", transport: transport, dialect: dialect, configuration: .init(), now: now)
    var witness = Witness()
    var isPosting = false
    for input in bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: true) {
        let body = Array(input.dropFirst())
        switch input.first {
        case UInt8(ascii: "g"): _ = session.pollArrived(now: now)
        case UInt8(ascii: "G"): session.pollAborted(now: now)
        case UInt8(ascii: "p"): isPosting = session.postArrived(isBinary: !body.isEmpty, now: now) == .accept
        case UInt8(ascii: "P"): session.postAborted(now: now)
        case UInt8(ascii: "b"):
            guard isPosting else { continue }
            isPosting = false
            var steps = 0
            reading: while true {
                steps += 1
                precondition(steps <= body.count + 2, "a body without an end")
                switch session.nextPacket(ofPost: body.span.bytes, now: now) {
                case .ok, .abort: break reading
                case .message(let range): precondition(range.upperBound <= body.count)
                case .binary: break
                }
            }
        case UInt8(ascii: "w"): _ = session.webSocketArrived(now: now)
        case UInt8(ascii: "W"): session.webSocketClosed(now: now)
        case UInt8(ascii: "t"): _ = session.textReceived(body.span.bytes, now: now)
        case UInt8(ascii: "x"): _ = session.binaryReceived(body.span.bytes, now: now)
        case UInt8(ascii: "s"): _ = session.send(text: body.span.bytes)
        case UInt8(ascii: "S"): _ = session.send(binary: body.span.bytes)
        case UInt8(ascii: "c"): session.close(now: now)
        case UInt8(ascii: "d"): session.discard(now: now)
        default:
            now += .milliseconds(100 * (body.count + 1))
            session.deadlineReached(now: now)
        }
        while let action = session.nextAction() { witness.see(action) }
        _ = session.flush()
        precondition(session.isClosed == witness.isClosed)
        precondition(session.isClosed == (session.deadline == nil))
    }
}

func checkClient(_ bytes: [UInt8], on transports: [EngineTransport]) {
    var now = ContinuousClock.now
    var configuration = EngineClientConfiguration()
    configuration.transports = transports
    configuration.tryAllTransports = true
    var session = EngineClientSession(configuration: configuration)
    var isClosed = false
    for input in bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: true) {
        let body = Array(input.dropFirst())
        switch input.first {
        case UInt8(ascii: "g"):
            var steps = 0
            while true {
                steps += 1
                precondition(steps <= body.count + 2, "a body without an end")
                if session.nextPacket(ofPoll: body.span.bytes, now: now) == .finished { break }
            }
        case UInt8(ascii: "G"): session.pollFailed(now: now)
        case UInt8(ascii: "p"): session.postCompleted(now: now)
        case UInt8(ascii: "P"): session.postFailed(now: now)
        case UInt8(ascii: "w"): session.webSocketOpened(now: now)
        case UInt8(ascii: "W"): session.webSocketClosed(now: now)
        case UInt8(ascii: "t"): _ = session.textReceived(body.span.bytes, now: now)
        case UInt8(ascii: "x"): _ = session.binaryReceived(now: now)
        case UInt8(ascii: "s"): _ = session.send(text: body.span.bytes)
        case UInt8(ascii: "S"): _ = session.send(binary: body.span.bytes)
        case UInt8(ascii: "c"): session.close(now: now)
        default:
            now += .milliseconds(100 * (body.count + 1))
            session.deadlineReached(now: now)
        }
        while let action = session.nextAction() {
            if case .closed = action {
                precondition(!isClosed, "closed twice")
                isClosed = true
            }
        }
        _ = session.flush()
        precondition(session.isClosed == isClosed)
    }
}

fuzz { bytes in
    guard let first = bytes.first else { return }
    let rest = Array(bytes.dropFirst())
    let dialect =
        [[], .version3, [.version3, .base64], [.version3, .jsonp, .base64]][Int(first / 6 % 4)] as EngineDialect
    switch first % 6 {
    case 0: checkServer(rest, on: .polling, dialect)
    case 1: checkServer(rest, on: .websocket, dialect)
    case 2: checkClient(rest, on: [.polling, .websocket])
    case 3: checkClient(rest, on: [.websocket, .polling])
    case 4:
        var buffer = ByteBuffer()
        guard let handshake = try? EngineHandshake(rest.span.bytes) else { return }
        handshake.append(to: &buffer)
        guard let again = try? EngineHandshake(buffer.bytes) else { preconditionFailure("a handshake was lost") }
        precondition(again == handshake)
    default:
        switch first / 6 % 4 {
        case 0: checkPayload(rest)
        case 1, 2: checkPayload(rest, .counted)
        default: checkPayload(rest, .binary)
        }
    }
}
