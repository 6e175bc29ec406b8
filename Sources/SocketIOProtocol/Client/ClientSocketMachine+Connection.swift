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
    }

    /// The socket is to leave, and not to connect by itself.
    ///
    /// What waits to be sent still does, for the next ``connect()``.
    package mutating func disconnect() {
    }

    /// The socket is not used any more: it leaves, and all that waits is given up.
    package mutating func abandon() {
    }

    /// `auth` is evaluated for the attempt with this number.
    package mutating func connectPrepared(_ attempt: Int) -> PrepareAction { .none }

    /// `auth` could not be evaluated for the attempt with this number.
    package mutating func connectUnprepared(_ attempt: Int, _ failure: Failure) {
    }

    // MARK: What becomes of the transport

    /// The engine is open.
    package mutating func transportOpened() {
    }

    /// The engine could not be opened.
    package mutating func transportFailed(_ failure: Failure) {
    }

    /// The engine is over; or an attempt to open it, or the wait for one, was ended by hand.
    package mutating func transportClosed(_ reason: DisconnectReason) {
    }

    // MARK: What the server says

    /// A CONNECT came.
    ///
    /// - Parameters:
    ///   - id: `sid`; nil if there is none.
    ///   - privateID: `pid`; nil if the server does not recover sessions.
    ///   - now: The time.
    package mutating func connectReceived(id: String?, privateID: String?, now: Instant) {
    }

    /// A CONNECT_ERROR came.
    package mutating func connectErrorReceived(_ failure: Failure) {
    }

    /// A DISCONNECT came.
    package mutating func disconnectReceived() {
    }

    /// What becomes of an event.
    package enum ReceiveAction: Sendable, Hashable {
        /// Deliver it, now.
        case deliver
        /// It is kept, and delivered as an action ``Action/deliver(_:)``.
        case kept
        /// It is for nobody.
        case none
    }

    /// An event came.
    ///
    /// - Parameters:
    ///   - event: What to deliver.
    ///   - size: Its bytes.
    ///   - offset: Its last argument, if that is a string and the event asks for no acknowledgement: where the session may be
    ///     recovered that is the event's offset.
    /// - Returns: Whether to deliver it.
    package mutating func eventReceived(_ event: Event, size: Int, offset: String?) -> ReceiveAction { .none }
}
