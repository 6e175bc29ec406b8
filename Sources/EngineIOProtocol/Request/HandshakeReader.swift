/// Reads the JSON object of an open packet: strings, whole numbers and arrays of strings; the rest is passed over.
///
/// It runs once a session, on the client; it takes no dependency on the JSON module's parser for five keys.
struct HandshakeReader {
    enum Value: Equatable {
        case string(String)
        case strings([String])
        /// A number without its fraction.
        case number(Int)
        /// Anything else.
        case other
    }

    private let bytes: [UInt8]
    private let depth: Int
    private var index = 0

    init(_ bytes: [UInt8], depth: Int) {
        self.bytes = bytes
        self.depth = depth
    }

    /// Reads the whole text, one key at a time.
    mutating func readObject(_ field: (String, Value) -> Void) throws(EngineHandshakeError) {
        try expect("{")
        if !take("}") {
            repeat {
                skipSpace()
                let key = try readString()
                try expect(":")
                field(key, try readValue())
            } while take(",")
            try expect("}")
        }
        skipSpace()
        guard index == bytes.count else { throw .malformed }
    }

    private mutating func readValue() throws(EngineHandshakeError) -> Value {
        skipSpace()
        switch peek {
        case UInt8(ascii: "\""):
            return .string(try readString())
        case UInt8(ascii: "["):
            let start = index
            if let strings = try readStrings() { return .strings(strings) }
            index = start
            try skipNested()
            return .other
        case UInt8(ascii: "{"):
            try skipNested()
            return .other
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            return try readNumber()
        default:
            try skipWord()
            return .other
        }
    }

    /// An array of strings, or nil when something else is in it.
    private mutating func readStrings() throws(EngineHandshakeError) -> [String]? {
        try expect("[")
        if take("]") { return [] }
        var strings: [String] = []
        repeat {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { return nil }
            strings.append(try readString())
        } while take(",")
        return take("]") ? strings : nil
    }

    private mutating func readNumber() throws(EngineHandshakeError) -> Value {
        let negative = take("-")
        var number = 0
        guard peek.isDigit else { throw .malformed }
        while peek.isDigit {
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.addingReportingOverflow(Int(peek - UInt8(ascii: "0")))
            guard !overflow, !overflowToo else { throw .malformed }
            number = sum
            index += 1
        }
        if peek == UInt8(ascii: ".") {
            index += 1
            guard peek.isDigit else { throw .malformed }
            while peek.isDigit { index += 1 }
        }
        // Nobody writes a time with an exponent; as a whole number it would be a wrong one.
        if peek | 0x20 == UInt8(ascii: "e") { throw .malformed }
        return .number(negative ? -number : number)
    }

    private mutating func readString() throws(EngineHandshakeError) -> String {
        guard peek == UInt8(ascii: "\"") else { throw .malformed }
        index += 1
        var text: [UInt8] = []
        while true {
            let byte = peek
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else { throw .malformed }
                return string
            case UInt8(ascii: "\\"):
                try readEscape(into: &text)
            case 0..<0x20:
                // The end of the text reads as zero, so an open string ends here too.
                throw .malformed
            default:
                text.append(byte)
            }
        }
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(EngineHandshakeError) {
        let byte = peek
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var units = [try readUnit()]
            if UTF16.isLeadSurrogate(units[0]), peek == UInt8(ascii: "\\"), peek(1) == UInt8(ascii: "u") {
                index += 2
                units.append(try readUnit())
            }
            // A surrogate alone becomes U+FFFD.
            text.append(contentsOf: String(decoding: units, as: UTF16.self).utf8)
        default: throw .malformed
        }
    }

    private mutating func readUnit() throws(EngineHandshakeError) -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = peek.hexValue else { throw .malformed }
            unit = unit << 4 | digit
            index += 1
        }
        return unit
    }

    /// Passes over an array or object, by counting brackets.
    private mutating func skipNested() throws(EngineHandshakeError) {
        var open = 0
        repeat {
            skipSpace()
            switch peek {
            case UInt8(ascii: "["), UInt8(ascii: "{"):
                open += 1
                guard open < depth else { throw .malformed }
                index += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"):
                open -= 1
                index += 1
            case UInt8(ascii: "\""):
                _ = try readString()
            case 0:
                throw .malformed
            default:
                index += 1
            }
        } while open > 0
    }

    /// Passes over `true`, `false` or `null`.
    private mutating func skipWord() throws(EngineHandshakeError) {
        let start = index
        while peek >= UInt8(ascii: "a"), peek <= UInt8(ascii: "z") { index += 1 }
        let word = String(decoding: bytes[start..<index], as: UTF8.self)
        guard ["true", "false", "null"].contains(word) else { throw .malformed }
    }

    // MARK: Bytes

    /// The next byte; zero at the end, which no JSON text has outside of its strings.
    private var peek: UInt8 { peek(0) }

    private func peek(_ distance: Int) -> UInt8 {
        index + distance < bytes.count ? bytes[index + distance] : 0
    }

    private mutating func skipSpace() {
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard peek == UInt8(ascii: character) else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(EngineHandshakeError) {
        guard take(character) else { throw .malformed }
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    fileprivate var hexValue: UInt16? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
