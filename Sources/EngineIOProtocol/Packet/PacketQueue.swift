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

    /// The packets, behind what has left.
    private var storage: [UInt8] = []
    private var start = 0
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
        var offset = 0
        for length in lengths[first...] {
            if bytes[offset] == UInt8(ascii: "b") { return true }
            offset += length + 1
        }
        return false
    }

    /// The bytes of the payload that the packets make.
    package var byteCount: Int { storage.count - start }

    private var bytes: RawSpan {
        @_lifetime(borrow self)
        borrowing get { unsafe storage.span.bytes.extracting(droppingFirst: start) }
    }

    /// Adds a packet of text.
    package mutating func append(_ type: EnginePacketType, _ data: RawSpan) {
        let length = 1 + data.byteCount
        append(length: length) {
            $0.append(type.digit)
            $0.append(data)
        }
    }

    /// Adds a packet without data.
    package mutating func append(_ type: EnginePacketType) {
        append(length: 1) { $0.append(type.digit) }
    }

    /// Adds a binary message, as `b` and base64.
    package mutating func append(binary data: RawSpan) {
        append(length: 1 + Base64.encodedCount(data.byteCount)) {
            $0.append(UInt8(ascii: "b"))
            Base64.encode(data, into: &$0)
        }
    }

    /// Hands over all packets as one payload, and the storage with it.
    package mutating func takeAll() -> [UInt8] {
        defer { removeAll() }
        return start == 0 ? storage : bytes.array
    }

    /// Hands over as many packets as fit into `limit` bytes as one payload; at least one, if there are any.
    package mutating func take(upTo limit: Int) -> [UInt8] {
        guard count > 1, byteCount > limit else { return takeAll() }
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

    private func prefix(_ end: Int) -> [UInt8] { bytes.extracting(first: end).array }

    /// The packet in the first `end` bytes.
    private func firstMessage(_ end: Int) -> Message {
        let packet = bytes.extracting(first: end)
        guard packet[0] == UInt8(ascii: "b") else { return .text(packet.array) }
        guard let bytes = Base64.decode(packet.extracting(droppingFirst: 1)) else {
            preconditionFailure("the queue holds base64 that it did not write")
        }
        return .binary(bytes)
    }

    /// Adds the packet that the body writes, in so many bytes.
    private mutating func append(length: Int, _ body: (inout OutputSpan<UInt8>) -> Void) {
        let isFirst = isEmpty
        storage.append(addingCapacity: 1 + length) {
            if !isFirst { $0.append(EnginePayloadReader.separator) }
            body(&$0)
        }
        lengths.append(length)
    }

    /// Drops `end` bytes of packets and the separator behind them; `next` is the packet that is then the first.
    private mutating func remove(_ end: Int, leaving next: Int) {
        if next == lengths.count {
            removeAll()
        } else {
            start += end + 1
            first = next
            if start * 2 > storage.count {
                storage.removeFirst(start)
                start = 0
            }
            if first > 1024, first * 2 > lengths.count {
                lengths.removeFirst(first)
                first = 0
            }
        }
    }
}
