package import SIOBytes
package import SIOJSON

/// Where one packet is put together: its text, and the binary that was taken out of its arguments.
public struct PacketWriter: ~Copyable {
    /// The packet's text, behind whatever was there before.
    package var buffer = ByteBuffer()
    /// The binary found so far, to be sent behind the text.
    package private(set) var attachments: [[UInt8]] = []
    private let options: JSONEncodingOptions
    private let remembers: Bool
    /// What an event that wants no acknowledgement carries behind its arguments; nil where there is nothing.
    package var offset: String?
    /// How the last event that wanted no acknowledgement began.
    private var last: (event: String, namespace: String, beginning: [UInt8]) = ("", "", [])
    /// Whether something stands in front of the next argument.
    private var isBehindElement = false

    /// A writer.
    ///
    /// - Parameters:
    ///   - options: How JSON is written.
    ///   - remembers: Whether it keeps how an event began, for the next one of that name: not for a writer of one packet.
    package init(options: JSONEncodingOptions = JSONEncodingOptions(), remembers: Bool = true) {
        self.options = options
        self.remembers = remembers
    }

    /// Forgets the last packet.
    ///
    /// - Parameters:
    ///   - prefix: What stands in front of the next one.
    ///   - room: The room in front of all that.
    ///   - keptCapacity: The most memory that is kept.
    package mutating func restart(with prefix: UInt8, roomInFront room: Int, keptCapacity: Int) {
        if buffer.capacity > keptCapacity { buffer = ByteBuffer() }
        buffer.restart(roomInFront: room, expecting: Self.expected)
        buffer.append(prefix)
        if !attachments.isEmpty { attachments = [] }
    }

    /// The bytes that most packets are shorter than.
    private static let expected = 1024

    // MARK: Arguments

    /// Writes an argument.
    ///
    /// - Throws: `EncodingError`, or what the value itself throws.
    @inlinable
    public mutating func append<Argument: Encodable>(_ argument: Argument) throws {
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
        buffer.appendJSON(string: text, behind: separator())
    }

    @usableFromInline
    mutating func append(integer number: Int) {
        if let separator = separator() { buffer.append(separator) }
        buffer.append(decimal: number)
    }

    @usableFromInline
    mutating func append(value: some Encodable) throws {
        if let separator = separator() { buffer.append(separator) }
        try buffer.appendJSON(value, attachments: &attachments, options: options)
    }

    /// Writes arguments that are on their way through, as they are.
    ///
    /// - Parameters:
    ///   - arguments: JSON values with commas between them; their placeholders count `binary` from the first.
    ///   - binary: What the placeholders stand for.
    package mutating func append(_ arguments: RawSpan, binary: [[UInt8]]) {
        if arguments.byteCount > 0, let separator = separator() { buffer.append(separator) }
        buffer.append(arguments)
        attachments = binary
    }

    private mutating func separator() -> UInt8? {
        defer { isBehindElement = true }
        return isBehindElement ? UInt8(ascii: ",") : nil
    }

    // MARK: The whole

    /// Writes an event's packet, up to its arguments.
    ///
    /// - Throws: ``ReservedEventName``; nothing was written then.
    @inline(__always)
    mutating func begin(event name: String, namespace: String, id: UInt64?) throws(ReservedEventName) {
        isBehindElement = true
        // Most events are like the one before, whose name was found good.
        if id == nil, Self.isSame(name, last.event), Self.isSame(namespace, last.namespace) {
            return buffer.append(last.beginning)
        }
        try beginAnew(event: name, namespace: namespace, id: id)
    }

    @inline(never)
    private mutating func beginAnew(event name: String, namespace: String, id: UInt64?) throws(ReservedEventName) {
        guard !EventName.isReserved(name) else { throw ReservedEventName(name) }
        let start = buffer.count
        PacketEncoder.appendHeader(.event, namespace: namespace, id: id, into: &buffer)
        buffer.appendJSON(string: name, behind: UInt8(ascii: "["))
        if remembers, id == nil { last = (name, namespace, buffer.bytes.extracting(droppingFirst: start).array) }
    }

    /// Whether the bytes are the same: to Unicode's eyes other texts are equal, too.
    @inline(__always)
    private static func isSame(_ text: String, _ other: String) -> Bool {
        // Most often it is the same literal: the same two words.
        typealias Words = (UInt, UInt)
        let (a, b) = unsafe (unsafeBitCast(text, to: Words.self), unsafeBitCast(other, to: Words.self))
        return a == b || hasSameBytes(text, other)
    }

    @inline(never)
    private static func hasSameBytes(_ text: String, _ other: String) -> Bool {
        unsafe text.utf8Span.span.bytes.hasSameBytes(as: other.utf8Span.span.bytes)
    }

    /// Writes the offset behind an event's arguments, once.
    mutating func appendOffset() {
        guard let offset = offset.take() else { return }
        append(string: offset)
    }

    /// Writes an acknowledgement's packet, up to its arguments.
    mutating func begin(ack id: UInt64, namespace: String) {
        PacketEncoder.appendHeader(.ack, namespace: namespace, id: id, into: &buffer)
        buffer.append(UInt8(ascii: "["))
        isBehindElement = false
    }

    /// Ends the packet that began at `start`.
    ///
    /// The number of attachments stands in front, where nobody can know it before: a packet that has some is moved.
    @inline(__always)
    mutating func end(_ binaryType: PacketType, from start: Int) {
        buffer.append(UInt8(ascii: "]"))
        if !attachments.isEmpty { insertAttachmentCount(binaryType, from: start) }
    }

    @inline(never)
    private mutating func insertAttachmentCount(_ binaryType: PacketType, from start: Int) {
        let rest = buffer.bytes.extracting(start + 1..<buffer.count).array
        buffer.truncate(to: start)
        buffer.append(UInt8(ascii: "0") + binaryType.rawValue)
        buffer.append(decimal: attachments.count)
        buffer.append(UInt8(ascii: "-"))
        buffer.append(rest)
    }

    /// Takes back the packet that began at `start`.
    mutating func rollBack(to start: Int) {
        buffer.truncate(to: start)
        attachments = []
    }
}
