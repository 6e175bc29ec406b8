import Foundation
import FuzzDriver
import SIOBytes
import SIOJSON

/// Optionals, defaults, arrays, enums: what a program may try to make of a peer's JSON.
struct Guess: Codable {
    indirect enum Kind: Codable {
        case plain
        case pair(Int8, String?)
        case nested([Kind])
    }
    var a: Int?
    var b: [String?]?
    var c: [String: Guess]?
    var d: Kind?
    var e: [UInt8]?
    var f: Date?
    var g: Data?
    var h: [Double]?
    var i: RawJSON?
    var j: Decimal?
    var k: URL?
}

func encode<T: Encodable>(_ value: T) -> [UInt8] {
    var buffer = ByteBuffer()
    do {
        try buffer.appendJSON(value)
    } catch {
        fatalError("decoded, but not encoded: \(error)")
    }
    return buffer.take()
}

/// Whether both are the same to JavaScript, where all numbers are doubles: a double beyond 2^53 is written like an
/// integer, and read as the one it was written as, which need not be the double itself.
func same(_ left: JSONValue?, _ right: JSONValue) -> Bool {
    guard let left else { return false }
    switch (left, right) {
    case (.array(let left), .array(let right)):
        return left.count == right.count && zip(left, right).allSatisfy(same)
    case (.object(let left), .object(let right)):
        return left.keys == right.keys && zip(left, right).allSatisfy { same($0.value, $1.value) }
    default:
        return left == right || left.doubleValue.map { $0 == right.doubleValue } ?? false
    }
}

let parser = JSONParser()
let other = JSONParser()

// What is accepted keeps its value through all that can be done to it, and Foundation agrees that it is JSON.
fuzz { bytes in
    let attachments: [[UInt8]] = [[1], [2, 3]]
    // Short arrays of plain strings are read in another way, unless white space stands behind them.
    let padded = try? other.parse((bytes + [UInt8(ascii: " ")]).span.bytes).value()
    precondition((try? parser.parse(bytes.span.bytes).value()) == padded, "read in two ways")
    guard let root = try? parser.parse(bytes.span.bytes), let value = try? root.value() else { return }
    let source = root.source.array
    _ = root.hasLegalPlaceholders(attachments: 2)
    _ = try? root.value(attachments: attachments)
    _ = try? root.decode(Guess.self, attachments: attachments)
    _ = try? root.decode([Guess].self)
    _ = try? root.decode([String: JSONValue].self)
    _ = try? root.decode([Int: [Int]].self)
    for element in root.elements {
        precondition((try? other.parse(element.source.array.span.bytes).value()) == (try? element.value()))
    }
    for member in root.members {
        precondition((try? other.parse(member.value.source.array.span.bytes).value()) == (try? member.value.value()))
    }

    // The value's own bytes are the value.
    precondition((try? other.parse(source.span.bytes).value()) == value)
    // Writing and reading again changes nothing.
    let written = encode(value)
    guard let again = try? other.parse(written.span.bytes) else { fatalError("wrote what is no JSON") }
    precondition(same(try? again.value(), value))
    precondition(written == (try? again.value()).map(encode))
    precondition((try? root.decode(JSONValue.self)) == value)

    // What passes through with attachments means the same on the other side.
    if let raw = try? root.raw(attachments: attachments), let binary = try? root.value(attachments: attachments) {
        var buffer = ByteBuffer()
        var sent: [[UInt8]] = [[9]]
        do {
            try buffer.appendJSON(raw, attachments: &sent)
            let received = try other.parse(buffer.bytes).value(attachments: sent)
            precondition(received == binary)
        } catch {
            fatalError("a value did not pass through: \(error)")
        }
    }

    // Foundation has lower limits (depth 512, numbers), and refuses lone surrogates.
    if bytes.count < 500, !bytes.contains(UInt8(ascii: "\\")), !bytes.contains(where: { (0x30...0x39).contains($0) }) {
        let isJSON = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil
        precondition(isJSON, "Foundation refuses \(bytes)")
    }
}
