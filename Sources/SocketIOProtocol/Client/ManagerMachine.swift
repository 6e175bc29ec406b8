/// Decides when a client's one engine is opened, closed and opened again.
///
/// A machine without I/O, clock or chance. The driver tells what happened and drains ``nextAction()`` after every call;
/// it calls ``deadlineReached(now:using:)`` when ``deadline`` has passed. Engines are numbered: what is reported of one
/// that was given up is ignored. `Failure` is what the driver knows about the end of an engine.
package struct ManagerMachine<Failure> {
    package typealias Instant = ContinuousClock.Instant

    /// Why an attempt to open an engine failed.
    package enum OpeningFailure {
        /// It took longer than ``ManagerOptions/timeout``.
        case timedOut
        /// The engine said so.
        case engine(Failure)
    }

    /// What the driver has to do, or to tell those above.
    package enum Action {
        /// Open an engine, with this number.
        case openEngine(Int)
        /// Close the engine with this number; what was sent before leaves first. Its end is not waited for.
        case closeEngine(Int)
        /// Tell: the engine is open (`open`).
        case opened
        /// Tell: an attempt failed (`error`); sockets that wait for the connection say `connect_error`.
        case failed(OpeningFailure)
        /// Tell: the connection is over (`close`); for ``DisconnectReason/forcedClose`` also an attempt, or the wait for one.
        case closed(DisconnectReason, Failure?)
        /// Tell: attempt number n since the connection was lost begins.
        case reconnectAttempt(Int)
        /// Tell: the attempt failed.
        case reconnectError(OpeningFailure)
        /// Tell: there will be no more attempts.
        case reconnectFailed
        /// Tell: attempt number n brought the connection back.
        case reconnected(Int)
    }

    private enum Phase {
        /// There is nothing. Becomes `opening`.
        case closed
        /// An engine is being opened. Becomes `open`, `waiting` or `closed`.
        case opening(deadline: Instant?)
        /// The engine is open. Becomes `waiting` or `closed`.
        case open
        /// The next attempt has its time. Becomes `opening` or `closed`.
        case waiting(until: Instant)
    }

    /// May be changed at any time; what has begun keeps its times.
    ///
    /// Without ``ManagerOptions/reconnection`` the attempt that is waited for is given up.
    package var options: ManagerOptions {
        didSet { optionsChanged() }
    }
    private var phase = Phase.closed
    private var backoff = Backoff()
    /// Whether there was a connection, or an attempt, that failed, and a new one is still owed.
    private var isReconnecting = false
    private var engine = 0
    private var activeSockets = 0
    private var pending: [Action] = []

    package init(options: ManagerOptions = ManagerOptions()) {
        self.options = options
    }

    // MARK: What the driver asks

    package var isOpen: Bool {
        if case .open = phase { true } else { false }
    }

    /// Whether nothing is open, being opened, or going to be opened.
    package var isClosed: Bool {
        if case .closed = phase { true } else { false }
    }

    /// The next thing to do, or nil.
    package mutating func nextAction() -> Action? {
        pending.isEmpty ? nil : pending.removeFirst()
    }

    /// When to call ``deadlineReached(now:using:)`` next; nil: not at all.
    package var deadline: Instant? {
        switch phase {
        case .closed, .open: nil
        case .opening(let deadline): deadline
        case .waiting(let until): until
        }
    }

    /// The driver's timer fired.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant, using generator: inout some RandomNumberGenerator) {
        switch phase {
        case .opening(let deadline?) where deadline <= now:
            pending.append(.closeEngine(engine))
            openingFailed(.timedOut, now, &generator)
        case .waiting(let until) where until <= now:
            attempt(now)
        case .closed, .opening, .open, .waiting:
            break
        }
    }

    // MARK: What those above want

    /// Somebody wants a connection: one is opened, unless it is there, on its way, or due after a delay.
    package mutating func open(now: Instant) {
        if case .closed = phase { openEngine(now) }
    }

    /// The next attempt is not waited for any longer, for instance because the network is back.
    package mutating func hurry(now: Instant) {
        if case .waiting = phase { attempt(now) }
    }

    /// The connection is ended by hand, and not opened again until somebody wants it.
    package mutating func close() {
        switch phase {
        case .closed: return
        case .opening, .open: pending.append(.closeEngine(engine))
        case .waiting: break
        }
        stop()
        pending.append(.closed(.forcedClose, nil))
    }

    /// So many sockets are active now: more than before want a connection, and where the last one went it is closed.
    ///
    /// Tell it when the sockets' own actions are drained, so that their DISCONNECT leaves before the engine closes.
    package mutating func socketsChanged(active: Int, now: Instant) {
        let before = activeSockets
        activeSockets = active
        if active > before { open(now: now) }
        if active == 0, before > 0 { close() }
    }

    // MARK: What becomes of engines

    /// The engine is open.
    package mutating func engineOpened(_ number: Int) {
        guard number == engine, case .opening = phase else { return }
        phase = .open
        pending.append(.opened)
        if isReconnecting { pending.append(.reconnected(backoff.attempts)) }
        isReconnecting = false
        backoff.reset()
    }

    /// The engine is over, or could not be opened.
    package mutating func engineClosed(
        _ number: Int, _ reason: DisconnectReason, _ failure: Failure, now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard number == engine else { return }
        switch phase {
        case .closed, .waiting: return
        case .opening: openingFailed(.engine(failure), now, &generator)
        case .open:
            phase = .closed
            pending.append(.closed(reason, failure))
            reconnect(now, &generator)
        }
    }

    /// The driver cannot go on with the engine, for instance because no packet can be made of what it received.
    package mutating func giveUp(
        _ number: Int, _ reason: DisconnectReason, _ failure: Failure, now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard number == engine, isOpen else { return }
        pending.append(.closeEngine(number))
        engineClosed(number, reason, failure, now: now, using: &generator)
    }

    // MARK: Helpers

    private mutating func openEngine(_ now: Instant) {
        engine += 1
        phase = .opening(deadline: options.timeout.map { now + $0 })
        pending.append(.openEngine(engine))
    }

    private mutating func attempt(_ now: Instant) {
        pending.append(.reconnectAttempt(backoff.attempts))
        openEngine(now)
    }

    private mutating func openingFailed(
        _ failure: OpeningFailure, _ now: Instant, _ generator: inout some RandomNumberGenerator
    ) {
        phase = .closed
        pending.append(.failed(failure))
        if isReconnecting { pending.append(.reconnectError(failure)) }
        reconnect(now, &generator)
    }

    private mutating func reconnect(_ now: Instant, _ generator: inout some RandomNumberGenerator) {
        guard options.reconnection else {
            if isReconnecting { pending.append(.reconnectFailed) }
            return stop()
        }
        if let limit = options.reconnectionAttempts, backoff.attempts >= limit {
            stop()
            return pending.append(.reconnectFailed)
        }
        isReconnecting = true
        backoff.delay = options.reconnectionDelay
        backoff.maximum = options.reconnectionDelayMax
        backoff.randomizationFactor = options.randomizationFactor
        phase = .waiting(until: now + backoff.next(using: &generator))
    }

    private mutating func optionsChanged() {
        guard !options.reconnection, case .waiting = phase else { return }
        stop()
        pending.append(.reconnectFailed)
    }

    private mutating func stop() {
        phase = .closed
        isReconnecting = false
        backoff.reset()
    }
}

extension ManagerMachine: Sendable where Failure: Sendable {}
extension ManagerMachine.OpeningFailure: Sendable where Failure: Sendable {}
extension ManagerMachine.Action: Sendable where Failure: Sendable {}
