import SIOBytes
import SIOJSON

/// What bytes may be.
package enum Layer: String, Sendable, CaseIterable {
    /// HTTP/1.1: a request or a response, with what is in its body, or behind an upgrade.
    case http
    /// WebSocket frames.
    case websocket
    /// The body of Engine.IO's polling, version 4 or 3.
    case payload
    /// An Engine.IO packet, as a WebSocket carries it.
    case engine
    /// A Socket.IO packet.
    case packet
    /// A Socket.IO packet in MessagePack.
    case msgpack
}

/// Shows what is in bytes of these protocols, layer by layer, faults and all.
///
/// What is valid is decided by the packages' own parsers; here is only where it lies. No bytes can do it harm.
package struct Inspector {
    /// About the most findings, of which a byte or two can make several; beyond, one fault says that there is more.
    package static let maxFindings = 100_000

    /// How many more findings there may be.
    private(set) var left: Int
    /// Whether something was left out, and the fault that says so is made.
    private(set) var isCut = false
    /// Parses one text after the other.
    let parser = JSONParser(limits: .deep)
    /// The attachments that the last packet announced, and how many of them have come.
    var attachments = (announced: 0, seen: 0)

    private init(maxFindings: Int) {
        left = maxFindings
    }

    /// Looks at bytes.
    ///
    /// - Parameters:
    ///   - bytes: Whole: what is missing is a fault.
    ///   - layer: What they are; nil to guess.
    ///   - maxFindings: How many findings there may be; the last part of a list may exceed it by its own few.
    /// - Returns: What they were taken for, and what is in them.
    package static func inspect(
        _ bytes: [UInt8], as layer: Layer? = nil, maxFindings: Int = maxFindings
    ) -> (layer: Layer, findings: [Finding]) {
        var inspector = Inspector(maxFindings: maxFindings)
        let window = Window(bytes)
        let layer = layer ?? guess(window)
        var findings: [Finding]
        switch layer {
        case .http: findings = inspector.http(window)
        case .websocket: findings = inspector.frames(window)
        case .payload: findings = inspector.payload(window)
        case .engine: findings = [inspector.enginePacket(window)]
        case .packet: findings = [inspector.packet(window)]
        case .msgpack: findings = [inspector.messagePack(window)]
        }
        let missing = inspector.attachments.announced - inspector.attachments.seen
        if missing > 0, !inspector.isCut, layer == .websocket || layer == .payload {
            findings.append(
                window.fault("\(missing) more binary messages were expected: attachments", at: window.count))
        }
        return (layer, findings)
    }

    // MARK: How much is shown

    /// Takes one more part of a list, and counts all that is in it.
    mutating func add(_ finding: Finding, to findings: inout [Finding]) {
        left -= finding.count
        findings.append(finding)
    }

    /// Leaves out what begins here, and says so, the first time.
    mutating func cut(_ findings: inout [Finding], _ window: Window, at offset: Int) {
        guard !isCut else { return }
        isCut = true
        findings.append(window.fault("more is not shown", at: offset))
    }
}
