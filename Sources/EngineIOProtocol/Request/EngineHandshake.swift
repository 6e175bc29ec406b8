package import SIOBytes

/// The data of the open packet: what a session's client has to know (EIO4 "Handshake").
package struct EngineHandshake: Equatable, Sendable {
    /// The session's id.
    package var sid: String
    /// The transports that the client may move to.
    package var upgrades: [EngineTransport]
    /// The time from a pong to the next ping, in whole milliseconds.
    package var pingInterval: Duration
    /// The time a pong may take, in whole milliseconds.
    package var pingTimeout: Duration
    /// The bytes that a POST may carry; nil when the server does not say.
    package var maxPayload: Int?

    package init(
        sid: String, upgrades: [EngineTransport], pingInterval: Duration, pingTimeout: Duration, maxPayload: Int?
    ) {
        self.sid = sid
        self.upgrades = upgrades
        self.pingInterval = pingInterval
        self.pingTimeout = pingTimeout
        self.maxPayload = maxPayload
    }

    /// Appends the JSON text, with the reference's keys in the reference's order.
    package func append(to buffer: inout ByteBuffer) {
        buffer.reserve(Self.usualSize)
        buffer.append("{\"sid\":")
        buffer.append(jsonString: sid)
        buffer.append(",\"upgrades\":[")
        for (index, upgrade) in upgrades.enumerated() {
            if index > 0 { buffer.append(",") }
            buffer.append(jsonString: upgrade.rawValue)
        }
        buffer.append("],\"pingInterval\":")
        buffer.append(decimal: Self.milliseconds(pingInterval))
        buffer.append(",\"pingTimeout\":")
        buffer.append(decimal: Self.milliseconds(pingTimeout))
        if let maxPayload {
            buffer.append(",\"maxPayload\":")
            buffer.append(decimal: maxPayload)
        }
        buffer.append("}")
    }

    /// The bytes that the text has room in, most often.
    private static let usualSize = 128

    private static func milliseconds(_ duration: Duration) -> Int {
        Int(duration.attoseconds / 1_000_000_000_000_000)
    }
}

/// Why an open packet was not understood: the server's fault.
package enum EngineHandshakeError: Error, Equatable, Sendable {
    /// Longer than ``EngineLimits/handshakeBytes``.
    case tooLong
    /// Not the JSON text of an object, or deeper than ``EngineLimits/handshakeDepth``.
    case malformed
    /// The key is missing, or its value is of the wrong type or beyond what makes sense.
    case invalid(key: String)
}

extension EngineHandshake {
    /// Reads the data of an open packet, as a client does.
    ///
    /// Unknown keys and unknown transports are passed over.
    package init(_ text: RawSpan, limits: EngineLimits = EngineLimits()) throws(EngineHandshakeError) {
        guard text.byteCount <= limits.handshakeBytes else { throw .tooLong }
        var reader = HandshakeReader(text.array, depth: limits.handshakeDepth)
        var fields: [String: HandshakeReader.Value] = [:]
        try reader.readObject { (key, value) in fields[key] = value }

        guard case .string(let sid) = fields["sid"], !sid.isEmpty, sid.utf8.count <= limits.sessionIDBytes else {
            throw .invalid(key: "sid")
        }
        self.sid = sid
        switch fields["upgrades"] {
        case .strings(let names): upgrades = names.compactMap(EngineTransport.init(named:))
        case nil: upgrades = []
        default: throw .invalid(key: "upgrades")
        }
        pingInterval = try Self.time("pingInterval", in: fields)
        pingTimeout = try Self.time("pingTimeout", in: fields)
        switch fields["maxPayload"] {
        case .number(let number): maxPayload = number > 0 ? number : nil
        case nil: maxPayload = nil
        default: throw .invalid(key: "maxPayload")
        }
    }

    /// A time in milliseconds, up to what a JavaScript timer can count: 2³¹ − 1.
    private static func time(
        _ key: String, in fields: [String: HandshakeReader.Value]
    ) throws(EngineHandshakeError) -> Duration {
        guard case .number(let number) = fields[key], number > 0, number <= Int(Int32.max) else {
            throw .invalid(key: key)
        }
        return .milliseconds(number)
    }
}
