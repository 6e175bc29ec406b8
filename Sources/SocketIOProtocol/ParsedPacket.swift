import SIOBytes
public import SIOJSON

/// A packet as a ``PacketParser`` sees it (Socket.IO 5, "Packet types").
public struct ParsedPacket: Sendable, Hashable {
    /// What a packet says; the raw values are the protocol's, binary or not making no difference.
    public enum Kind: Int, Sendable, Hashable, CaseIterable {
        /// Asks to join a namespace, or says that it is joined. The payload is an object, or there is none.
        case connect = 0
        /// Leaves the namespace. There is no payload.
        case disconnect = 1
        /// The payload is an array: the event's name, and its arguments.
        case event = 2
        /// The payload is an array of arguments. There is an id.
        case acknowledgement = 3
        /// The payload is an object with a `message`, and maybe `data`.
        case connectError = 4
    }

    /// What the packet says.
    public var kind: Kind
    /// The namespace's name, which begins with a slash.
    public var namespace: String
    /// Which acknowledgement is wanted, or is this: at most 2^53 - 1.
    public var id: UInt64?
    /// What the packet carries, binary in its place.
    public var payload: RawJSON?

    /// A packet.
    public init(_ kind: Kind, namespace: String = "/", id: UInt64? = nil, payload: RawJSON? = nil) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.payload = payload
    }

    /// A packet that this side has written.
    ///
    /// - Throws: An error if the payload is nested deeper than can be read.
    package init(_ packet: borrowing WholePacket) throws {
        self.init(Kind(packet.kind), namespace: packet.namespace, id: packet.id)
        guard !packet.payload.isEmpty else { return }
        payload = try JSONParser.reading(packet.payload.bytes, limits: .deep) {
            try $0.raw(attachments: packet.attachments)
        }
    }

    /// The packet with its payload as text.
    package var whole: WholePacket {
        var whole = WholePacket(kind.inner, namespace: namespace, id: id)
        if let payload {
            payload.append(to: &whole.payload, firstNumber: 0)
            whole.attachments = payload.attachments
        }
        return whole
    }
}

extension ParsedPacket.Kind {
    fileprivate init(_ kind: Packet.Kind) {
        switch kind {
        case .connect: self = .connect
        case .disconnect: self = .disconnect
        case .event: self = .event
        case .ack: self = .acknowledgement
        case .connectError: self = .connectError
        }
    }

    fileprivate var inner: Packet.Kind {
        switch self {
        case .connect: .connect
        case .disconnect: .disconnect
        case .event: .event
        case .acknowledgement: .ack
        case .connectError: .connectError
        }
    }
}
