import SIOWebSocket
import Synchronization

/// What a WebSocket's loop and its users share: what waits on either side, who waits for it, and the end.
///
/// Nobody is resumed, and nothing is called, under its lock.
final class ConnectionState: Sendable {
    /// A message that was taken, or none behind the end; and whether the peer is to be read again.
    struct Taken: Sendable {
        var message: WebSocketMessage?
        var reads = false
    }

    /// How it ended.
    struct Ending: Sendable {
        var closure: WebSocketClosure
        /// Nil where both sides said goodbye.
        var failure: WebSocketFailure?
    }

    struct State: Sendable {
        var inbox: Inbox
        var receivers = Waiters<Taken>()
        let sendBuffer: Int
        /// The weight of what is on its way to the loop, or may set out, and the bytes that wait there.
        var posted = 0
        var waiting = 0
        var senders = Waiters<Void>()
        /// Whether nothing is sent any more, because one side has said goodbye.
        var isClosing = false
        var ending: Ending?
        var enders = Waiters<WebSocketClosure>()
    }

    private let state: Mutex<State>

    init(_ options: WebSocket.Options) {
        state = Mutex(State(inbox: Inbox(limit: options.receiveBuffer), sendBuffer: options.sendBuffer))
    }

    /// How it ended; nil as long as it has not.
    var ending: Ending? { state.withLock { $0.ending } }

    /// What the messages count for that nobody has taken.
    var inboxWeight: Int { state.withLock { $0.inbox.weight } }

    // MARK: Receiving

    /// The next message; none behind the end.
    func take() async throws -> Taken {
        try await wait(\.receivers) { state in
            if let (message, reads) = state.inbox.take() { return .success(Taken(message: message, reads: reads)) }
            guard let ending = state.ending else { return nil }
            if let failure = ending.failure { return .failure(failure) }
            return .success(Taken())
        }
    }

    /// A message has come.
    ///
    /// - Returns: Whether the peer is to be read no more, from now on.
    func received(_ message: WebSocketMessage) -> Bool {
        let (receiver, isFull) = state.withLock { state -> (Waiters<Taken>.Continuation?, Bool) in
            // Nobody waits where something lies.
            if let receiver = state.receivers.removeFirst() { return (receiver, false) }
            return (nil, state.inbox.append(message))
        }
        receiver?.resume(returning: Taken(message: message))
        return isFull
    }

    // MARK: Sending

    /// Waits until there is room to send a message of this weight, and takes it.
    func reserve(_ weight: Int) async throws {
        try await wait(\.senders, weight: weight) { state in
            if let failure = state.refusal { return .failure(failure) }
            return state.reserve(weight) ? .success(()) : nil
        }
    }

    /// Takes room to send a message of this weight, if there is any.
    func reserveNow(_ weight: Int) -> Bool {
        state.withLock { $0.refusal == nil && $0.reserve(weight) }
    }

    /// A message of this weight was handed to the connection, where now so many bytes wait.
    func handedOver(_ weight: Int, waiting: Int) {
        state.withLock { $0.posted -= weight }
        left(waiting)
    }

    /// So many bytes wait to be written.
    func left(_ waiting: Int) {
        let senders = state.withLock { state -> [Waiters<Void>.Continuation] in
            state.waiting = waiting
            var senders: [Waiters<Void>.Continuation] = []
            while state.hasRoom {
                let weight = state.senders.firstWeight
                guard let sender = state.senders.removeFirst() else { break }
                state.posted += weight
                senders.append(sender)
            }
            return senders
        }
        for sender in senders { sender.resume() }
    }

    // MARK: The end

    /// One side has said goodbye: nothing is sent any more.
    func beginClosing() {
        let senders = state.withLock { state in
            state.isClosing = true
            state.inbox.release()
            return state.senders.removeAll()
        }
        for sender in senders { sender.resume(throwing: WebSocketFailure.closing) }
    }

    /// Nothing comes any more.
    func end(_ ending: Ending) {
        let (receivers, senders, enders) = state.withLock { state in
            state.ending = ending
            state.isClosing = true
            return (state.receivers.removeAll(), state.senders.removeAll(), state.enders.removeAll())
        }
        for receiver in receivers {
            if let failure = ending.failure {
                receiver.resume(throwing: failure)
            } else {
                receiver.resume(returning: Taken())
            }
        }
        for sender in senders { sender.resume(throwing: ending.refusal) }
        for ender in enders { ender.resume(returning: ending.closure) }
    }

    /// Waits for the end.
    func ended() async throws -> WebSocketClosure {
        try await wait(\.enders) { $0.ending.map { .success($0.closure) } }
    }

    // MARK: Waiting

    /// Waits in line, unless what is wanted is there.
    private func wait<Value: Sendable>(
        _ line: any WritableKeyPath<State, Waiters<Value>> & Sendable, weight: Int = 0,
        unless attempt: @Sendable (inout State) -> Result<Value, any Error>?
    ) async throws -> Value {
        if let result = state.withLock({ attempt(&$0) }) { return try result.get() }
        try Task.checkCancellation()
        let ticket = WaitTicket()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: Waiters<Value>.Continuation) in
                let result = state.withLock { state in
                    let result = attempt(&state)
                    if result == nil { state[keyPath: line].append(ticket, weight: weight, continuation) }
                    return result
                }
                if let result { return continuation.resume(with: result) }
                // Who was cancelled before it stood in line was not found there.
                if Task.isCancelled { leave(line, ticket) }
            }
        } onCancel: {
            leave(line, ticket)
        }
    }

    private func leave<Value: Sendable>(
        _ line: any WritableKeyPath<State, Waiters<Value>> & Sendable, _ ticket: WaitTicket
    ) {
        state.withLock { $0[keyPath: line].remove(ticket) }?.resume(throwing: CancellationError())
    }
}

extension ConnectionState.State {
    fileprivate var hasRoom: Bool { posted + waiting < sendBuffer }

    /// Why nothing is sent any more.
    fileprivate var refusal: WebSocketFailure? {
        if let ending { return ending.refusal }
        return isClosing ? .closing : nil
    }

    fileprivate mutating func reserve(_ weight: Int) -> Bool {
        guard senders.isEmpty, hasRoom else { return false }
        posted += weight
        return true
    }
}

extension ConnectionState.Ending {
    /// What is answered to whoever wants something of a WebSocket that has ended.
    var refusal: WebSocketFailure {
        failure ?? WebSocketFailure(.closed, "the WebSocket is closed: \(closure.summary)", closure: closure)
    }
}

extension WebSocketFailure {
    static let closing = WebSocketFailure(.closed, "the WebSocket is being closed")
}

extension WebSocketClosure {
    /// The code and the reason, for people.
    var summary: String { reason.isEmpty ? "code \(code)" : "code \(code), \(reason)" }
}
