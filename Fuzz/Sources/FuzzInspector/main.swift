import FuzzDriver
import SIOBytes
import SIOInspector
import SIOJSON
import SocketIOProtocol

/// What findings amount to.
struct Amount {
    var findings = 0
    var text = 0
    var depth = 0

    mutating func add(_ finding: Finding, of count: Int, within parent: Finding.Place?, depth: Int = 1) {
        let range = finding.place.range
        // What is decoded or joined has no more bytes than it was made of.
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a place outside of the bytes")
        if case .input(let place) = finding.place, case .input(let around)? = parent {
            precondition(
                place.lowerBound >= around.lowerBound && place.upperBound <= around.upperBound,
                "a part outside of its whole")
        }
        findings += 1
        text += finding.name.utf8.count + finding.value.utf8.count
        self.depth = max(self.depth, depth)
        for part in finding.parts { add(part, of: count, within: finding.place, depth: depth + 1) }
    }
}

/// The deepest that layers lie in one another: MessagePack's limit, and what carries it.
let maxDepth = JSONLimits().depth + 8

func check(_ bytes: [UInt8], as layer: Layer?, _ parser: JSONParser) {
    let (taken, findings) = Inspector.inspect(bytes, as: layer)
    precondition(layer == nil || taken == layer)
    precondition(!findings.isEmpty, "nothing was said")
    var amount = Amount()
    var end = 0
    for finding in findings {
        amount.add(finding, of: bytes.count, within: nil)
        guard case .input(let range) = finding.place, !finding.isFault else { continue }
        precondition(range.lowerBound >= end, "a part lies in front of the one before it")
        end = range.upperBound
    }
    precondition(amount.findings <= 8 * (bytes.count + 8), "more is said than there is")
    precondition(amount.text <= 160 * (bytes.count + 8), "more is said than there is")
    precondition(amount.depth <= maxDepth)
    // What was guessed is shown as if it had been told.
    if layer == nil { precondition(findings == Inspector.inspect(bytes, as: taken).findings) }
    if layer == .packet || layer == .msgpack {
        precondition(!isTaken(bytes, as: taken, parser) || findings[0].firstFault == nil, "a fault in a good packet")
    }
}

/// Whether a peer would take the bytes for a packet, with its limits.
func isTaken(_ bytes: [UInt8], as layer: Layer, _ parser: JSONParser) -> Bool {
    do throws(PacketError) {
        if layer == .packet {
            try PacketDecoder.check(bytes.span.bytes, parser: parser, limits: PacketLimits())
        } else {
            _ = try MessagePackPacket.decode(bytes.span.bytes, limits: PacketLimits()).packet(
                parser: parser, limits: PacketLimits())
        }
        return true
    } catch {
        return false
    }
}

/// The bytes as what carries them: a frame, a masked one, a body that is counted, and one in chunks.
func carriers(_ bytes: [UInt8]) -> [[UInt8]] {
    let length: [UInt8] =
        bytes.count < 126 ? [UInt8(bytes.count)] : [126, UInt8(bytes.count >> 8 & 255), UInt8(bytes.count & 255)]
    let key: [UInt8] = [1, 2, 3, 4]
    let masked = bytes.enumerated().map { $0.element ^ key[$0.offset % 4] }
    let half = bytes.count / 2
    func chunk(_ part: some Sequence<UInt8>) -> [UInt8] {
        let part = Array(part)
        return part.isEmpty ? [] : Array("\(String(part.count, radix: 16))\r\n".utf8) + part + [13, 10]
    }
    let response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
    return [
        [0x81] + length + bytes,
        [0x82, length[0] | 0x80] + length.dropFirst() + key + masked,
        Array("POST /?EIO=4 HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n\r\n".utf8) + bytes,
        Array("\(response)Transfer-Encoding: chunked\r\n\r\n".utf8) + chunk(bytes[..<half]) + chunk(bytes[half...])
            + Array("0\r\n\r\n".utf8),
        Array("\(response)\r\n".utf8) + bytes,
    ]
}

let parser = JSONParser()

// Whatever bytes are, and whatever they are taken for: each place is where there are bytes, and what is said of them has bounds.
fuzz { bytes in
    check(bytes, as: nil, parser)
    for layer in Layer.allCases { check(bytes, as: layer, parser) }
    for carrier in carriers(bytes) { check(carrier, as: nil, parser) }
}
