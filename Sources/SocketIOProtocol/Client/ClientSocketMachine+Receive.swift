/// What the server says.
extension ClientSocketMachine {
    /// What becomes of an event.
    package enum ReceiveAction: Sendable, Hashable {
        /// Deliver it, now.
        case deliver
        /// It is kept, and delivered as an action ``Action/deliver(_:)``.
        case kept
        /// It is for nobody.
        case none
    }

    /// A CONNECT came.
    ///
    /// - Parameters:
    ///   - id: `sid`; nil if there is none.
    ///   - privateID: `pid`; nil if the server does not recover sessions.
    ///   - now: The time.
    package mutating func connectReceived(id: String?, privateID: String?, now: Instant) {
        switch state {
        case .connecting:
            guard let id else { return refuse(.incompatible) }
            connected(id, privateID, now)
        case .leaving(let connects):
            perform(.sendDisconnect)
            left(connects)
        // A socket that a server believes in, and nobody wants.
        case .disconnected: if id != nil { perform(.sendDisconnect) }
        case .waiting, .preparing, .connected: break
        }
    }

    /// A CONNECT_ERROR came.
    package mutating func connectErrorReceived(_ failure: Failure) {
        switch state {
        case .connecting: refuse(.refused(failure))
        case .leaving(let connects): left(connects)
        case .disconnected, .waiting, .preparing, .connected: break
        }
    }

    /// A DISCONNECT came.
    package mutating func disconnectReceived(now: Instant) {
        switch state {
        case .connected:
            forgetSession()
            end(.serverDisconnect, state: .disconnected, now)
        case .connecting: refuse(.lost(.serverDisconnect, nil))
        case .leaving(let connects): left(connects)
        case .disconnected, .waiting, .preparing: break
        }
    }

    /// An event came.
    ///
    /// - Parameters:
    ///   - event: What to deliver.
    ///   - size: Its bytes.
    ///   - offset: Its last argument, if that is a string and the event asks for no acknowledgement: where the session may be
    ///     recovered that is the event's offset.
    /// - Returns: Whether to deliver it.
    package mutating func eventReceived(_ event: Event, size: Int, offset: String?) -> ReceiveAction {
        switch state {
        case .connected:
            note(offset)
            guard !pending.isEmpty else { return .deliver }
            perform(.deliver(event))
            return .kept
        case .connecting:
            guard held.count < limits.heldEvents, size <= limits.heldBytes - heldBytes else {
                heldTooMuch()
                return .none
            }
            held.append(HeldEvent(event: event, offset: offset))
            heldBytes += size
            return .kept
        case .disconnected, .waiting, .preparing, .leaving: return .none
        }
    }

    // MARK: Helpers

    private mutating func connected(_ id: String, _ privateID: String?, _ now: Instant) {
        let isRecovered = privateID != nil && privateID == self.privateID
        if !isRecovered { lastOffset = nil }
        self.privateID = privateID
        self.id = id
        state = .connected
        connection += 1
        pending.append(.flush(now))
        perform(.connected(recovered: isRecovered))
        for held in held {
            note(held.offset)
            perform(.deliver(held.event))
        }
        dropHeldEvents()
    }

    /// The answer that was only awaited to leave, or to connect again, is there.
    private mutating func left(_ connects: Bool) {
        if connects { prepare() } else { state = .disconnected }
    }

    /// Remembers the last event that was received.
    private mutating func note(_ offset: String?) {
        if privateID != nil, let offset { lastOffset = offset }
    }

    /// The server sends and sends, and does not answer CONNECT: as all this may be a session that is recovered, none is
    /// asked for the next time.
    private mutating func heldTooMuch() {
        forgetSession()
        dropHeldEvents()
        state = .waiting
        perform(.closeTransport(.parseError))
    }
}
