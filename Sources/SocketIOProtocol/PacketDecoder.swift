import SIOBytes
package import SIOJSON

/// Puts packets together from one connection's messages, and refuses what is none.
///
/// A text is a packet, or the beginning of one whose attachments follow as binary messages. What waits is bounded in
/// number, bytes and time.
package struct PacketDecoder: ~Copyable {
    package typealias Instant = ContinuousClock.Instant

    /// A packet whose text is valid and whose attachments are on their way.
    ///
    /// A class, because most connections never have one.
    private final class Pending {
        /// Parsed again when the attachments are there, because the parser serves others meanwhile.
        let text: [UInt8]
        let header: PacketHeader
        let deadline: Instant
        var attachments: [[UInt8]] = []
        var bytes: Int

        init(text: [UInt8], header: PacketHeader, deadline: Instant) {
            self.text = text
            self.header = header
            self.deadline = deadline
            bytes = text.count
        }
    }

    private let sharedLimits: SharedPacketLimits
    private var pending: Pending?

    package init(limits: PacketLimits = PacketLimits()) {
        self.init(sharing: SharedPacketLimits(limits))
    }

    /// A decoder that is one of many with the same limits.
    package init(sharing limits: SharedPacketLimits) {
        sharedLimits = limits
    }

    package var limits: PacketLimits { sharedLimits.value }

    /// When ``deadlineReached(now:)`` wants to be called; nil while nothing waits.
    package var deadline: Instant? { pending?.deadline }

    /// Takes a text message.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - parser: Parses the payload; the packet is valid until its next document.
    ///   - now: The time; asked for when something has to wait.
    /// - Returns: The packet, or nil if its attachments are to follow.
    /// - Throws: The peer's fault. Nothing more can be decoded.
    package mutating func receive(
        text: RawSpan,
        parser: JSONParser,
        now: @autoclosure () -> Instant
    ) throws(PacketError) -> Packet? {
        var whole: Packet?
        if try !read(text: text, parser: parser, { whole = $0 }) { try keep(text: text, now: now()) }
        return whole
    }

    /// Reads a text message, and keeps nothing: the straight road of ``receive(text:parser:now:)``, on which nothing changes.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - parser: Parses the payload.
    ///   - body: Given the packet, if it is complete.
    /// - Returns: Whether it was; else the text wants to be kept, by ``keep(text:now:)``, until its attachments are there.
    /// - Throws: The peer's fault. Nothing more can be decoded.
    package func read(
        text: RawSpan, parser: JSONParser, _ body: (Packet) -> Void
    ) throws(PacketError) -> Bool {
        guard pending == nil else { throw .textInsteadOfAttachment }
        if let payload = PacketHeader.payload(ofPlainEvent: text) {
            body(try Self.packet(.event, nil, nil, payload, parser, nil))
            return true
        }
        let header = try PacketHeader.parse(text, limits: limits)
        let packet = try Self.packet(header, text, parser, attachments: nil)
        guard header.attachments == 0 else {
            try Self.check(packet, attachments: header.attachments)
            return false
        }
        body(packet)
        return true
    }

    /// Keeps a text that was read, and whose attachments are to follow.
    ///
    /// - Throws: The peer's fault. Nothing more can be decoded.
    package mutating func keep(text: RawSpan, now: Instant) throws(PacketError) {
        guard text.byteCount <= limits.pendingBytes else { throw .tooMuchPending }
        let header = try PacketHeader.parse(text, limits: limits)
        pending = Pending(text: text.array, header: header, deadline: now + limits.pendingTime)
    }

    private static func check(_ packet: Packet, attachments count: Int) throws(PacketError) {
        if let payload = packet.payload, !payload.hasLegalPlaceholders(attachments: count) { throw .illegalPlaceholder }
    }

    /// Checks a text that is to be a packet, or the beginning of one, as ``receive(text:parser:now:)`` does, and keeps nothing.
    ///
    /// - Parameters:
    ///   - text: The message.
    ///   - parser: Parses the payload.
    ///   - limits: What the packet may cost.
    /// - Throws: The peer's fault.
    package static func check(_ text: RawSpan, parser: JSONParser, limits: PacketLimits) throws(PacketError) {
        let header = try PacketHeader.parse(text, limits: limits)
        let packet = try packet(header, text, parser, attachments: nil)
        if header.attachments > 0 { try check(packet, attachments: header.attachments) }
    }

    /// Takes a binary message.
    ///
    /// - Parameters:
    ///   - attachment: The message.
    ///   - parser: Parses the payload of a packet that is complete now; the packet is valid until its next document.
    /// - Returns: The packet, or nil if more attachments are to follow.
    /// - Throws: The peer's fault. Nothing more can be decoded.
    package mutating func receive(
        binary attachment: [UInt8],
        parser: JSONParser
    ) throws(PacketError) -> Packet? {
        guard let waiting = pending.take() else { throw .unexpectedAttachment }
        waiting.bytes += attachment.count
        guard waiting.bytes <= limits.pendingBytes else { throw .tooMuchPending }
        waiting.attachments.append(attachment)
        guard waiting.attachments.count == waiting.header.attachments else {
            pending = waiting
            return nil
        }
        let text = waiting.text
        return try Self.packet(waiting.header, unsafe text.span.bytes, parser, attachments: waiting.attachments)
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    ///
    /// - Throws: The peer's fault: attachments that did not come.
    package mutating func deadlineReached(now: Instant) throws(PacketError) {
        guard let waiting = pending, now >= waiting.deadline else { return }
        pending = nil
        throw .attachmentsLate
    }

    private static func packet(
        _ header: PacketHeader,
        _ text: RawSpan,
        _ parser: JSONParser,
        attachments: consuming [[UInt8]]?
    ) throws(PacketError) -> Packet {
        try packet(
            header.type.kind, header.namespace.map { text.extracting($0).string }, header.id,
            text.extracting(header.payload), parser,
            attachments)
    }

    /// Checks a packet whose parts are there, and makes it of them.
    @inline(__always)
    static func packet(
        _ kind: Packet.Kind,
        _ namespace: String?,
        _ id: UInt64?,
        _ text: RawSpan,
        _ parser: JSONParser,
        _ attachments: consuming [[UInt8]]?
    ) throws(PacketError) -> Packet {
        let payload = try payload(of: kind, text, parser)
        if kind == .ack, id == nil { throw .invalidPayload }
        var arguments = payload?.elements ?? JSONElements(noneOf: parser)
        var namePlace: UInt32 = 0
        if kind == .event {
            namePlace = arguments.position
            guard let name = arguments.next(), isValid(name) else { throw .invalidPayload }
        }
        return Packet(
            kind: kind,
            hasPayload: payload != nil,
            namePlace: namePlace,
            arguments: arguments,
            id: id,
            namespace: namespace,
            binary: attachments
        )
    }

    /// Whether the first element of an event's payload can be its name.
    @inline(__always)
    private static func isValid(_ name: JSONCursor) -> Bool {
        if name.isString { return !EventName.isReserved(name.stringBytes) }
        switch name.kind {
        case .integer, .unsigned, .double: return true
        default: return false
        }
    }

    /// Parses a payload and checks that it is one for the packet's type (`isPayloadValid` in the reference).
    @inline(__always)
    private static func payload(
        of kind: Packet.Kind,
        _ text: RawSpan,
        _ parser: JSONParser
    ) throws(PacketError) -> JSONCursor? {
        guard text.byteCount > 0 else {
            guard kind == .connect || kind == .disconnect else { throw .invalidPayload }
            return nil
        }
        guard kind != .disconnect else { throw .invalidPayload }
        // JSON allows white space there; behind a header it is a mistake.
        switch text[0] {
        case UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: "\""): break
        default: throw .invalidPayload
        }
        let payload: JSONCursor
        do throws(JSONError) {
            payload = try parser.parse(text)
        } catch {
            throw .invalidPayload
        }
        guard isValid(payload, for: kind) else { throw .invalidPayload }
        return payload
    }

    @inline(__always)
    private static func isValid(_ payload: JSONCursor, for kind: Packet.Kind) -> Bool {
        switch kind {
        case .event, .ack: payload.isArray
        case .connect: payload.kind == .object
        case .connectError: payload.kind == .object || payload.kind == .string
        case .disconnect: false
        }
    }
}
