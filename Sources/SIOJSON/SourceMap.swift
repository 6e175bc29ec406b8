import SIOBytes

/// Where each value of a document lies in its text.
///
/// The tape does not say, so the text is gone through once more, in step with the tape. It is valid JSON by then.
struct SourceMap {
    /// The offset of the first byte of what each word of the tape stands for.
    private let offsets: [UInt32]

    init(_ parser: JSONParser) {
        let text = parser.tape.source
        var offsets = [UInt32](repeating: 0, count: parser.tape.tapeCount)
        var offset = 0
        var index = 1
        while index < parser.tape.tapeCount - 1 {
            offset = Self.skipSeparators(text, from: offset)
            offsets[index] = UInt32(offset)
            offset = Self.endOfToken(text, from: offset)
            switch parser.tape.kind(at: index) {
            case .integer, .unsigned, .double: index += 2
            default: index += 1
            }
        }
        self.offsets = offsets
    }

    /// The bytes of the value at `index`.
    func range(of index: Int, in parser: JSONParser) -> Range<Int> {
        let start = Int(offsets[index])
        switch parser.tape.kind(at: index) {
        case .array, .object: return start..<Int(offsets[parser.tape.index(after: index) - 1]) + 1
        default: return start..<Self.endOfToken(parser.tape.source, from: start)
        }
    }

    private static func skipSeparators(_ text: RawSpan, from start: Int) -> Int {
        var offset = start
        while offset < text.byteCount {
            switch text[offset] {
            case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: ":"): offset += 1
            default: return offset
            }
        }
        return offset
    }

    /// The offset behind a bracket, a brace, a string, a number or a word.
    private static func endOfToken(_ text: RawSpan, from start: Int) -> Int {
        var offset = start + 1
        switch text[start] {
        case UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
            return offset
        case UInt8(ascii: "\""):
            while offset < text.byteCount, text[offset] != UInt8(ascii: "\"") {
                offset += text[offset] == UInt8(ascii: "\\") ? 2 : 1
            }
            return offset + 1
        default:
            while offset < text.byteCount {
                switch text[offset] {
                case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "]"),
                    UInt8(ascii: "}"):
                    return offset
                default:
                    offset += 1
                }
            }
            return offset
        }
    }
}

extension JSONParser {
    /// The bytes of the value at `index`, as they came.
    @_lifetime(borrow self)
    func source(at index: Int) -> RawSpan {
        let text = tape.source.extracting(sourceRange(at: index))
        return unsafe _overrideLifetime(text, borrowing: self)
    }

    /// The text of the value at `index`, as it came.
    func sourceString(at index: Int) -> String { source(at: index).string }

    /// Where the bytes of the value at `index` lie in the document.
    func sourceRange(at index: Int) -> Range<Int> {
        // The outermost value is all that there is, so no map is made for it.
        if index == 1 { return tape.source.rangeWithoutWhiteSpace }
        let map = unsafe sourceMap ?? SourceMap(self)
        if unsafe sourceMap == nil { unsafe sourceMap = map }
        return map.range(of: index, in: self)
    }
}

extension RawSpan {
    /// The bytes without JSON's white space around them.
    fileprivate var rangeWithoutWhiteSpace: Range<Int> {
        func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }
        var end = byteCount
        while end > 0, isWhiteSpace(self[end - 1]) { end -= 1 }
        var start = 0
        while start < end, isWhiteSpace(self[start]) { start += 1 }
        return start..<end
    }
}
