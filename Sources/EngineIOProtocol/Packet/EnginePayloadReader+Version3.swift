import SIOBytes

/// The payloads of the protocol's third version (EIO3 "Payload").
extension EnginePayloadReader {
    /// What a text begins with in a binary payload.
    package static let textMark: UInt8 = 0
    /// What bytes begin with in a binary payload.
    package static let binaryMark: UInt8 = 1
    /// What stands behind the length in a binary payload.
    package static let lengthEnd: UInt8 = 0xFF
    /// The digits that a length may have: as many as the largest number has.
    package static let maxLengthDigits = 19

    /// The packet of `<length>:<packet>` that starts at an offset, and where it ends; nil for one of no characters.
    ///
    /// The reference passes over those, and an empty payload is `0:`.
    static func countedPacket(
        in body: RawSpan, from start: Int
    ) throws(EnginePacketError) -> (Element?, end: Int) {
        let (units, dataStart) = try length(in: body, from: start, end: UInt8(ascii: ":"), zero: UInt8(ascii: "0"))
        guard let end = self.end(of: units, in: body, from: dataStart) else { throw .invalidLength }
        guard end > dataStart else { return (nil, end) }
        return (try textPacket(in: body, dataStart..<end), end)
    }

    /// The packet of `<0 or 1><length>0xFF<packet>` that starts at an offset, and where it ends.
    ///
    /// Of packets that come as bytes, only a message has data that counts: those of the others are no text.
    static func binaryPacket(
        in body: RawSpan, from start: Int
    ) throws(EnginePacketError) -> (Element?, end: Int) {
        let mark = body[start]
        guard mark == textMark || mark == binaryMark else { throw .invalidMark(mark) }
        let (count, dataStart) = try length(in: body, from: start + 1, end: lengthEnd, zero: 0)
        guard count <= body.byteCount - dataStart else { throw .invalidLength }
        guard count > 0 else { throw .empty }
        let end = dataStart + count
        if mark == textMark {
            guard UTF8Validator.isValid(body.extracting(dataStart..<end)) else { throw .invalidUTF8 }
            return (try textPacket(in: body, dataStart..<end), end)
        }
        guard let type = EnginePacketType(rawValue: body[dataStart]) else { throw .unknownType(body[dataStart]) }
        guard type == .message else { return (.packet(type, data: end..<end), end) }
        return (.binary(body.extracting(dataStart + 1..<end).array), end)
    }

    /// A packet of text: `<digit><data>`, or `b<digit><base64>`.
    private static func textPacket(in body: RawSpan, _ range: Range<Int>) throws(EnginePacketError) -> Element {
        let first = body[range.lowerBound]
        let data = range.dropFirst()
        if first != UInt8(ascii: "b") {
            guard let type = EnginePacketType(digit: first) else { throw .unknownType(first) }
            return .packet(type, data: data)
        }
        guard let digit = data.first else { throw .empty }
        guard let type = EnginePacketType(digit: body[digit]) else { throw .unknownType(body[digit]) }
        guard let bytes = Base64.decode(body.extracting(data.dropFirst())) else { throw .invalidBase64 }
        return type == .message ? .binary(bytes) : .packet(type, data: data.upperBound..<data.upperBound)
    }

    /// A length of at least one digit, and the offset behind the byte that ends it.
    ///
    /// It is never more than the body has bytes, which no packet in it is longer than in any unit.
    private static func length(
        in body: RawSpan, from start: Int, end: UInt8, zero: UInt8
    ) throws(EnginePacketError) -> (Int, dataStart: Int) {
        var length = 0
        var index = start
        while index < body.byteCount {
            if body[index] == end {
                guard index > start else { throw .invalidLength }
                return (length, index + 1)
            }
            let digit = body[index] &- zero
            guard digit < 10, index - start < maxLengthDigits else { throw .invalidLength }
            length = length * 10 + Int(digit)
            guard length <= body.byteCount else { throw .invalidLength }
            index += 1
        }
        throw .invalidLength
    }

    /// Where that many UTF-16 code units of well-formed UTF-8 end; nil if that is beyond the body or within a character.
    private static func end(of units: Int, in body: RawSpan, from start: Int) -> Int? {
        var units = units
        var index = start
        while units > 0 {
            guard index < body.byteCount else { return nil }
            let (bytes, width) = Self.size(ofCharacterFrom: body[index])
            units -= width
            index += bytes
        }
        return units == 0 ? index : nil
    }

    /// The UTF-16 code units of well-formed UTF-8.
    static func utf16Count(_ text: RawSpan) -> Int {
        var count = 0
        var index = 0
        while index < text.byteCount {
            let (bytes, width) = size(ofCharacterFrom: text[index])
            count += width
            index += bytes
        }
        return count
    }

    /// The bytes, and the UTF-16 code units, of a character by the first byte of its UTF-8.
    private static func size(ofCharacterFrom lead: UInt8) -> (bytes: Int, units: Int) {
        switch lead {
        case 0..<0x80: (1, 1)
        case 0x80..<0xE0: (2, 1)
        case 0xE0..<0xF0: (3, 1)
        default: (4, 2)
        }
    }
}
