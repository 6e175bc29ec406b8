/// How packets become messages, and messages packets: the same on both ends of a connection.
public enum PacketParsing: Sendable {
    /// The protocol's own: a text of JSON, and a binary message for each binary value (`socket.io-parser`).
    case `default`
    /// One binary message of MessagePack for each packet (`socket.io-msgpack-parser`).
    ///
    /// Clients have to be made with that parser: `io({ parser: msgpackParser })` in JavaScript,
    /// `Client(serializer="msgpack")` in Python.
    ///
    /// Values are what they are with the default parser: a date is sent as a string in ISO 8601 (timestamps that arrive
    /// are understood), and a NaN that arrives is null.
    case messagePack
    /// One of your own.
    case custom(any PacketParser)
}

/// A parser of your own, for ``PacketParsing/custom(_:)``.
///
/// ```swift
/// struct Plain: PacketParser {
///     func encode(_ packet: ParsedPacket) throws -> [PacketMessage] { [.text(…)] }
///     func makeDecoder() -> any PacketMessageDecoder { PlainDecoder() }
/// }
/// ```
///
/// What packets say is checked behind it, as it is for the other parsers: a parser has to care for its messages' form
/// alone, and for bounds on what it keeps between them.
public protocol PacketParser: Sendable {
    /// Makes a packet's messages, which leave in their order.
    ///
    /// - Throws: Anything; the packet is dropped then, and the error reported.
    func encode(_ packet: ParsedPacket) throws -> [PacketMessage]

    /// Makes the decoder of one connection.
    func makeDecoder() -> any PacketMessageDecoder
}

/// What a ``PacketParser`` keeps of one connection; all calls come on the connection's event loop.
public protocol PacketMessageDecoder {
    /// Takes a message.
    ///
    /// - Returns: The packet that is complete with it; nil if more has to come.
    /// - Throws: Anything; it is the client's fault then, and its connection ends.
    mutating func receive(_ message: PacketMessage) throws -> ParsedPacket?
}

/// A message of Engine.IO.
public enum PacketMessage: Sendable, Hashable {
    /// Text.
    case text(String)
    /// Bytes.
    case binary([UInt8])
}
