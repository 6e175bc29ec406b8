import EngineIOProtocol
import SocketIOTesting

/// A packet between the models: numbers in place of Socket.IO's text, whose own tests are elsewhere.
struct WirePacket: Equatable {
    enum Kind: UInt8 {
        case connect = 48
        case disconnect
        case event
        case ack
        case connectError
    }

    var kind: Kind
    var namespace: Int
    /// `sid`, or `pid` in a client's CONNECT, or an acknowledgement's id.
    var id: Int?
    /// `pid`, or `offset` in a client's CONNECT, or what the packet is about.
    var value: Int?
    /// An event's offset.
    var offset: Int?
    /// The session that an event is meant for; Socket.IO's packets do not say, so no machine may look.
    var session: Int?

    init(
        _ kind: Kind, _ namespace: Int, id: Int? = nil, value: Int? = nil, offset: Int? = nil, session: Int? = nil
    ) {
        self.kind = kind
        self.namespace = namespace
        self.id = id
        self.value = value
        self.offset = offset
        self.session = session
    }

    /// The packet as the engine carries it: decimal numbers behind the type's digit, each behind a comma.
    var message: EnginePair.Message {
        var bytes = [kind.rawValue]
        for number in [namespace, id, value, offset, session] {
            bytes.append(UInt8(ascii: ","))
            guard let number else { continue }
            let start = bytes.count
            var rest = number
            repeat {
                bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
                rest /= 10
            } while rest > 0
            bytes[start...].reverse()
        }
        return .text(bytes)
    }

    /// The packet that the engine has carried; nil if it is none.
    init?(_ message: EnginePair.Message) {
        guard case .text(let bytes) = message, let first = bytes.first, let kind = Kind(rawValue: first) else {
            return nil
        }
        var numbers: [Int?] = []
        var number: Int?
        for byte in bytes.dropFirst(2) {
            if byte == UInt8(ascii: ",") {
                numbers.append(number)
                number = nil
            } else {
                number = (number ?? 0) * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        numbers.append(number)
        guard numbers.count == 5, let namespace = numbers[0] else { return nil }
        self.init(kind, namespace, id: numbers[1], value: numbers[2], offset: numbers[3], session: numbers[4])
    }
}
