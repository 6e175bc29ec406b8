import EngineIOProtocol
import SIOBytes

extension Inspector {
    /// An Engine.IO packet, as a WebSocket's text carries it.
    mutating func enginePacket(_ window: Window) -> Finding {
        let type: EnginePacketType
        do throws(EnginePacketError) {
            type = try window.withBytes { bytes throws(EnginePacketError) in try EnginePacket.type(ofText: bytes) }
        } catch {
            return window.finding(
                "Engine.IO packet", "", window.all,
                parts: [window.fault("a digit from 0 to 6 was expected: a packet's type", at: 0)])
        }
        return enginePacket(type, window.part(0..<1), window.part(1..<window.count))
    }

    private mutating func enginePacket(_ type: EnginePacketType, _ mark: Window, _ data: Window) -> Finding {
        var parts = [mark.finding("type", "\(type.rawValue) (\(type))", mark.all)]
        switch type {
        case .message: parts.append(packet(data))
        case .open: parts += JSONFindings.value("handshake", data)
        case .close, .ping, .pong, .upgrade, .noop:
            if !data.isEmpty { parts.append(data.finding("data", data.readable, data.all)) }
        }
        var finding = mark.finding("Engine.IO packet", "\(type)", mark.all, parts: parts)
        finding.place = Window([], base: mark.base, isDerived: mark.isDerived).place(0..<1 + data.count)
        return finding
    }

    /// A binary message: an attachment, a packet in MessagePack, or just bytes.
    mutating func binaryMessage(_ window: Window) -> Finding {
        if attachments.seen < attachments.announced {
            attachments.seen += 1
            return window.finding(
                "attachment", "\(attachments.seen) of \(attachments.announced): \(window.hexadecimal)", window.all)
        }
        let packet = messagePack(window)
        guard packet.firstFault != nil else { return packet }
        return window.finding("binary", "\(window.count) bytes: \(window.hexadecimal)", window.all)
    }

    /// The body of a POST, or of the answer to a GET.
    mutating func payload(_ window: Window) -> [Finding] {
        guard let first = window.bytes.first else {
            return [window.fault("a packet was expected", at: 0)]
        }
        let format: EnginePayloadFormat
        let digits = window.bytes.prefix { (0x30...0x39).contains($0) }
        if first <= 1 {
            format = .binary
        } else if !digits.isEmpty, window.bytes.dropFirst(digits.count).first == UInt8(ascii: ":") {
            format = .counted
        } else {
            format = .separated
        }
        return payload(window, format)
    }

    private mutating func payload(_ window: Window, _ format: EnginePayloadFormat) -> [Finding] {
        var limits = EngineLimits()
        limits.packetsPerPayload = .max
        var reader = EnginePayloadReader(format, limits: limits)
        var findings: [Finding] = []
        var end = 0
        do throws(EnginePacketError) {
            // The reader tells where data lie; between two of them stands what tells them apart.
            while let element = try window.withBytes({ bytes throws(EnginePacketError) in try reader.next(in: bytes) })
            {
                switch element {
                case .packet(let type, let data):
                    let mark = window.part(max(end, data.lowerBound - 1)..<data.lowerBound)
                    findings.append(enginePacket(type, mark, window.part(data)))
                    end = data.upperBound
                case .binary(let bytes):
                    let place = binaryRange(in: window, from: end, format)
                    let content = binaryMessage(Window(bytes, isDerived: true))
                    findings.append(window.finding("Engine.IO packet", "binary message", place, parts: [content]))
                    end = place.upperBound
                }
            }
        } catch {
            let start = format == .separated && end > 0 ? end + 1 : end
            findings.append(window.fault(Self.expected(error), at: start))
        }
        // The third version has a text for no packets, `0:`.
        return findings.isEmpty ? [window.finding("Engine.IO payload", "no packets", window.all)] : findings
    }

    /// Where the packet lies that begins at or behind an offset, with what stands in front of it.
    private func binaryRange(in window: Window, from end: Int, _ format: EnginePayloadFormat) -> Range<Int> {
        switch format {
        case .separated:
            let start = end == 0 ? 0 : min(end + 1, window.count)
            let stop = window.firstIndex(of: EnginePayloadReader.separator, from: start) ?? window.count
            return start..<max(start, stop)
        case .counted:
            var start = end
            while true {
                let digits = window.bytes[start...].prefix { $0 != UInt8(ascii: ":") }
                let length = Int(String(decoding: digits, as: UTF8.self)) ?? 0
                // What is base64 has as many characters as bytes.
                let stop = min(window.count, digits.endIndex + 1 + length)
                // Packets of no characters are passed over.
                if length > 0 || stop == window.count { return start..<stop }
                start = stop
            }
        case .binary:
            let digits = window.bytes[min(end + 1, window.count)...].prefix { $0 != EnginePayloadReader.lengthEnd }
            let length = digits.reduce(0) { ($0 * 10 + Int($1)) % (1 << 40) }
            return end..<min(window.count, digits.endIndex + 1 + length)
        }
    }

    private static func expected(_ error: EnginePacketError) -> String {
        switch error {
        case .empty: "a packet was expected"
        case .unknownType: "a digit from 0 to 6 was expected: a packet's type"
        case .invalidBase64: "base64 was expected"
        case .invalidUTF8: "UTF-8 was expected"
        case .invalidLength: "a length of what follows was expected"
        case .invalidMark: "0 or 1 was expected: text or bytes"
        case .tooManyPackets: "no more packets were expected"
        }
    }
}
