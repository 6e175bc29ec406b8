import FuzzDriver
import SIOBytes
import SIOWebSocket

/// The bytes that the rest is made of, taken off the front.
struct Choices {
    var bytes: ArraySlice<UInt8>

    mutating func next(below limit: Int) -> Int { Int(bytes.popFirst() ?? 0) % limit }
    mutating func next() -> Bool { next(below: 2) == 1 }
    mutating func next(_ count: Int) -> [UInt8] {
        let taken = Array(bytes.prefix(count))
        bytes = bytes.dropFirst(count)
        return taken
    }
}

/// Headers by their names, as the handshake asks for them.
struct Headers: WebSocketHandshakeHeaders {
    let fields: [String: String]

    init(_ fields: [(String, String)]) {
        self.fields = Dictionary(uniqueKeysWithValues: fields)
    }

    func withValue(of name: StaticString, _ body: (RawSpan) -> Void) {
        if let value = fields[name.description] { body(value.utf8Span.span.bytes) }
    }
}

/// Which side the configuration is for, and what was agreed on: by both halves of the handshake, or by nobody.
func negotiate(_ client: PerMessageDeflate, _ server: PerMessageDeflate) -> DeflateParameters {
    var random = SystemRandomNumberGenerator()
    let handshake = WebSocketClientHandshake(deflate: client, using: &random)
    guard
        let acceptance = try? WebSocketHandshake.accept(
            method: "GET", versionMinor: 1, headers: Headers(handshake.requestHeaders), deflate: server)
    else { preconditionFailure("our own handshake is none") }
    let response = Headers(acceptance.extensions.map { [("Sec-WebSocket-Extensions", $0)] } ?? [])
    guard let agreed = try? handshake.deflateParameters(headers: response), agreed == acceptance.deflate else {
        preconditionFailure("client and server agreed on different things")
    }
    return agreed
}

/// One side of a connection.
struct Side {
    let role: WebSocketRole
    let pool = DeflatePool()
    var deflate: WebSocketDeflate

    init(_ role: WebSocketRole, _ agreed: DeflateParameters, _ configuration: PerMessageDeflate) {
        self.role = role
        deflate = WebSocketDeflate(agreed, configuration, role: role)
    }

    mutating func send(_ message: [UInt8], shared: Bool) -> [UInt8] {
        if shared, deflate.canShare(message.count),
            let frame = deflate.shared(.binary, message.span.bytes, pool: pool)
        {
            deflate.sentShared()
            return frame
        }
        var buffer = ByteBuffer()
        let key = role == .client ? WebSocketMaskingKey(1, 2, 3, 4) : nil
        deflate.append(.binary, message.span.bytes, maskingKey: key, pool: pool, to: &buffer)
        return buffer.take()
    }

    /// The message in a frame, which comes in two pieces.
    mutating func receive(_ frame: [UInt8], cut place: Int) -> [UInt8]? {
        var decoder = WebSocketDecoder(role: role, mayBeCompressed: true)
        var message: [UInt8]?
        do throws(WebSocketError) {
            let rest = try feed(cut(frame, at: place)) { (window, offset) throws(WebSocketError) in
                guard let step = try decoder.next(in: &window, from: offset) else { return nil }
                precondition(message == nil, "one frame became two messages")
                switch step.event {
                case .message(_, .window(let range)):
                    message = window.bytes.extracting(range).array
                case .compressed(let kind, .window(let range)):
                    var output = pool.takeScratch()
                    try deflate.inflate(
                        window.bytes.extracting(range), kind, limit: 1 << 20, pool: pool, into: &output)
                    message = output
                    pool.giveBack(&output)
                default: break
                }
                return step.end
            }
            return rest.isEmpty ? message : nil
        } catch {
            return nil
        }
    }
}

func configuration(_ choices: inout Choices) -> PerMessageDeflate {
    var configuration = PerMessageDeflate()
    configuration.threshold = 0
    configuration.serverMaxWindowBits = 8 + choices.next(below: 8)
    configuration.clientMaxWindowBits = 8 + choices.next(below: 8)
    configuration.serverNoContextTakeover = choices.next()
    configuration.clientNoContextTakeover = choices.next()
    configuration.level = 1 + choices.next(below: 9)
    configuration.memLevel = 1 + choices.next(below: 9)
    return configuration
}

let inflater = Inflater()

/// What a decompressor makes of the bytes, held against its promises.
func inflated(_ bytes: [UInt8], _ window: DeflateWindow?, limit: Int, _ inflater: Inflater) -> Result<
    [UInt8], WebSocketError
> {
    var output: [UInt8] = [0xAA]
    do throws(WebSocketError) {
        try inflater.inflate(bytes.span.bytes, window: window, limit: limit, into: &output)
        precondition(output.count <= 1 + limit)
    } catch {
        precondition(error == .compressedData || error == .messageTooBig)
        precondition(output.count <= 2 + limit)
        return .failure(error)
    }
    precondition(output[0] == 0xAA)
    return .success(output)
}

fuzz { bytes in
    var choices = Choices(bytes: bytes[...])

    // Whatever both sides want, messages come out as they went in.
    let (ours, theirs) = (configuration(&choices), configuration(&choices))
    let agreed = negotiate(ours, theirs)
    var client = Side(.client, agreed, ours)
    var server = Side(.server, agreed, theirs)
    let (action, size, limit) = (choices.next(below: 256), choices.next(below: 256), choices.next(below: 256) * 8)
    let rest = Array(choices.bytes)
    while !choices.bytes.isEmpty {
        let piece = choices.next(1 + size)
        // Longer than the smallest windows, with something to find.
        let message = (0..<choices.next(below: 32)).reduce(piece) { all, _ in all + piece }
        let frame: [UInt8]
        let received: [UInt8]?
        if choices.next() {
            frame = server.send(message, shared: choices.next(below: 3) == 0)
            received = client.receive(frame, cut: choices.next(below: frame.count))
        } else {
            frame = client.send(message, shared: false)
            received = server.receive(frame, cut: choices.next(below: frame.count))
        }
        precondition(received == message)
        if choices.next(below: 8) == action % 8 { (server.pool.sweep(), client.pool.sweep()) }
    }

    // Rubbish is refused or becomes something, within the limit; and leaves nothing behind for the next message.
    var window: DeflateWindow? = action & 1 == 0 ? nil : DeflateWindow(bits: 8 + action / 2 % 8)
    window?.append(rest.span.bytes)
    precondition((window?.count ?? 0) <= 1 << (8 + action / 2 % 8))
    let first = inflated(rest, window, limit: limit, inflater)
    precondition(first == inflated(rest, window, limit: limit, inflater))
    precondition(first == inflated(rest, window, limit: limit, Inflater()))

    // A header that is accepted is answered with what a client that offered all of it lets pass.
    let text = String(decoding: rest, as: UTF8.self)
    let acceptance = try? WebSocketHandshake.accept(
        method: "GET", versionMinor: 1,
        headers: Headers([
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Version", "13"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), ("Sec-WebSocket-Extensions", text),
        ]), deflate: theirs)
    if let agreed = acceptance?.deflate {
        precondition(text.contains("permessage-deflate"))
        precondition(agreed.serverMaxWindowBits <= theirs.serverMaxWindowBits)
        precondition(agreed.serverNoContextTakeover || !theirs.serverNoContextTakeover)
    }
    var random = SystemRandomNumberGenerator()
    let handshake = WebSocketClientHandshake(deflate: ours, using: &random)
    if let agreed = try? handshake.deflateParameters(headers: Headers([("Sec-WebSocket-Extensions", text)])) {
        precondition(agreed.serverMaxWindowBits <= ours.serverMaxWindowBits)
        precondition(agreed.clientMaxWindowBits <= ours.clientMaxWindowBits)
    }
}
