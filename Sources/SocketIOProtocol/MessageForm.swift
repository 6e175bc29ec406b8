import SIOBytes
package import SIOJSON

/// What packets are as messages where another than the default parser is used.
package enum MessageForm {
    case messagePack
    case custom(any PacketParser)

    /// Nil if the default parser is used.
    package init?(_ parsing: PacketParsing) {
        switch parsing {
        case .default: return nil
        case .messagePack: self = .messagePack
        case .custom(let parser): self = .custom(parser)
        }
    }

    /// Makes messages of a packet in the default parser's form.
    ///
    /// - Parameters:
    ///   - text: The packet's text.
    ///   - attachments: What its placeholders stand for.
    ///   - parser: One that nobody uses now.
    /// - Returns: The messages, in their order.
    /// - Throws: What the application's parser throws.
    package func messages(
        _ text: RawSpan, attachments: [[UInt8]], parser: JSONParser
    ) throws -> [PacketMessage] {
        switch self {
        case .messagePack:
            var message = ByteBuffer()
            try MessagePackPacket.append(text, attachments: attachments, parser: parser, to: &message)
            return [.binary(message.take())]
        case .custom(let parser):
            return try parser.encode(ParsedPacket(WholePacket(text, attachments: attachments)))
        }
    }
}

/// Makes packets of one connection's messages where another than the default parser is used.
package struct MessageReader {
    /// Nil for MessagePack, which has nothing to remember.
    private var decoder: (any PacketMessageDecoder)?

    package init(_ form: MessageForm) {
        switch form {
        case .messagePack: decoder = nil
        case .custom(let parser): decoder = parser.makeDecoder()
        }
    }

    /// Takes a text message.
    ///
    /// - Returns: The packet that is complete with it, not checked yet; nil if more has to come.
    /// - Throws: The peer's fault.
    package mutating func receive(text: RawSpan) throws(PacketError) -> WholePacket? {
        guard decoder != nil else { throw .textInsteadOfPacket }
        return try receive(.text(text.string))
    }

    /// Takes a binary message.
    ///
    /// - Parameters:
    ///   - binary: The message.
    ///   - limits: What a packet may cost.
    /// - Returns: The packet that is complete with it, not checked yet; nil if more has to come.
    /// - Throws: The peer's fault.
    package mutating func receive(binary: RawSpan, limits: PacketLimits) throws(PacketError) -> WholePacket? {
        guard decoder == nil else { return try receive(.binary(binary.array)) }
        return try MessagePackPacket.decode(binary, limits: limits)
    }

    private mutating func receive(_ message: PacketMessage) throws(PacketError) -> WholePacket? {
        do {
            return try decoder?.receive(message)?.whole
        } catch {
            throw .refusedByParser("\(error)")
        }
    }
}
