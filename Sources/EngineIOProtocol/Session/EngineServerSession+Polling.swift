import SIOBytes

/// GETs and POSTs: one of each at a time (EIO4 "HTTP long-polling").
extension EngineServerSession {
    /// What a GET gets.
    package enum PollAction: Equatable, Sendable {
        /// 200 and this payload.
        case respond([UInt8])
        /// Nothing yet: keep it until ``flush()`` or ``Action/respondPoll(_:)``.
        case hold
        /// 400 and an empty body: another GET is held, and the session ends for it.
        case overlap
        /// The error.
        case refuse(EngineError)
    }

    /// What a POST gets.
    package enum PostAction: Equatable, Sendable {
        /// Nothing yet: receive its body, then call ``nextPacket(ofPost:now:)``.
        case accept
        /// 400 and an empty body: another POST is being received, and the session ends for it.
        case overlap
        /// 400 and an empty body: bytes are no payload of this protocol, and the session ends for it.
        case invalidContent
        /// The error.
        case refuse(EngineError)
    }

    /// What is in a POST's body, or what it gets.
    package enum PostStep: Equatable, Sendable {
        /// A text message: where it is in the body.
        case message(Range<Int>)
        /// A binary message.
        case binary([UInt8])
        /// The body is done with. Answer `ok`: 200, of the type `text/html`.
        case ok
        /// The body is done with. Close the connection without an answer.
        case abort
    }

    /// A GET arrived.
    package mutating func pollArrived(now: Instant) -> PollAction {
        if let error = refusal { return .refuse(error) }
        if isPollHeld {
            fail(.transportError, .pollOverlap)
            return .overlap
        }
        if case .closing = phase {
            if !hasQueue { enqueue(.noop) }
            enqueue(.close)
            let payload = takeQueue()
            finish(.forcedClose)
            return .respond(payload)
        }
        if hasQueue { return .respond(takeQueue()) }
        isPollHeld = true
        return .hold
    }

    /// Answers the held GET with all that was sent since: call it once a turn of the loop.
    ///
    /// - Returns: The payload for the held GET; nil when none is held, or nothing waits.
    @inlinable
    package mutating func flush() -> [UInt8]? {
        isDirect ? nil : flushHeldPoll()
    }

    @usableFromInline
    mutating func flushHeldPoll() -> [UInt8]? {
        guard isPollHeld, hasQueue else { return nil }
        isPollHeld = false
        return takeQueue()
    }

    /// The client gave up the held GET.
    package mutating func pollAborted(now: Instant) {
        guard isPollHeld else { return }
        isPollHeld = false
        fail(.transportError, .pollAborted)
    }

    /// The head of a POST arrived.
    ///
    /// `isBinary` says whether its type is `application/octet-stream`, which only the protocol's third version has, and
    /// there no form.
    package mutating func postArrived(isBinary: Bool, now: Instant) -> PostAction {
        if let error = refusal { return .refuse(error) }
        guard case .none = post else {
            fail(.transportError, .postOverlap)
            return .overlap
        }
        if isBinary, dialect.version == .v4 || dialect.contains(.jsonp) {
            fail(.transportError, .invalidContent)
            return .invalidContent
        }
        switch dialect.version {
        case .v3: post = .receiving(isBinary ? .binary : .counted)
        case .v4: post = .receiving(.separated)
        }
        return .accept
    }

    /// The next message in the whole body of the POST that was accepted.
    ///
    /// Call it until it returns an answer; the session may be used, and closed, between the calls.
    package mutating func nextPacket(ofPost body: RawSpan, now: Instant) -> PostStep {
        var reader: EnginePayloadReader
        switch post {
        case .none: return .abort
        case .failed:
            post = .none
            return .abort
        case .receiving(let format): reader = EnginePayloadReader(format, limits: configuration.limits)
        case .reading(let current): reader = current
        }
        post = .none
        // A session that was closed on this side takes nothing more, and lets the client know only through its GET.
        while isOpen {
            do throws(EnginePacketError) {
                guard let element = try reader.next(in: body) else { return .ok }
                switch element {
                case .packet(.message, let range):
                    post = .reading(reader)
                    return .message(range)
                case .binary(let bytes):
                    post = .reading(reader)
                    return .binary(bytes)
                case .packet(.ping, _):
                    guard pingReceived(now: now) else { return .abort }
                case .packet(.pong, _):
                    guard pongReceived(now: now) else { return .abort }
                case .packet(.close, _):
                    peerLeft()
                case .packet(.open, _), .packet(.upgrade, _), .packet(.noop, _):
                    break
                }
            } catch {
                fail(error.disconnectReason, .invalidPacket)
                return .abort
            }
        }
        if case .closing = phase { leaveIfAsked(&reader, body) }
        return .ok
    }

    /// The driver answered the accepted POST itself, because it is too large; the session goes on.
    package mutating func postRejected() {
        post = .none
    }

    /// The client gave up the accepted POST.
    package mutating func postAborted(now: Instant) {
        guard case .receiving = post else { return }
        post = .none
        fail(.transportError, .postAborted)
    }

    // MARK: Helpers

    /// Why no request of polling may come now.
    private var refusal: EngineError? {
        guard transport == .polling, let id = polling.read({ $0.id }) else {
            return .transportMismatch(.polling, current: transport)
        }
        return isClosed ? .unknownSession(id) : nil
    }

    mutating func respondHeldPoll(_ payload: [UInt8]) {
        isPollHeld = false
        perform(.respondPoll(payload))
    }

    /// Answers the held GET with a packet without data, beside whatever waits.
    mutating func respondHeldPoll(_ type: EnginePacketType) {
        switch dialect.version {
        case .v3: respondHeldPoll([UInt8(ascii: "1"), UInt8(ascii: ":"), type.digit])
        case .v4: respondHeldPoll([type.digit])
        }
    }

    /// While the close waits for a GET, a client's own close is the only packet that still counts.
    private mutating func leaveIfAsked(_ reader: inout EnginePayloadReader, _ body: RawSpan) {
        while let element = try? reader.next(in: body) {
            if case .packet(.close, _) = element { return peerLeft() }
        }
    }
}
