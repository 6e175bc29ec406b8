import SIOBytes
import SIOWebSocket
import TestSupport
import Testing

/// An event with the bytes that its ranges stand for.
enum Found: Equatable, CustomTestStringConvertible {
    case text([UInt8])
    case binary([UInt8])
    case compressed(WebSocketMessageKind, [UInt8])
    case fragment
    case ping([UInt8])
    case pong([UInt8])
    case close(WebSocketCloseFrame)

    init(_ event: WebSocketEvent, in window: RawSpan) {
        func bytes(_ range: Range<Int>) -> [UInt8] { window.extracting(range).array }
        func bytes(_ payload: WebSocketPayload) -> [UInt8] {
            switch payload {
            case .window(let range): bytes(range)
            case .assembled(let bytes): bytes
            }
        }
        self =
            switch event {
            case .message(.text, let payload): .text(bytes(payload))
            case .message(.binary, let payload): .binary(bytes(payload))
            case .compressed(let kind, let payload): .compressed(kind, bytes(payload))
            case .fragment: .fragment
            case .ping(let range): .ping(bytes(range))
            case .pong(let range): .pong(bytes(range))
            case .close(let frame): .close(frame)
            }
    }

    var testDescription: String {
        switch self {
        case .text(let bytes): "text of \(bytes.count): \(String(decoding: bytes.prefix(20), as: UTF8.self))"
        case .binary(let bytes): "binary of \(bytes.count)"
        case .compressed(let kind, let bytes): "compressed \(kind) of \(bytes.count)"
        case .fragment: "fragment"
        case .ping(let bytes): "ping of \(bytes.count)"
        case .pong(let bytes): "pong of \(bytes.count)"
        case .close(let frame): "close \(frame.code?.rawValue ?? 0) \(frame.reason)"
        }
    }

    static func text(_ text: String) -> Found { .text(Array(text.utf8)) }
}

/// A transcript that tests can write down.
struct Outcome: Equatable, Sendable {
    var events: [Found] = []
    var failure: WebSocketError?
    var leftover: [UInt8] = []
}

let roles: [WebSocketRole] = [.server, .client]

/// A frame as the peer of `role` writes it, built byte by byte and without the code under test.
func frame(
    _ opcode: UInt8,
    _ payload: [UInt8] = [],
    fin: Bool = true,
    rsv: UInt8 = 0,
    to role: WebSocketRole
) -> [UInt8] {
    let mask: UInt8 = role == .server ? 0x80 : 0
    var bytes = [(fin ? 0x80 : 0) | rsv << 4 | opcode]
    switch payload.count {
    case 0...125: bytes.append(mask | UInt8(payload.count))
    case 126...0xFFFF: bytes += [mask | 126, UInt8(payload.count >> 8), UInt8(payload.count & 0xFF)]
    default: bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
    }
    guard role == .server else { return bytes + payload }
    let key: [UInt8] = [0x37, 0xFA, 0x21, UInt8(truncatingIfNeeded: payload.count)]
    return bytes + key + payload.enumerated().map { $1 ^ key[$0 % 4] }
}

func frame(_ opcode: UInt8, _ payload: String, fin: Bool = true, rsv: UInt8 = 0, to role: WebSocketRole) -> [UInt8] {
    frame(opcode, Array(payload.utf8), fin: fin, rsv: rsv, to: role)
}

/// What a decoder makes of the bytes: the same whole, cut anywhere, and byte by byte.
func decode(
    _ bytes: [UInt8],
    as role: WebSocketRole,
    limits: WebSocketLimits = WebSocketLimits(),
    mayBeCompressed: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
) -> Outcome {
    func outcome(of chunks: [[UInt8]]) -> Outcome {
        let decoder = WebSocketDecoder(role: role, limits: limits, mayBeCompressed: mayBeCompressed)
        let transcript = decoder.transcript(of: chunks, describe: Found.init)
        return Outcome(events: transcript.events, failure: transcript.failure, leftover: transcript.leftover)
    }
    let whole = outcome(of: [bytes])
    let others = bytes.count <= 400 ? cuts(of: bytes) : [997, 4096, 65_537].map { chunks(of: bytes, size: $0) }
    for chunks in others {
        #expect(outcome(of: chunks) == whole, "cut at \(chunks.first?.count ?? 0)", sourceLocation: sourceLocation)
    }
    return whole
}

func chunks(of bytes: [UInt8], size: Int) -> [[UInt8]] {
    stride(from: 0, to: bytes.count, by: size).map { Array(bytes[$0..<min($0 + size, bytes.count)]) }
}

/// Every combination of a role and a case.
func each<Case>(_ cases: [Case]) -> [(WebSocketRole, Case)] {
    roles.flatMap { role in cases.map { (role, $0) } }
}

/// The same numbers in each run.
struct Numbers: RandomNumberGenerator {
    var state: UInt64 = 1

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
