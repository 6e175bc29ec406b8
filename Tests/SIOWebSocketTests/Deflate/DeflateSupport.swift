import SIOBytes
import TestSupport
import Testing

@testable import SIOWebSocket

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a message becomes; `window` moves over it.
func inflate(
    _ message: [UInt8], _ window: inout DeflateWindow?, limit: Int = 1 << 20, with inflater: Inflater = Inflater()
) throws(WebSocketError) -> [UInt8] {
    var output: [UInt8] = []
    try inflater.inflate(message.span.bytes, window: window, limit: limit, into: &output)
    window?.append(output.span.bytes)
    return output
}

func inflate(
    _ message: [UInt8], limit: Int = 1 << 20, with inflater: Inflater = Inflater()
) throws(WebSocketError) -> [UInt8] {
    var none: DeflateWindow?
    return try inflate(message, &none, limit: limit, with: inflater)
}

extension Deflater {
    convenience init(bits: Int, level: Int = 6, memLevel: Int = 8) {
        self.init(Settings(format: .raw(windowBits: bits), level: level, memLevel: memLevel))
    }

    func deflate(_ message: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        deflate(message: message.span.bytes, into: &output)
        return output
    }
}

/// Bytes in which there is nothing to find.
func noise(_ count: Int, _ numbers: inout Numbers) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: numbers.next() >> 40) }
}

/// Bytes in which there is much to find, or nothing.
func sample(_ count: Int, _ numbers: inout Numbers) -> [UInt8] {
    let words = ["the ", "quick ", "brown ", "fox ", "jumps ", "over ", "a ", "lazy ", "dog ", "é"].map(bytes)
    let isNoise = Int.random(in: 0..<4, using: &numbers) == 0
    var all: [UInt8] = []
    while all.count < count {
        if isNoise {
            all.append(UInt8(truncatingIfNeeded: numbers.next() >> 40) & 0x7F)
        } else {
            all += words[Int.random(in: 0..<words.count, using: &numbers)]
        }
    }
    // Cut in front of a character, so that it stays a text.
    var end = count
    while end > 0, end < all.count, all[end] & 0xC0 == 0x80 { end -= 1 }
    return Array(all[..<end])
}
