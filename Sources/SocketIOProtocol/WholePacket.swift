package import SIOBytes
package import SIOJSON

/// A packet with all its attachments, its payload as JSON text: what other parsers make of their messages, and make
/// their messages of.
package struct WholePacket: ~Copyable {
    package var kind: Packet.Kind
    /// The namespace's name, with its slash, and with a query if there is one.
    package var namespace: String
    package var id: UInt64?
    /// The payload, placeholders in place of binary; empty if there is none.
    package var payload: ByteBuffer
    /// What the placeholders stand for.
    package var attachments: [[UInt8]]

    package init(
        _ kind: Packet.Kind, namespace: String = "/", id: UInt64? = nil, payload: consuming ByteBuffer = ByteBuffer(),
        attachments: [[UInt8]] = []
    ) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.payload = payload
        self.attachments = attachments
    }

    /// A packet that this side has written.
    ///
    /// - Parameters:
    ///   - text: The packet in the default parser's form.
    ///   - attachments: What its placeholders stand for.
    /// - Throws: ``PacketError`` if the text is none, which what ``PacketEncoder`` writes never is.
    package init(_ text: RawSpan, attachments: [[UInt8]]) throws(PacketError) {
        let header = try PacketHeader.parse(text, limits: .none)
        var payload = ByteBuffer()
        payload.append(text.extracting(header.payload))
        self.init(
            header.type.kind, namespace: header.namespace.map { text.extracting($0).string } ?? "/", id: header.id,
            payload: payload, attachments: attachments)
    }

    /// The packet as it is to be handled, checked as the default parser checks its own.
    ///
    /// - Parameters:
    ///   - parser: Parses the payload; the packet is valid until its next document.
    ///   - limits: What the packet may cost.
    /// - Returns: The packet.
    /// - Throws: The peer's fault.
    package func packet(parser: JSONParser, limits: PacketLimits) throws(PacketError) -> Packet {
        // What the default parser could not write, it could not answer either.
        let name = namespace.utf8
        guard name.first == UInt8(ascii: "/"), name.count == 1 || !name.contains(UInt8(ascii: ",")) else {
            throw .invalidNamespace
        }
        guard name.count <= limits.namespaceBytes else { throw .namespaceTooLong }
        if let id, id > PacketLimits.largestID { throw .invalidID }
        guard attachments.count <= limits.attachments else { throw .tooManyAttachments }
        let packet = try PacketDecoder.packet(
            kind, name.count > 1 ? namespace : nil, id, payload.bytes, parser, attachments)
        if !attachments.isEmpty, let payload = packet.payload,
            !payload.hasLegalPlaceholders(attachments: attachments.count)
        {
            throw .illegalPlaceholder
        }
        return packet
    }
}
