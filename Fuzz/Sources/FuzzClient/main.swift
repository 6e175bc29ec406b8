import EngineIOProtocol
import FuzzDriver
import SIOJSON

/// What the first byte decides.
struct Plan: OptionSet {
    let rawValue: UInt8
    /// A WebSocket, in place of polling.
    static let webSocket = Plan(rawValue: 1)
    /// The input is the stream; otherwise it is messages, cut at each 0xFE, that are put into responses or frames.
    static let isStream = Plan(rawValue: 2)
    /// In front stands a handshake.
    static let isOpen = Plan(rawValue: 4)
    /// In front stands an answer to each socket's CONNECT, too.
    static let isConnected = Plan(rawValue: 8)
    static let hasSmallLimits = Plan(rawValue: 16)
    /// Responses in chunks, messages in fragments.
    static let isPieces = Plan(rawValue: 32)
    static let isRecovered = Plan(rawValue: 64)
}

// MARK: A server's bytes

func text(_ text: String) -> [UInt8] { Array(text.utf8) }

func hexadecimal(_ number: Int) -> String { String(number, radix: 16) }

func response(_ body: [UInt8], _ plan: Plan) -> [UInt8] {
    guard plan.contains(.isPieces) else {
        return text("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n") + body
    }
    var bytes = text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    var rest = body[...]
    while !rest.isEmpty {
        let chunk = rest.prefix(7)
        rest = rest.dropFirst(7)
        bytes += text("\(hexadecimal(chunk.count))\r\n") + chunk + text("\r\n")
    }
    return bytes + text("0\r\n\r\n")
}

func frame(_ payload: some Collection<UInt8>, _ first: UInt8) -> [UInt8] {
    let count = payload.count
    return [first] + (count < 126 ? [UInt8(count)] : [126, UInt8(count >> 8), UInt8(count & 255)]) + payload
}

/// A message behind 0xFD is binary, all others are text.
func frames(_ message: [UInt8], _ plan: Plan) -> [UInt8] {
    let isBinary = message.first == 0xFD
    let payload = isBinary ? message.dropFirst() : message[...]
    let opcode: UInt8 = isBinary ? 2 : 1
    guard plan.contains(.isPieces), payload.count > 1 else { return frame(payload, 0x80 | opcode) }
    let half = payload.startIndex + payload.count / 2
    return frame(payload[..<half], opcode) + frame([], 0x89) + frame(payload[half...], 0x80)
}

func stream(_ messages: [[UInt8]], _ plan: Plan) -> [UInt8] {
    messages.flatMap { plan.contains(.webSocket) ? frames($0, plan) : response($0, plan) }
}

/// What a good server says first; a client's POST is answered in its turn, behind the handshake.
func beginning(_ plan: Plan) -> [[UInt8]] {
    guard plan.contains(.isOpen) else { return [] }
    let handshake = text(#"0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#)
    guard plan.contains(.isConnected) else { return [handshake] }
    let more = plan.contains(.isRecovered) ? #","pid":"p""# : ""
    let connected = [text(#"40{"sid":"1"\#(more)}"#), text(#"40/a,{"sid":"2"\#(more)}"#)]
    if plan.contains(.webSocket) { return [handshake] + connected }
    return [handshake, Array(connected.joined(separator: [0x1E])), text("ok")]
}

// MARK: Cuts

func story(_ chunks: [[UInt8]], _ plan: Plan, _ parser: JSONParser) -> [Client.Entry] {
    let isSmall = plan.contains(.hasSmallLimits)
    func run<S: Stream>(_ type: S.Type, _ transport: EngineTransport) -> [Client.Entry] {
        var stream = S(
            Client(transports: [transport], hasSmallLimits: isSmall, parser: parser), hasSmallLimits: isSmall)
        stream.read(chunks)
        return stream.client.story
    }
    return plan.contains(.webSocket) ? run(WebSocketStream.self, .websocket) : run(PollingStream.self, .polling)
}

/// Whether the stream says the same cut at each of the places, behind what comes whole.
func check(_ whole: [UInt8], _ input: [UInt8], _ places: StrideThrough<Int>, _ plan: Plan, _ parser: JSONParser) {
    let told = story([whole + input], plan, parser)
    precondition(told == story([whole] + input.map { [$0] }, plan, parser), "byte by byte it is another story")
    for place in places {
        precondition(
            told == story([whole] + cut(input, at: place), plan, parser), "cut at \(place) it is another story")
    }
}

let parser = JSONParser()
/// The places at which an input is cut, others each time that it is longer.
let cuts = 32

// What is always the same in front is cut at every place, once.
for bits in UInt8.min...(.max) {
    let plan = Plan(rawValue: bits)
    let start = stream(beginning(plan), plan)
    if !start.isEmpty { check([], start, stride(from: 0, through: start.count, by: 1), plan, parser) }
}

// What a server says means the same to the client's applications wherever it is cut, and in the end all that they wait for has
// an end.
fuzz { bytes in
    guard let first = bytes.first else { return }
    let plan = Plan(rawValue: first)
    let rest = Array(bytes.dropFirst())
    let messages = rest.split(separator: 0xFE, omittingEmptySubsequences: false).map(Array.init)
    let input = plan.contains(.isStream) ? rest : stream(messages, plan)
    let step = max(1, input.count / cuts)
    let places = stride(from: rest.count % step, through: input.count, by: step)
    check(stream(beginning(plan), plan), input, places, plan, parser)
}
