import SIOBytes

/// Packets that wait for a transport, first in, first out, already in the form of a polling payload of the fourth version.
///
/// A polling answer takes the payload as it is; the boundaries are kept beside it, for a client that may send no more
/// than `maxPayload` bytes at once, and for an upgrade, after which the packets leave one by one as WebSocket messages.
package struct PacketQueue: Sendable {
    /// A packet as a WebSocket message.
    package enum Message: Equatable, Sendable {
        /// A text: the type's digit and the data.
        case text([UInt8])
        /// The data of a binary message.
        case binary([UInt8])
    }

    private var payload = ByteBuffer()
    /// The bytes of each packet, without separators.
    ///
    /// Those before `first` have left.
    private var lengths: [Int] = []
    private var first = 0

    package init() {}

    package var isEmpty: Bool { first == lengths.count }

    /// The number of packets.
    package var count: Int { lengths.count - first }

    /// Whether a binary message is among the packets.
    package var hasBinary: Bool {
        var start = 0
        for length in lengths[first...] {
            if payload.bytes[start] == UInt8(ascii: "b") { return true }
            start += length + 1
        }
        return false
    }

    /// The bytes of the payload that the packets make.
    package var byteCount: Int { payload.count }

    /// Adds a packet of text.
    package mutating func append(_ type: EnginePacketType, _ data: RawSpan) {
        separate()
        EnginePacket.append(type, data, to: &payload)
        lengths.append(1 + data.byteCount)
    }

    /// Adds a packet without data.
    package mutating func append(_ type: EnginePacketType) {
        separate()
        payload.append(type.digit)
        lengths.append(1)
    }

    /// Adds a binary message, as `b` and base64.
    package mutating func append(binary data: RawSpan) {
        separate()
        payload.append(UInt8(ascii: "b"))
        Base64.encode(data, into: &payload)
        lengths.append(1 + Base64.encodedCount(data.byteCount))
    }

    /// Hands over all packets as one payload, and the storage with it.
    package mutating func takeAll() -> [UInt8] {
        lengths = []
        first = 0
        return payload.take()
    }

    /// Hands over as many packets as fit into `limit` bytes as one payload; at least one, if there are any.
    package mutating func take(upTo limit: Int) -> [UInt8] {
        guard count > 1, payload.count > limit else { return takeAll() }
        var end = lengths[first]
        var next = first + 1
        while next < lengths.count, end + 1 + lengths[next] <= limit {
            end += 1 + lengths[next]
            next += 1
        }
        let bytes = prefix(end)
        remove(end, leaving: next)
        return bytes
    }

    /// Hands over the first packet as a WebSocket message.
    package mutating func popFirst() -> Message? {
        guard !isEmpty else { return nil }
        let end = lengths[first]
        let message = firstMessage(end)
        remove(end, leaving: first + 1)
        return message
    }

    package mutating func removeAll() {
        self = PacketQueue()
    }

    private func prefix(_ end: Int) -> [UInt8] { payload.bytes.extracting(first: end).array }

    /// The packet in the first `end` bytes.
    private func firstMessage(_ end: Int) -> Message {
        let packet = payload.bytes.extracting(first: end)
        guard packet[0] == UInt8(ascii: "b") else { return .text(packet.array) }
        guard let bytes = Base64.decode(packet.extracting(droppingFirst: 1)) else {
            preconditionFailure("the queue holds base64 that it did not write")
        }
        return .binary(bytes)
    }

    private mutating func separate() {
        if !isEmpty { payload.append(EnginePayloadReader.separator) }
    }

    /// Drops `end` bytes of packets and the separator behind them; `next` is the packet that is then the first.
    private mutating func remove(_ end: Int, leaving next: Int) {
        if next == lengths.count {
            removeAll()
        } else {
            payload.consume(end + 1)
            first = next
            if first > 1024, first * 2 > lengths.count {
                lengths.removeFirst(first)
                first = 0
            }
        }
    }
}
