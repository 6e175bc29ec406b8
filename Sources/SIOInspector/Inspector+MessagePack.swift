import SIOBytes
import SIOMessagePack
import SocketIOProtocol

extension Inspector {
    /// Arrays and maps inside one another that are shown.
    private static let maxDepth = MessagePackLimits().depth

    /// A Socket.IO packet in MessagePack, as `socket.io-msgpack-parser` writes it.
    mutating func messagePack(_ window: Window) -> Finding {
        var parts: [Finding] = []
        var left = self.left
        let fault = window.withBytes { bytes -> Finding? in
            var reader = MessagePackReader(bytes)
            do throws(MessagePackError) {
                parts.append(try Self.value("map", &reader, window, depth: 0, &left))
            } catch {
                return window.fault("not expected: \(error)", at: reader.offset)
            }
            if left < 0 {
                cut(&parts, window, at: reader.offset)
                return nil
            }
            return reader.isAtEnd ? nil : window.fault("nothing more was expected", at: reader.offset)
        }
        if let fault { return window.finding("MessagePack packet", "", window.all, parts: parts + [fault]) }
        do throws(PacketError) {
            let title = try window.withBytes { bytes throws(PacketError) in
                let packet = try MessagePackPacket.decode(bytes, limits: .none)
                return "\(packet.kind) in \(packet.namespace)"
            }
            return window.finding("MessagePack packet", title, window.all, parts: parts)
        } catch {
            parts.append(window.fault("a map with type, nsp, data and id was expected: \(error)", at: 0))
            return window.finding("MessagePack packet", "", window.all, parts: parts)
        }
    }

    /// Whether the bytes are a packet.
    static func isMessagePack(_ window: Window) -> Bool {
        window.withBytes { bytes in
            do throws(PacketError) {
                _ = try MessagePackPacket.decode(bytes, limits: .none)
                return true
            } catch {
                return false
            }
        }
    }

    /// The next value, and all that is in it.
    ///
    /// Below zero, `left`, the findings that there may be, were not enough.
    private static func value(
        _ name: String, _ reader: inout MessagePackReader, _ window: Window, depth: Int, _ left: inout Int
    ) throws(MessagePackError) -> Finding {
        let start = reader.offset
        let token = try reader.next()
        left -= 1
        var parts: [Finding] = []
        switch token {
        case .array(let count):
            guard depth < maxDepth else { throw .tooDeep }
            for index in 0..<count {
                guard left > 0 else {
                    left = -1
                    break
                }
                parts.append(try value("\(index)", &reader, window, depth: depth + 1, &left))
            }
        case .map(let count):
            guard depth < maxDepth else { throw .tooDeep }
            for _ in 0..<count {
                guard left > 0 else {
                    left = -1
                    break
                }
                let key = try reader.next()
                parts.append(try value(text(key, window), &reader, window, depth: depth + 1, &left))
            }
        default: break
        }
        return window.finding(name, text(token, window), start..<reader.offset, parts: parts)
    }

    private static func text(_ token: MessagePackToken, _ window: Window) -> String {
        switch token {
        case .null: "null"
        case .bool(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .unsigned(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let range): window.part(range).readable
        case .binary(let range): "\(range.count) bytes: \(window.part(range).hexadecimal)"
        case .array(let count): "array of \(count)"
        case .map(let count): "map of \(count)"
        case .time(let milliseconds): "\(milliseconds) ms since 1970"
        case .undefined: "undefined"
        }
    }
}
