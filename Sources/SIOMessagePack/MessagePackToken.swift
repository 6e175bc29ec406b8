/// A value of MessagePack, or the beginning of an array or map.
package enum MessagePackToken: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// An integer that fits only an `UInt64`.
    case unsigned(UInt64)
    case double(Double)
    /// The offsets of a string's bytes, not looked at yet.
    case string(Range<Int>)
    /// The offsets of bytes.
    case binary(Range<Int>)
    /// As many values follow.
    case array(Int)
    /// As many pairs of values follow, key and value.
    case map(Int)
    /// A time, in milliseconds since 1970, UTC; digits below are dropped.
    case time(Int64)
    /// JavaScript's `undefined`, as notepack.io writes it.
    case undefined
}
