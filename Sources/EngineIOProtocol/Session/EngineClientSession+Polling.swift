import SIOBytes

/// GETs and POSTs: one of each at a time (EIO4 "HTTP long-polling").
extension EngineClientSession {
    /// What is in the answer to a GET.
    package enum PollStep: Equatable, Sendable {
        /// A text message: where it is in the body.
        case message(Range<Int>)
        /// A binary message.
        case binary([UInt8])
        /// The body is done with.
        case finished
    }

    /// The next message in the whole body of the answer to the GET.
    ///
    /// Call it until it returns `finished`; the session may be used, and closed, between the calls.
    package mutating func nextPacket(ofPoll body: RawSpan, now: Instant) -> PollStep {
        guard isPolling else { return .finished }
        var reader = reader ?? EnginePayloadReader(limits: configuration.limits)
        if owesClose { sayGoodbye(&reader, body) }
        while phase != .closed {
            do throws(EnginePacketError) {
                guard let element = try reader.next(in: body) else { break }
                self.reader = reader
                switch element {
                case .packet(let type, let range):
                    if packetReceived(type, body.extracting(range), now: now) { return .message(range) }
                case .binary(let bytes):
                    if phase != .opening { return .binary(bytes) }
                    fail(.transportError, .invalidHandshake)
                }
            } catch {
                // As in the reference, a packet that is none is the transport's error on this side.
                pollEnded()
                openingFailed(.invalidPacket)
                return .finished
            }
        }
        pollEnded()
        pollAgain()
        return .finished
    }

    /// The GET was not answered with 200.
    package mutating func pollFailed(now: Instant) {
        guard isPolling else { return }
        pollEnded()
        openingFailed(.requestFailed)
    }

    /// Sends all that was sent since as one POST, up to the server's `maxPayload`: call it once a turn of the loop.
    ///
    /// - Returns: The body of a POST; nil when one is underway, or nothing may be sent.
    @inlinable
    package mutating func flush() -> [UInt8]? {
        isDirect ? nil : takePost()
    }

    @usableFromInline
    mutating func takePost() -> [UInt8]? {
        guard transport == .polling, phase == .open || phase == .closing, !isPosting, !queue.isEmpty else { return nil }
        // While the upgrade waits for polling to fall silent, packets wait for the WebSocket.
        if case .pausing = upgrade { return nil }
        isPosting = true
        owesPong = false
        return queue.take(upTo: handshake?.maxPayload ?? Int.max)
    }

    /// The POST was answered with 200.
    package mutating func postCompleted(now: Instant) {
        guard isPosting else { return }
        isPosting = false
        // A large rest takes its time, and is on its way.
        if phase == .closing { closeDeadline = now + configuration.closeTimeout }
        completeUpgradeIfSilent()
        closeIfDrained()
    }

    /// The POST was not answered with 200.
    package mutating func postFailed(now: Instant) {
        guard isPosting else { return }
        isPosting = false
        fail(.transportError, .requestFailed)
    }

    // MARK: Helpers

    private mutating func pollEnded() {
        isPolling = false
        reader = nil
    }

    private mutating func pollAgain() {
        guard phase == .open || phase == .closing, transport == .polling else { return }
        if case .pausing = upgrade {
            completeUpgradeIfSilent()
        } else {
            isPolling = true
            perform(.poll)
        }
    }

    /// The session was closed before it was open: now that its id is known, the server can be told.
    private mutating func sayGoodbye(_ reader: inout EnginePayloadReader, _ body: RawSpan) {
        owesClose = false
        guard case .packet(.open, let range)? = try? reader.next(in: body),
            let handshake = try? EngineHandshake(body.extracting(range), limits: configuration.limits)
        else { return }
        id = handshake.sid
        perform(.post(WireText.close))
    }
}
