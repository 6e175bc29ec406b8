import SIOBytes

/// What a session needs until it is on a WebSocket of its own: polling, and the way from there to a WebSocket.
///
/// Most sessions are on a WebSocket nearly all their life, so a session keeps this apart and lets go of it there.
struct PollingState: Sendable {
    typealias Instant = EngineServerSession.Instant

    enum Upgrade {
        /// No WebSocket is being tried. Becomes `connected`.
        case none
        /// A WebSocket is open, and silent. Becomes `probed`, or `none` in the session's new life or at `deadline`.
        case connected(deadline: Instant)
        /// The probe was answered; the client is leaving polling. Becomes `none`.
        case probed(deadline: Instant, nextNoop: Instant)
    }

    enum Post {
        case none
        /// The head arrived, the body is arriving. Becomes `reading` or `none`.
        case receiving(EnginePayloadFormat)
        /// The packets of the body are being handed out. Becomes `none`, or `failed`.
        case reading(EnginePayloadReader)
        /// The session failed while the body was being read.
        case failed
    }

    /// The session's id, to refuse requests with.
    let id: String
    var upgrade = Upgrade.none
    var isPollHeld = false
    var post = Post.none
    /// What waits for a GET, or for the WebSocket.
    var queue = PacketQueue()
    /// How long a closed session waits for a GET that takes the rest.
    var closeDeadline: Instant?

    init(id: String) {
        self.id = id
    }

    /// Keeps a message until it can leave.
    mutating func enqueue(_ data: RawSpan, isBinary: Bool, limits: EngineLimits) -> EngineServerSession.SendAction {
        let size = 1 + (isBinary ? Base64.encodedCount(data.byteCount) : data.byteCount) + (queue.isEmpty ? 0 : 1)
        guard queue.count < limits.bufferedPackets, queue.byteCount + size <= limits.bufferedBytes else {
            return .overflow
        }
        if isBinary { queue.append(binary: data) } else { queue.append(.message, data) }
        return .buffered
    }

    /// Keeps a packet without data until it can leave; false if too much waits.
    mutating func enqueue(_ type: EnginePacketType, limits: EngineLimits) -> Bool {
        guard queue.count < limits.bufferedPackets, queue.byteCount + 2 <= limits.bufferedBytes else { return false }
        queue.append(type)
        return true
    }

    /// When something is to be done about the upgrade.
    var upgradeDeadline: Instant? {
        switch upgrade {
        case .none: nil
        case .connected(let deadline): deadline
        case .probed(let deadline, let nextNoop): min(deadline, nextNoop)
        }
    }
}
