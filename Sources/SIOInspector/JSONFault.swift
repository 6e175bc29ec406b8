/// Where a text stops being JSON (RFC 8259), and what should stand there.
///
/// The parser says only that it is none; people want to know where.
struct JSONFault: Equatable {
    let offset: Int
    let expected: String

    /// Nil if nothing is found: for what else than its syntax is wrong with a text this is not made.
    init?(in bytes: [UInt8]) {
        var scanner = Scanner(bytes: bytes)
        guard let expected = scanner.scan() else { return nil }
        self.init(offset: scanner.offset, expected: expected)
    }

    private init(offset: Int, expected: String) {
        self.offset = offset
        self.expected = expected
    }

    private struct Scanner {
        let bytes: [UInt8]
        var offset = 0
        /// The brackets that close what is open: a list, so that depth costs no stack.
        var open: [UInt8] = []

        var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

        /// What should stand at ``offset``; nil if all is well.
        mutating func scan() -> String? {
            while true {
                skipSpace()
                if let expected = value() { return expected }
                // Behind a value: what closes, as much as there is, and then what goes on.
                while true {
                    skipSpace()
                    guard let closing = open.last else { return next == nil ? nil : "nothing more" }
                    if next == closing {
                        offset += 1
                        open.removeLast()
                        continue
                    }
                    guard take(UInt8(ascii: ",")) else { return "a comma or \(Character(Unicode.Scalar(closing)))" }
                    break
                }
                if open.last == UInt8(ascii: "}"), let expected = key() { return expected }
            }
        }

        /// Takes a value, or the beginning of one: behind it, the next value's place is looked at.
        private mutating func value() -> String? {
            while true {
                skipSpace()
                switch next {
                case UInt8(ascii: "["):
                    offset += 1
                    skipSpace()
                    open.append(UInt8(ascii: "]"))
                    if next == UInt8(ascii: "]") { return nil }
                case UInt8(ascii: "{"):
                    offset += 1
                    skipSpace()
                    open.append(UInt8(ascii: "}"))
                    if next == UInt8(ascii: "}") { return nil }
                    if let expected = key() { return expected }
                case UInt8(ascii: "\""): return string()
                case UInt8(ascii: "t"): return word("true")
                case UInt8(ascii: "f"): return word("false")
                case UInt8(ascii: "n"): return word("null")
                case let byte? where byte == UInt8(ascii: "-") || (0x30...0x39).contains(byte): return number()
                default: return "a value"
                }
            }
        }

        private mutating func key() -> String? {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { return "a name in quotes" }
            if let expected = string() { return expected }
            skipSpace()
            return take(UInt8(ascii: ":")) ? nil : "a colon"
        }

        private mutating func string() -> String? {
            offset += 1
            while let byte = next {
                switch byte {
                case UInt8(ascii: "\""):
                    offset += 1
                    return nil
                case UInt8(ascii: "\\"):
                    offset += 1
                    guard let escape = next, "\"\\/bfnrtu".utf8.contains(escape) else { return "an escape" }
                    offset += 1
                    if escape == UInt8(ascii: "u") {
                        for _ in 0..<4 { if !takeHexadecimal() { return "four hexadecimal digits" } }
                    }
                case 0..<0x20: return "no control character"
                default: offset += 1
                }
            }
            return "a closing quote"
        }

        private mutating func number() -> String? {
            _ = take(UInt8(ascii: "-"))
            if take(UInt8(ascii: "0")) {
                if let byte = next, (0x30...0x39).contains(byte) { return "no digit behind a zero" }
            } else if !takeDigits() {
                return "a digit"
            }
            if take(UInt8(ascii: ".")), !takeDigits() { return "a digit" }
            if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
                _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
                if !takeDigits() { return "a digit" }
            }
            return nil
        }

        private mutating func word(_ word: StaticString) -> String? {
            for byte in "\(word)".utf8 where !take(byte) { return "\(word)" }
            return nil
        }

        private mutating func take(_ byte: UInt8) -> Bool {
            guard next == byte else { return false }
            offset += 1
            return true
        }

        private mutating func takeDigits() -> Bool {
            let start = offset
            while let byte = next, (0x30...0x39).contains(byte) { offset += 1 }
            return offset > start
        }

        private mutating func takeHexadecimal() -> Bool {
            guard let byte = next, "0123456789abcdefABCDEF".utf8.contains(byte) else { return false }
            offset += 1
            return true
        }

        private mutating func skipSpace() {
            while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { offset += 1 }
        }
    }
}
