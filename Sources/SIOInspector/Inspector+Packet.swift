import SIOBytes
import SIOJSON
import SocketIOProtocol

extension Inspector {
    /// A Socket.IO packet.
    mutating func packet(_ window: Window) -> Finding {
        let header: PacketHeader
        do throws(PacketError) {
            header = try window.withBytes { bytes throws(PacketError) in try PacketHeader.parse(bytes, limits: .none) }
        } catch {
            return window.finding("Socket.IO packet", "", window.all, parts: [Self.fault(error, window)])
        }
        var parts = [window.finding("type", "\(header.type.rawValue) (\(header.type.name))", 0..<1)]
        var next = 1
        if header.type.isBinary, let dash = window.firstIndex(of: UInt8(ascii: "-"), from: 1) {
            parts.append(window.finding("attachments", "\(header.attachments)", 1..<dash))
            next = dash + 1
            attachments = (header.attachments, 0)
        }
        if next < header.payload.lowerBound, window.bytes[next] == UInt8(ascii: "/") {
            let end = window.firstIndex(of: UInt8(ascii: ","), from: next) ?? window.count
            parts.append(window.finding("namespace", window.part(next..<end).readable, next..<end))
            next = min(end + 1, window.count)
        } else {
            parts.append(window.finding("namespace", "/", next..<next))
        }
        if let id = header.id {
            parts.append(window.finding("id", "\(id)", next..<header.payload.lowerBound))
        }
        parts += payload(header, window)
        return window.finding("Socket.IO packet", header.type.name, window.all, parts: parts)
    }

    private mutating func payload(_ header: PacketHeader, _ window: Window) -> [Finding] {
        let text = window.part(header.payload)
        var findings: [Finding] = []
        if !text.isEmpty {
            switch header.type {
            case .event, .binaryEvent: findings = elements(text, first: "event", others: "argument")
            case .ack, .binaryAck: findings = elements(text, first: "argument", others: "argument")
            case .connect, .disconnect, .connectError: findings = value("payload", text)
            }
        }
        guard !findings.contains(where: \.isFault) else { return findings }
        // Whether the parts make a packet is the decoder's to say.
        let error = window.withBytes { bytes -> PacketError? in
            do throws(PacketError) {
                try PacketDecoder.check(bytes, parser: parser, limits: .none)
                return nil
            } catch {
                return error
            }
        }
        guard let error else { return findings }
        return findings + [text.fault("\(header.type.expectation) was expected: \(error)", at: 0)]
    }

    private static func fault(_ error: PacketError, _ window: Window) -> Finding {
        switch error {
        case .malformedAttachmentCount, .tooManyAttachments:
            return window.fault("a number of attachments and - were expected", at: 1)
        case .idTooLarge:
            return window.fault("an id of at most 2^53 - 1 was expected", at: 1)
        default:
            return window.fault("a digit from 0 to 6 was expected: a packet's type", at: 0)
        }
    }
}

extension PacketType {
    /// The name in the protocol's own words.
    fileprivate var name: String {
        switch self {
        case .connect: "CONNECT"
        case .disconnect: "DISCONNECT"
        case .event: "EVENT"
        case .ack: "ACK"
        case .connectError: "CONNECT_ERROR"
        case .binaryEvent: "BINARY_EVENT"
        case .binaryAck: "BINARY_ACK"
        }
    }

    fileprivate var expectation: String {
        switch self {
        case .connect: "an object or nothing"
        case .disconnect: "nothing"
        case .event, .binaryEvent: "an array with the event's name in front"
        case .ack, .binaryAck: "an id, and an array"
        case .connectError: "an object or a string"
        }
    }
}
