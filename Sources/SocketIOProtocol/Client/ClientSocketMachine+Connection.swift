/// The way into the namespace, and out of it (Socket.IO 5, "Connection to a namespace").
extension ClientSocketMachine {
    /// What a client says in its CONNECT, beside `auth`, to have its session recovered.
    package struct Recovery: Sendable, Hashable {
        /// The private id, `pid`.
        package var privateID: String
        /// The offset of the last event that was received, `offset`; nil if none was.
        package var offset: String?
    }

    /// What to do once `auth` is evaluated.
    package enum PrepareAction: Sendable, Hashable {
        /// Send CONNECT, now.
        case sendConnect(Recovery?)
        /// The attempt is not wanted any more.
        case none
    }

    // MARK: What the application wants

    /// The socket is to be connected.
    package mutating func connect() {
        switch state {
        case .disconnected where hasTransport: prepare()
        case .disconnected: state = .waiting
        case .leaving: state = .leaving(thenConnects: true)
        case .waiting, .preparing, .connecting, .connected: break
        }
    }

    /// The socket is to leave, and not to connect by itself.
    ///
    /// What waits to be sent still does, for the next ``connect()``. The session is not to be recovered.
    package mutating func disconnect(now: Instant) {
        forgetSession()
        switch state {
        case .disconnected, .leaving(thenConnects: false): break
        case .waiting, .preparing: withdraw(to: .disconnected)
        case .connecting, .leaving(thenConnects: true): withdraw(to: .leaving(thenConnects: false))
        case .connected:
            perform(.sendDisconnect)
            end(.clientDisconnect, state: .disconnected, now)
        }
    }

    /// The socket is not used any more: it leaves, and all that waits is given up.
    package mutating func abandon(now: Instant) {
        disconnect(now: now)
        failUnsent()
    }

    /// `auth` is evaluated for the attempt with this number.
    package mutating func connectPrepared(_ attempt: Int) -> PrepareAction {
        guard attempt == self.attempt, case .preparing = state else { return .none }
        state = .connecting
        return .sendConnect(privateID.map { Recovery(privateID: $0, offset: lastOffset) })
    }

    /// `auth` could not be evaluated for the attempt with this number.
    package mutating func connectUnprepared(_ attempt: Int, _ failure: Failure) {
        guard attempt == self.attempt, case .preparing = state else { return }
        state = .disconnected
        perform(.connectFailed(.unauthenticated(failure)))
    }

    // MARK: What becomes of the transport

    /// The engine is open.
    package mutating func transportOpened() {
        hasTransport = true
        if case .waiting = state { prepare() }
    }

    /// The engine could not be opened.
    package mutating func transportFailed(_ failure: Failure) {
        if case .waiting = state { perform(.connectFailed(.transport(failure))) }
    }

    /// The engine is over; or an attempt to open it, or the wait for one, was ended by hand.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - failure: What went wrong, if anything did.
    ///   - now: The time.
    package mutating func transportClosed(_ reason: DisconnectReason, _ failure: Failure? = nil, now: Instant) {
        hasTransport = false
        switch state {
        case .disconnected: break
        case .leaving(let connects): state = connects ? .waiting : .disconnected
        case .waiting, .preparing, .connecting:
            state = .waiting
            dropHeldEvents()
            perform(.connectFailed(.lost(reason, failure)))
        case .connected: end(reason, failure, state: .waiting, now)
        }
    }

    // MARK: Helpers

    mutating func prepare() {
        attempt += 1
        state = .preparing
        perform(.prepareConnect(attempt))
    }

    /// The attempt to connect is over, and the socket not active any more.
    mutating func refuse(_ failure: ConnectFailure) {
        state = .disconnected
        dropHeldEvents()
        perform(.connectFailed(failure))
    }

    /// The socket is not connected any more.
    mutating func end(_ reason: DisconnectReason, _ failure: Failure? = nil, state: State, _ now: Instant) {
        self.state = state
        id = nil
        perform(.disconnected(reason, failure))
        failSentAsks(now: now)
    }

    private mutating func withdraw(to state: State) {
        self.state = state
        dropHeldEvents()
        perform(.connectWithdrawn)
    }

    mutating func forgetSession() {
        privateID = nil
        lastOffset = nil
    }

    mutating func dropHeldEvents() {
        held = []
        heldBytes = 0
    }
}
