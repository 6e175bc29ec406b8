package import SIOBytes
package import SIOJSON
import SIOMessagePack

/// Packets as `socket.io-msgpack-parser` writes them: one binary message each, a map `{type, nsp, data?, id?}`.
///
/// Types are 0 to 4, for binary lies where it belongs. What else is in the map is of no interest: the reference's client
/// sends its `options`.
package enum MessagePackPacket {
    // MARK: Reading

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - limits: What a packet may cost.
    /// - Returns: The packet, its payload not checked yet.
    /// - Throws: The peer's fault.
    package static func decode(_ message: RawSpan, limits: PacketLimits) throws(PacketError) -> WholePacket {
        let fields: Fields
        do throws(MessagePackError) {
            fields = try Fields(message, limits)
        } catch .tooManyBinaries {
            throw .tooManyAttachments
        } catch {
            throw .invalidMessagePack(error)
        }
        guard fields.isMap else { throw .invalidMessagePack(nil) }
        guard case .integer(let number) = fields.type, let type = UInt8(exactly: number).flatMap(PacketType.init),
            !type.isBinary
        else { throw .invalidPacketType }
        guard case .string(let range) = fields.namespace else { throw .invalidNamespace }
        let name = message.extracting(range)
        let isRoot = name.equals("/")
        guard isRoot || UTF8Validator.isValid(name) else { throw .invalidNamespace }
        var packet = WholePacket(
            type.kind, namespace: isRoot ? "/" : name.string, payload: fields.payload,
            attachments: fields.attachments)
        switch fields.id {
        case .null, .undefined: break
        case .integer(let number) where number >= 0: packet.id = UInt64(number)
        default: throw .invalidID
        }
        return packet
    }

    /// What a map says, without judgement; of several entries with one key, the last.
    private struct Fields: ~Copyable {
        var isMap = false
        var type = MessagePackToken.undefined
        var namespace = MessagePackToken.undefined
        var id = MessagePackToken.undefined
        var payload = ByteBuffer()
        var attachments: [[UInt8]] = []

        /// Up to this many bytes a payload is written without growing.
        private static let usualBytes = 1024

        init(_ message: RawSpan, _ packetLimits: PacketLimits) throws(MessagePackError) {
            var limits = MessagePackLimits()
            limits.binaries = packetLimits.attachments
            guard message.byteCount <= limits.bytes else { throw .tooLong }
            var reader = MessagePackReader(message)
            guard case .map(let count) = try reader.next() else { return }
            isMap = true
            for _ in 0..<count {
                guard case .string(let key) = try reader.next() else { throw .invalidKey }
                let name = message.extracting(key)
                if name.equals("data") {
                    try readPayload(&reader, limits)
                } else if name.equals("type") {
                    try Self.read(&reader, into: &type)
                } else if name.equals("nsp") {
                    try Self.read(&reader, into: &namespace)
                } else if name.equals("id") {
                    try Self.read(&reader, into: &id)
                } else {
                    try reader.skip()
                }
            }
            guard reader.isAtEnd else { throw .trailingBytes }
        }

        /// Takes a value's beginning, and reads past the rest.
        private static func read(
            _ reader: inout MessagePackReader, into token: inout MessagePackToken
        ) throws(MessagePackError) {
            var ahead = reader
            token = try ahead.next()
            try reader.skip()
        }

        /// Takes the payload; what stands for nothing is none, as python-socketio sends it.
        private mutating func readPayload(
            _ reader: inout MessagePackReader, _ limits: MessagePackLimits
        ) throws(MessagePackError) {
            payload.removeAll(keepingCapacity: true)
            // Most often JSON is hardly longer; what is large may be binary, which has no place there.
            payload.reserve(min(reader.bytes.byteCount, Self.usualBytes))
            attachments = []
            var ahead = reader
            switch try ahead.next() {
            case .null, .undefined: reader = ahead
            default: try reader.appendJSON(to: &payload, attachments: &attachments, limits: limits)
            }
        }
    }

    // MARK: Writing

    /// Appends the message of a packet that this side has written.
    ///
    /// - Parameters:
    ///   - text: The packet in the default parser's form.
    ///   - attachments: What its placeholders stand for.
    ///   - parser: Parses the payload.
    ///   - buffer: Where the message goes.
    /// - Throws: ``PacketError`` if the text is no packet, or nested deeper than the parser can read.
    package static func append(
        _ text: RawSpan, attachments: [[UInt8]], parser: JSONParser, to buffer: inout ByteBuffer
    ) throws(PacketError) {
        let header = try PacketHeader.parse(text, limits: .none)
        var payload: JSONCursor?
        if !header.payload.isEmpty {
            do throws(JSONError) {
                payload = try parser.parse(text.extracting(header.payload))
            } catch {
                throw .invalidPayload
            }
        }
        buffer.appendMessagePack(mapOf: 2 + (payload == nil ? 0 : 1) + (header.id == nil ? 0 : 1))
        buffer.appendMessagePack(string: "type")
        buffer.appendMessagePack(integer: Int64(header.type.withoutBinary.rawValue))
        if let payload {
            buffer.appendMessagePack(string: "data")
            buffer.appendMessagePack(payload, attachments: attachments)
        }
        if let id = header.id {
            buffer.appendMessagePack(string: "id")
            buffer.appendMessagePack(unsigned: id)
        }
        buffer.appendMessagePack(string: "nsp")
        if let namespace = header.namespace {
            buffer.appendMessagePack(string: text.extracting(namespace))
        } else {
            buffer.appendMessagePack(string: "/")
        }
    }
}
