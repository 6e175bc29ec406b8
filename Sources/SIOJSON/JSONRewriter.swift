import SIOBytes

/// Turns valid JSON that simdjson refuses into JSON that it takes.
///
/// JavaScript writes half of a surrogate pair as an escape (`"\ud800"`), and integers below 1e21 in full. Those two are
/// replaced, by `\ufffd` and by a number with a fraction; all else stays as it is, to be judged by the parser.
enum JSONRewriter {
    /// The rewritten text, or nil if there is nothing to rewrite.
    static func rewrite(_ text: RawSpan) -> ByteBuffer? {
        var output = ByteBuffer()
        var copied = 0
        var index = 0
        while index < text.byteCount {
            switch text[index] {
            case UInt8(ascii: "\""):
                index = rewriteString(text, from: index + 1, copied: &copied, into: &output)
            case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
                let number = integer(text, from: index)
                index = number.end
                if number.isTooLarge {
                    output.append(text.extracting(copied..<index))
                    output.append(".0")
                    copied = index
                }
            default:
                index += 1
            }
        }
        guard copied > 0 else { return nil }
        output.append(text.extracting(copied..<text.byteCount))
        return output
    }

    /// Goes through a string from behind its opening quote.
    ///
    /// - Returns: The offset behind the closing quote.
    private static func rewriteString(
        _ text: RawSpan,
        from start: Int,
        copied: inout Int,
        into output: inout ByteBuffer
    ) -> Int {
        var index = start
        while index < text.byteCount {
            switch text[index] {
            case UInt8(ascii: "\""):
                return index + 1
            case UInt8(ascii: "\\"):
                guard let unit = codeUnit(text, at: index), unit & 0xF800 == 0xD800 else {
                    index += 2
                    continue
                }
                if unit < 0xDC00, let next = codeUnit(text, at: index + 6), next & 0xFC00 == 0xDC00 {
                    index += 12
                    continue
                }
                output.append(text.extracting(copied..<index))
                output.append(#"\ufffd"#)
                index += 6
                copied = index
            default:
                index += 1
            }
        }
        return index
    }

    /// The UTF-16 code unit that an escape `\uXXXX` at `index` stands for.
    private static func codeUnit(_ text: RawSpan, at index: Int) -> UInt16? {
        guard index + 6 <= text.byteCount, text[index] == UInt8(ascii: "\\"), text[index + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for digit in 2..<6 {
            guard let value = text[index + digit].hexadecimalValue else { return nil }
            unit = unit << 4 | UInt16(value)
        }
        return unit
    }

    /// Where the number at `start` ends, and whether it is an integer that fits neither `Int64` nor `UInt64`.
    private static func integer(_ text: RawSpan, from start: Int) -> (end: Int, isTooLarge: Bool) {
        let isNegative = text[start] == UInt8(ascii: "-")
        var index = isNegative ? start + 1 : start
        var magnitude: UInt64 = 0
        var overflows = false
        while index < text.byteCount, text[index] &- UInt8(ascii: "0") < 10 {
            let product = magnitude.multipliedReportingOverflow(by: 10)
            let sum = product.partialValue.addingReportingOverflow(UInt64(text[index] - UInt8(ascii: "0")))
            overflows = overflows || product.overflow || sum.overflow
            magnitude = sum.partialValue
            index += 1
        }
        if isNegative, magnitude > UInt64(1) << 63 { overflows = true }
        var isInteger = true
        while index < text.byteCount {
            switch text[index] {
            case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"), UInt8(ascii: "+"), UInt8(ascii: "-"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                isInteger = false
                index += 1
            default:
                return (index, overflows && isInteger)
            }
        }
        return (index, overflows && isInteger)
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
