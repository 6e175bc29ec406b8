import EngineIOProtocol
import FuzzDriver
import SIOBytes

// Payloads: packets written again read the same. Sessions: no order of a peer's inputs traps them, a POST ends with one
// answer, and a closed session has said so, once, as its last action.

/// The packets of a payload, and whether all of it was good.
func read(_ body: [UInt8]) -> (packets: [EnginePayloadReader.Element], isGood: Bool) {
    var reader = EnginePayloadReader()
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

/// A machine's actions, checked as they come.
struct Witness {
    var isClosed = false

    mutating func see(_ action: EngineServerSession.Action) {
        precondition(!isClosed, "an action behind the last")
        if case .closed = action { isClosed = true }
    }
}

func checkServer(_ bytes: [UInt8], on transport: EngineTransport) {
    var now = ContinuousClock.now
    var session = EngineServerSession(id: "S", transport: transport, configuration: .init(), now: now)
    var witness = Witness()
    var isPosting = false
    for input in bytes.split(separator: UInt8(ascii: "|"), omittingEmptySubsequences: true) {
        let body = Array(input.dropFirst())
        switch input.first {
        case UInt8(ascii: "g"): _ = session.pollArrived(now: now)
        case UInt8(ascii: "G"): session.pollAborted(now: now)
        case UInt8(ascii: "p"): isPosting = session.postArrived(isBinary: false, now: now) == .accept
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
    switch first % 6 {
    case 0: checkServer(rest, on: .polling)
    case 1: checkServer(rest, on: .websocket)
    case 2: checkClient(rest, on: [.polling, .websocket])
    case 3: checkClient(rest, on: [.websocket, .polling])
    case 4:
        var buffer = ByteBuffer()
        guard let handshake = try? EngineHandshake(rest.span.bytes) else { return }
        handshake.append(to: &buffer)
        guard let again = try? EngineHandshake(buffer.bytes) else { preconditionFailure("a handshake was lost") }
        precondition(again == handshake)
    default: checkPayload(rest)
    }
}
