import FuzzDriver
import SIOBytes
import SIOWebSocket

/// The headers of a handshake, of which the fuzzer has the key and all that need not be there.
struct Headers: WebSocketHandshakeHeaders {
    let key: String
    let others: String

    func withValue(of name: StaticString, _ body: (RawSpan) -> Void) {
        let value =
            switch name.description {
            case "Upgrade": "websocket"
            case "Connection": "Upgrade"
            case "Sec-WebSocket-Version": "13"
            case "Sec-WebSocket-Key": key
            default: others
            }
        body(value.utf8Span.span.bytes)
    }
}

/// An event with the bytes that its ranges stand for.
struct Found: Equatable {
    var event: WebSocketEvent
    var bytes: [UInt8]
}

struct Transcript: Equatable {
    var found: [Found] = []
    var failure: WebSocketError?
    var leftover: [UInt8] = []
}

func transcript(
    of chunks: [[UInt8]], as role: WebSocketRole, limits: WebSocketLimits, mayBeCompressed: Bool = false
) -> Transcript {
    var decoder = WebSocketDecoder(role: role, limits: limits, mayBeCompressed: mayBeCompressed)
    var transcript = Transcript()
    do throws(WebSocketError) {
        transcript.leftover = try feed(chunks) { (window, offset) throws(WebSocketError) in
            guard let step = try decoder.next(in: &window, from: offset) else {
                if let needed = decoder.bytesNeeded(in: window.bytes, from: offset) {
                    precondition(needed > window.byteCount - offset)
                    precondition(needed <= 14 + max(125, limits.maxFrameSize))
                }
                return nil
            }
            precondition(step.end > offset)
            transcript.found.append(described(step.event, window.bytes))
            return step.end
        }
    } catch {
        transcript.failure = error
    }
    return transcript
}

func described(_ event: WebSocketEvent, _ window: RawSpan) -> Found {
    switch event {
    case .message(let kind, .window(let range)):
        let bytes = window.extracting(range).array
        if kind == .text { precondition(String(validating: bytes, as: UTF8.self) != nil) }
        return Found(event: .message(kind, .window(0..<range.count)), bytes: bytes)
    case .message(let kind, .assembled(let bytes)):
        if kind == .text { precondition(String(validating: bytes, as: UTF8.self) != nil) }
        return Found(event: event, bytes: bytes)
    case .ping(let range): return Found(event: .ping(0..<range.count), bytes: window.extracting(range).array)
    case .pong(let range): return Found(event: .pong(0..<range.count), bytes: window.extracting(range).array)
    case .compressed(let kind, .window(let range)):
        return Found(event: .compressed(kind, .window(0..<range.count)), bytes: window.extracting(range).array)
    case .compressed(_, .assembled), .fragment, .close: return Found(event: event, bytes: [])
    }
}

// What is decoded does not depend on where the bytes are cut, and what is encoded is decoded again.
fuzz { bytes in
    guard bytes.count >= 4 else { return }
    let role: WebSocketRole = bytes[0] & 1 == 0 ? .server : .client
    let limits = WebSocketLimits(
        maxMessageSize: Int(bytes[1]) * 16, maxFrameSize: Int(bytes[2]) * 16, maxFragments: 1 + Int(bytes[0] >> 4))
    let input = Array(bytes[4...])
    let place = Int(bytes[3]) * input.count / 255

    let mayBeCompressed = bytes[0] & 2 != 0
    let whole = transcript(of: [input], as: role, limits: limits, mayBeCompressed: mayBeCompressed)
    for chunks in [cut(input, at: place), input.map { [$0] }] {
        precondition(
            whole == transcript(of: chunks, as: role, limits: limits, mayBeCompressed: mayBeCompressed))
    }

    // The bytes as a message in two fragments with a ping between them, and as one in a single frame.
    let key = role == .server ? WebSocketMaskingKey(bytes[3], bytes[2], bytes[1], bytes[0]) : nil
    var sent = ByteBuffer()
    let span = input.span.bytes
    WebSocketFrame.append(
        .binary, isFinal: false, payload: span.extracting(first: place), maskingKey: key, to: &sent)
    WebSocketFrame.append(.ping, payload: span.extracting(first: 100), maskingKey: key, to: &sent)
    WebSocketFrame.append(.continuation, payload: span.extracting(droppingFirst: place), maskingKey: key, to: &sent)
    WebSocketFrame.append(.binary, payload: span, maskingKey: key, to: &sent)
    let received = transcript(of: [sent.array], as: role, limits: WebSocketLimits())
    precondition(received.failure == nil && received.leftover.isEmpty && received.found.count == 4)
    precondition(received.found[1].event == .ping(0..<min(input.count, 100)))
    precondition(received.found[2].event == .message(.binary, .assembled(input)))
    precondition(received.found[3] == Found(event: .message(.binary, .window(0..<input.count)), bytes: input))

    // A header that is accepted names a subprotocol that was offered.
    let text = String(decoding: input, as: UTF8.self)
    let acceptance = try? WebSocketHandshake.accept(
        method: "GET", versionMinor: 1,
        headers: Headers(key: bytes[3] == 0 ? text : "dGhlIHNhbXBsZSBub25jZQ==", others: text),
        supportedProtocols: .firstOffered)
    if let acceptance { precondition(acceptance.subprotocol.map(text.contains) ?? false) }
}
