import SIOBytes
import SIOJSON

/// Writes the arguments of one packet behind one another, and takes the binary out of them.
@usableFromInline
package struct ArgumentWriter {
    var buffer = ByteBuffer()
    /// The binary found so far.
    var attachments: [[UInt8]] = []
    private let options: JSONEncodingOptions
    /// Whether something stands in front of the next argument.
    private var isBehindElement: Bool

    init(options: JSONEncodingOptions, isBehindElement: Bool) {
        self.options = options
        self.isBehindElement = isBehindElement
    }

    /// Writes an argument.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws.
    @inlinable
    package mutating func append<Argument: Encodable>(_ argument: Argument) throws {
        // Where the caller's types are known, all of this is known, too.
        if Argument.self == String.self {
            append(string: unsafe unsafeBitCast(argument, to: String.self))
        } else if Argument.self == Int.self {
            append(integer: unsafe unsafeBitCast(argument, to: Int.self))
        } else {
            try append(value: argument)
        }
    }

    @usableFromInline
    mutating func append(string text: String) {
        separate()
        buffer.appendJSON(string: text)
    }

    @usableFromInline
    mutating func append(integer number: Int) {
        separate()
        buffer.appendJSON(integer: number)
    }

    @usableFromInline
    mutating func append(value: some Encodable) throws {
        separate()
        try buffer.appendJSON(value, attachments: &attachments, options: options)
    }

    /// Writes arguments that are on their way through, as they are.
    ///
    /// - Parameters:
    ///   - arguments: JSON values with commas between them; their placeholders count `binary` from the first.
    ///   - binary: What the placeholders stand for.
    package mutating func append(_ arguments: RawSpan, binary: [[UInt8]]) {
        if arguments.byteCount > 0 { separate() }
        buffer.append(arguments)
        attachments = binary
    }

    private mutating func separate() {
        if isBehindElement { buffer.append(UInt8(ascii: ",")) }
        isBehindElement = true
    }
}
