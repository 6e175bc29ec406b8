/// What names, ids and keys look like.
enum Names {
    /// A person's name, trimmed; nil if it will not do.
    static func person(_ text: String, limits: ChatLimits) -> String? {
        let name = trimmed(text)
        let length = name.unicodeScalars.count
        return (1...limits.nameLength).contains(length) && name.unicodeScalars.allSatisfy(isPrintable) ? name : nil
    }

    /// A room's name, trimmed; nil if it will not do.
    static func room(_ text: String, limits: ChatLimits) -> String? {
        let name = trimmed(text)
        let length = name.unicodeScalars.count
        guard (1...limits.nameLength).contains(length) else { return nil }
        return name.allSatisfy { $0.isLetter || $0.isNumber || " -_".contains($0) } ? name : nil
    }

    /// Names that differ only in case are one.
    static func folded(_ name: String) -> String { name.lowercased() }

    /// Whether this is a random text of the kind that pages make.
    static func isToken(_ text: String, length: ClosedRange<Int>) -> Bool {
        length.contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }

    static func isBlank(_ text: String) -> Bool { text.allSatisfy(\.isWhitespace) }

    private static func trimmed(_ text: String) -> String {
        let rest = text.drop(while: \.isWhitespace)
        guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(rest[...last])
    }

    /// Control characters would reach the terminal, and others could turn the direction of the text around a name.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: false
        default: !scalar.properties.isBidiControl
        }
    }
}
