package import SIOBytes
import SIOJSON

extension MessagePackReader {
    /// Appends the next value as JSON, placeholders in place of its binary values.
    ///
    /// What JSON has no word for becomes what `JSON.stringify` makes of it: `undefined`, NaN and infinities `null`, a
    /// time a string in ISO 8601. Keys that are integers become strings.
    ///
    /// - Parameters:
    ///   - buffer: Where the text goes; after an error, there is some part of it.
    ///   - attachments: The binary values, which the placeholders count from the first; it has to be empty.
    ///   - limits: What the value may cost.
    /// - Throws: ``MessagePackError``.
    @_lifetime(self: copy self)
    package mutating func appendJSON(
        to buffer: inout ByteBuffer, attachments: inout [[UInt8]], limits: MessagePackLimits = MessagePackLimits()
    ) throws(MessagePackError) {
        /// The arrays and maps that are open: the innermost, and those around it.
        var open: Container?
        var outer: [Container] = []
        var elements = 0
        var hasPlaceholderKey = false
        repeat {
            elements += 1
            guard elements <= limits.elements else { throw .tooManyElements }
            let token = try next()
            if let container = open {
                open?.left -= 1
                open?.isFirst = false
                if container.isKeyNext {
                    if try appendKey(token, isFirst: container.isFirst, to: &buffer) { hasPlaceholderKey = true }
                    continue
                }
                if container.isMap {
                    buffer.append(UInt8(ascii: ":"))
                } else if !container.isFirst {
                    buffer.append(UInt8(ascii: ","))
                }
            }
            switch token {
            case .array(let count):
                buffer.append(UInt8(ascii: "["))
                if let container = open { outer.append(container) }
                open = Container(left: count, isMap: false)
            case .map(let count):
                buffer.append(UInt8(ascii: "{"))
                if let container = open { outer.append(container) }
                open = Container(left: 2 * count, isMap: true)
            case .binary(let range):
                guard attachments.count < limits.binaries else { throw .tooManyBinaries }
                buffer.appendPlaceholder(attachments.count)
                attachments.append(bytes.extracting(range).array)
            default:
                try appendScalar(token, to: &buffer)
            }
            if open != nil, outer.count >= limits.depth { throw .tooDeep }
            while let container = open, container.left == 0 {
                buffer.append(UInt8(ascii: container.isMap ? "}" : "]"))
                open = outer.popLast()
            }
        } while open != nil
        if hasPlaceholderKey, !attachments.isEmpty { throw .ambiguousPlaceholder }
    }

    /// An array or map whose end has not come.
    private struct Container {
        /// The values still to come, keys counted.
        var left: Int
        let isMap: Bool
        var isFirst = true

        var isKeyNext: Bool { isMap && left.isMultiple(of: 2) }
    }

    /// Appends a key of a map.
    ///
    /// - Returns: Whether it is the one that placeholders have.
    private func appendKey(
        _ token: MessagePackToken, isFirst: Bool, to buffer: inout ByteBuffer
    ) throws(MessagePackError) -> Bool {
        if !isFirst { buffer.append(UInt8(ascii: ",")) }
        switch token {
        case .string(let range):
            try appendString(range, to: &buffer)
            return bytes.extracting(range).equals("_placeholder")
        case .integer(let value):
            buffer.append(UInt8(ascii: "\""))
            buffer.appendJSON(integer: value)
            buffer.append(UInt8(ascii: "\""))
        case .unsigned(let value):
            buffer.append(UInt8(ascii: "\""))
            buffer.appendJSON(integer: value)
            buffer.append(UInt8(ascii: "\""))
        default:
            throw .invalidKey
        }
        return false
    }

    private func appendScalar(_ token: MessagePackToken, to buffer: inout ByteBuffer) throws(MessagePackError) {
        switch token {
        case .bool(let value): buffer.append(value ? "true" : "false")
        case .integer(let value): buffer.appendJSON(integer: value)
        case .unsigned(let value): buffer.appendJSON(integer: value)
        case .double(let value) where value.isFinite: buffer.appendJSON(number: value)
        case .string(let range): try appendString(range, to: &buffer)
        case .time(let milliseconds):
            guard let text = ISO8601.format(milliseconds: milliseconds) else { throw .invalidTimestamp }
            buffer.appendJSON(string: text)
        case .null, .undefined, .double, .binary, .array, .map: buffer.append("null")
        }
    }

    private func appendString(_ range: Range<Int>, to buffer: inout ByteBuffer) throws(MessagePackError) {
        let text = bytes.extracting(range)
        guard UTF8Validator.isValid(text) else { throw .invalidUTF8 }
        buffer.appendJSON(string: text)
    }
}
