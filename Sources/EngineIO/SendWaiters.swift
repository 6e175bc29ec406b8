import SIONet

/// Waiting for a client to take what was sent to it, as whoever waits knows it.
package final class SendWait: Sendable {
    package init() {}
}

/// Those on one loop who wait until less waits to be sent to a client.
///
/// They are not kept by the sessions: one that nobody waits for needs no memory for it.
final class SendWaiters {
    private struct Waiter {
        var wait: SendWait
        /// Whose end is the wait's end, besides the session's.
        var owner: ObjectIdentifier?
        /// The bytes that may be left.
        var mark: Int
        var settle: (SendOutcome) -> Void
    }

    // Each session asks for it at its beginning and its end; nobody is called meanwhile.
    @exclusivity(unchecked) private var bySession: [ObjectIdentifier: [Waiter]] = [:]

    var isEmpty: Bool { bySession.isEmpty }
    var count: Int { bySession.values.reduce(0) { $0 + $1.count } }

    func isAwaited(_ session: EngineSession) -> Bool {
        !bySession.isEmpty && bySession[ObjectIdentifier(session)] != nil
    }

    func add(
        _ wait: SendWait, of owner: ObjectIdentifier?, to session: EngineSession, mark: Int,
        _ settle: @escaping (SendOutcome) -> Void
    ) {
        bySession[ObjectIdentifier(session), default: []].append(
            Waiter(wait: wait, owner: owner, mark: mark, settle: settle))
    }

    /// So many bytes are left: settles the waits that this is little enough for.
    func settle(_ session: EngineSession, left count: Int) {
        take(session, .taken) { count <= $0.mark }
    }

    func cancel(_ wait: SendWait, of session: EngineSession) {
        take(session, .cancelled) { $0.wait === wait }
    }

    /// Settles the waits of an owner that is at its end; nil: all of them, because the session is.
    func end(_ session: EngineSession, owner: ObjectIdentifier? = nil) {
        take(session, .disconnected) { owner == nil || $0.owner == owner }
    }

    private func take(_ session: EngineSession, _ outcome: SendOutcome, where isIt: (Waiter) -> Bool) {
        let key = ObjectIdentifier(session)
        guard let all = bySession[key] else { return }
        let rest = all.filter { !isIt($0) }
        bySession[key] = rest.isEmpty ? nil : rest
        for waiter in all where isIt(waiter) { waiter.settle(outcome) }
    }
}

/// What became of a wait.
package enum SendOutcome: Equatable, Sendable {
    /// The client has taken enough.
    case taken
    /// It is gone.
    case disconnected
    case cancelled

    /// Resumes whoever waits.
    package func resume(_ continuation: CheckedContinuation<Void, any Error>) {
        switch self {
        case .taken: continuation.resume()
        case .disconnected: continuation.resume(throwing: SendError(.disconnected))
        case .cancelled: continuation.resume(throwing: CancellationError())
        }
    }
}

/// Why waiting for a client to take what was sent to it was in vain.
public struct SendError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of failure.
    public struct Code: Sendable, Hashable {
        let text: String

        /// The client left, or was not connected.
        public static let disconnected = Code(text: "socket has been disconnected")
    }

    /// The kind of failure.
    public let code: Code
    /// What failed, for people.
    public var description: String { code.text }

    init(_ code: Code) {
        self.code = code
    }
}
