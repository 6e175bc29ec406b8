import SIOJSON

extension ClusterMessage: Codable {
    private enum Key: String, CodingKey {
        case uid
        case nsp
        case type
        case data
    }

    private enum DataKey: String, CodingKey {
        case opts
        case packet
        case requestId
        case rooms
        case close
        case sockets
        case clientCount
        case count
    }

    // MARK: Writing

    /// Writes the message in the reference's form.
    public func encode(to encoder: any Encoder) throws {
        var envelope = encoder.container(keyedBy: Key.self)
        try envelope.encode(sender, forKey: .uid)
        try envelope.encode(namespace, forKey: .nsp)
        try envelope.encode(body.type, forKey: .type)
        switch body {
        case .initialHeartbeat, .heartbeat, .adapterClose, .other: return
        default: break
        }
        var data = envelope.nestedContainer(keyedBy: DataKey.self, forKey: .data)
        switch body {
        case .initialHeartbeat, .heartbeat, .adapterClose, .other:
            break
        case .broadcast(let packet, let options, let request):
            try data.encode(WireOptions(options), forKey: .opts)
            try data.encode(WirePacket(packet), forKey: .packet)
            try data.encodeIfPresent(request, forKey: .requestId)
        case .socketsJoin(let options, let rooms), .socketsLeave(let options, let rooms):
            try data.encode(WireOptions(options), forKey: .opts)
            try data.encode(rooms, forKey: .rooms)
        case .disconnectSockets(let options, let close):
            try data.encode(WireOptions(options), forKey: .opts)
            try data.encode(close, forKey: .close)
        case .fetchSockets(let options, let request), .countSockets(let options, let request):
            try data.encode(WireOptions(options), forKey: .opts)
            try data.encode(request, forKey: .requestId)
        case .fetchSocketsResponse(let sockets, let request):
            try data.encode(request, forKey: .requestId)
            try data.encode(sockets, forKey: .sockets)
        case .serverSideEmit(let event, let request):
            try data.encodeIfPresent(request, forKey: .requestId)
            try data.encode(event, forKey: .packet)
        case .serverSideEmitResponse(let answer, let request), .broadcastAcknowledgement(let answer, let request):
            try data.encode(request, forKey: .requestId)
            try data.encode(answer, forKey: .packet)
        case .broadcastClientCount(let count, let request):
            try data.encode(request, forKey: .requestId)
            try data.encode(count, forKey: .clientCount)
        case .broadcastClientsLeft(let count, let request), .countSocketsResponse(let count, let request):
            try data.encode(request, forKey: .requestId)
            try data.encode(count, forKey: .count)
        }
    }

    // MARK: Reading

    /// Reads a message in the reference's form.
    ///
    /// - Throws: `DecodingError` if it is none. A type that is not known is no error: ``Body/other(type:)``.
    public init(from decoder: any Decoder) throws {
        let envelope = try decoder.container(keyedBy: Key.self)
        sender = try envelope.decodeIfPresent(String.self, forKey: .uid) ?? ""
        namespace = try envelope.decodeIfPresent(String.self, forKey: .nsp) ?? "/"
        let type = try envelope.decode(Int.self, forKey: .type)
        switch type {
        case 1: body = .initialHeartbeat
        case 2: body = .heartbeat
        case 13: body = .adapterClose
        case 3...12, 100...102:
            body = try Self.body(
                type, envelope.nestedContainer(keyedBy: DataKey.self, forKey: .data), namespace: namespace)
        default: body = .other(type: type)
        }
    }

    private static func body(
        _ type: Int, _ data: KeyedDecodingContainer<DataKey>, namespace: String
    ) throws -> Body {
        func options() throws -> BroadcastOptions { try data.decode(WireOptions.self, forKey: .opts).options }
        func rooms() throws -> [String] { try data.decode([WireName].self, forKey: .rooms).map(\.text) }
        func request() throws -> String { try data.decode(String.self, forKey: .requestId) }
        /// What is undefined in JavaScript is not written at all.
        func answer() throws -> RawJSON { try data.decodeIfPresent(RawJSON.self, forKey: .packet) ?? .null }
        func count(_ key: DataKey) throws -> Int {
            let count = try data.decode(Int.self, forKey: key)
            guard count >= 0 else {
                throw DecodingError.dataCorruptedError(forKey: key, in: data, debugDescription: "a negative count")
            }
            return count
        }
        switch type {
        case 3:
            let wanted = try data.decodeIfPresent(String.self, forKey: .requestId)
            let packet = try data.decode(WirePacket.self, forKey: .packet)
            return .broadcast(try packet.event(in: namespace), try options(), request: wanted)
        case 4: return .socketsJoin(try options(), rooms: try rooms())
        case 5: return .socketsLeave(try options(), rooms: try rooms())
        case 6:
            let close = try data.decodeIfPresent(Bool.self, forKey: .close) ?? false
            return .disconnectSockets(try options(), close: close)
        case 7: return .fetchSockets(try options(), request: try request())
        case 8:
            let sockets = try data.decode([SocketDescription].self, forKey: .sockets)
            return .fetchSocketsResponse(sockets, request: try request())
        case 9:
            let event = try data.decode(RawJSON.self, forKey: .packet)
            return .serverSideEmit(event, request: try data.decodeIfPresent(String.self, forKey: .requestId))
        case 10: return .serverSideEmitResponse(try answer(), request: try request())
        case 11: return .broadcastClientCount(try count(.clientCount), request: try request())
        case 12: return .broadcastAcknowledgement(try answer(), request: try request())
        case 100: return .broadcastClientsLeft(try count(.count), request: try request())
        case 101: return .countSockets(try options(), request: try request())
        default: return .countSocketsResponse(try count(.count), request: try request())
        }
    }
}

/// A packet as servers pass it to each other: the reference's object in front of its encoder.
private struct WirePacket: Codable {
    /// 2; a server that has looked for binary may say 5.
    var type = 2
    var data: RawJSON
    var nsp: String?

    init(_ packet: EventPacket) throws {
        data = try RawJSON(trusted: packet.json, attachments: packet.attachments)
        nsp = packet.namespace
    }

    func event(in namespace: String) throws -> EventPacket {
        guard type == 2 || type == 5, nsp == nil || nsp == namespace else {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "no event of the namespace"))
        }
        let (text, attachments) = data.numbered
        return try EventPacket(json: text, attachments: attachments, namespace: namespace)
    }
}

/// A room's name: a server in JavaScript may use numbers.
struct WireName: Decodable {
    let text: String

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let name = try? container.decode(String.self) {
            text = name
        } else {
            text = try container.decode(JSONValue.self).numberText(at: decoder.codingPath)
        }
    }
}

extension JSONValue {
    fileprivate func numberText(at path: [any CodingKey]) throws -> String {
        guard doubleValue != nil else {
            throw DecodingError.dataCorrupted(.init(codingPath: path, debugDescription: "no name of a room"))
        }
        return description
    }
}

/// Options as servers pass them to each other.
struct WireOptions: Codable {
    private struct Flags: Codable {
        var volatile: Bool?
        var compress: Bool?
        /// In milliseconds.
        var timeout: Double?
    }

    private enum Key: String, CodingKey {
        case rooms
        case except
        case flags
    }

    let options: BroadcastOptions

    init(_ options: BroadcastOptions) {
        self.options = options
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        var options = BroadcastOptions()
        for name in try container.decodeIfPresent([WireName].self, forKey: .rooms) ?? [] {
            options.rooms.insert(name.text)
        }
        for name in try container.decodeIfPresent([WireName].self, forKey: .except) ?? [] {
            options.except.insert(name.text)
        }
        if let flags = try container.decodeIfPresent(Flags.self, forKey: .flags) {
            options.volatile = flags.volatile ?? false
            options.compress = flags.compress ?? true
            options.timeout = flags.timeout.map { .milliseconds(Int64(min(max($0, 0), Self.longestTimeout))) }
        }
        self.options = options
    }

    /// In milliseconds: what a timer of JavaScript can count.
    private static let longestTimeout = Double(Int32.max)

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(options.rooms.sorted(), forKey: .rooms)
        try container.encode(options.except.sorted(), forKey: .except)
        let flags = Flags(
            volatile: options.volatile ? true : nil,
            compress: options.compress ? nil : false,
            timeout: options.timeout.map { min(($0 / .milliseconds(1)).rounded(.up), Self.longestTimeout) })
        try container.encode(flags, forKey: .flags)
    }
}
