/// Why bytes were refused as MessagePack.
package enum MessagePackError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The bytes end within a value; a length that is more than what follows is found here too.
    case truncated
    /// Something stands behind the document's value.
    case trailingBytes
    /// The byte `c1`, which begins nothing.
    case neverUsed
    /// A string is not well-formed UTF-8.
    case invalidUTF8
    /// An extension of this type, which nobody here knows.
    case unknownExtension(Int8)
    /// A time that has too many nanoseconds, an unknown length, or no place in JavaScript's calendar.
    case invalidTimestamp
    /// A key of a map is neither a string nor an integer.
    case invalidKey
    /// Binary beside a map with the key `_placeholder`: in JSON the two could not be told apart.
    case ambiguousPlaceholder
    /// More than ``MessagePackLimits/depth``.
    case tooDeep
    /// More than ``MessagePackLimits/bytes``.
    case tooLong
    /// More than ``MessagePackLimits/elements``.
    case tooManyElements
    /// More than ``MessagePackLimits/binaries``.
    case tooManyBinaries

    package var description: String {
        switch self {
        case .truncated: "MessagePack that ends within a value"
        case .trailingBytes: "bytes behind the MessagePack"
        case .neverUsed: "a byte that begins nothing in MessagePack"
        case .invalidUTF8: "MessagePack with a string that is not valid UTF-8"
        case .unknownExtension(let type): "MessagePack with an unknown extension, type \(type)"
        case .invalidTimestamp: "MessagePack with an invalid timestamp"
        case .invalidKey: "MessagePack with a key that is no string"
        case .ambiguousPlaceholder: "binary beside the key _placeholder"
        case .tooDeep: "MessagePack that is nested too deeply"
        case .tooLong: "MessagePack that is too long"
        case .tooManyElements: "MessagePack with too many values"
        case .tooManyBinaries: "MessagePack with too many binary values"
        }
    }
}
