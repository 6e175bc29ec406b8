import SIOBytes

/// How a body can be compressed (RFC 9110 §8.4.1).
package enum ContentCoding: String, Sendable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// RFC 1950, whatever its name says.
    case deflate

    /// The coding that a client wants most, by the `Accept-Encoding` of its request (RFC 9110 §12.5.3).
    ///
    /// - Returns: Nil if it wants none, or wants the plain body more. Of two that it wants alike, ``gzip``.
    package static func preferred(by headers: HTTPHeaders) -> ContentCoding? {
        var weights: [Substring: Int] = [:]
        for value in headers.values(of: "Accept-Encoding") {
            for element in value.lowercased().split(separator: ",") {
                guard let (name, weight) = read(element) else { continue }
                // RFC 9110 §8.4.1.3.
                weights[name == "x-gzip" ? "gzip" : name] = weight
            }
        }
        func weight(_ name: Substring) -> Int? { weights[name] ?? weights["*"] }
        let (gzip, deflate) = (weight("gzip") ?? 0, weight("deflate") ?? 0)
        let best = max(gzip, deflate)
        guard best > 0, best >= weights["identity"] ?? 0 else { return nil }
        return gzip >= deflate ? .gzip : .deflate
    }

    /// An element's coding and weight, in thousandths; nil if it is none, and is passed over.
    private static func read(_ element: Substring) -> (name: Substring, weight: Int)? {
        let parts = element.split(separator: ";", omittingEmptySubsequences: false).map(trimmed)
        guard let name = parts.first, !name.isEmpty, parts.count <= 2 else { return nil }
        guard parts.count == 2 else { return (name, 1000) }
        let sides = parts[1].split(separator: "=", omittingEmptySubsequences: false).map(trimmed)
        guard sides.count == 2, sides[0] == "q", let weight = weight(sides[1]) else { return nil }
        return (name, weight)
    }

    /// A number of 0…1 with at most three digits behind the point (RFC 9110 §12.4.2), in thousandths.
    private static func weight(_ text: Substring) -> Int? {
        let sides = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = sides.first, whole == "0" || whole == "1" else { return nil }
        let digits = sides.count == 2 ? sides[1] : ""
        guard digits.utf8.count <= 3, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let padded = String(digits) + String(repeating: "0", count: 3 - digits.utf8.count)
        guard let part = Int(padded), whole == "0" || part == 0 else { return nil }
        return whole == "1" ? 1000 : part
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let utf8 = text.utf8
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return text[first...last]
    }
}
