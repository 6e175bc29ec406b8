import SIOEvents
import SIONet
import SocketIOClient
import Synchronization

/// A socket that stays connected for a command, and tells what becomes of its connection.
///
/// The first connection has to come about, unless the command is told to be patient; one that is lost later comes back.
final class ClientSession: Sendable {
    let socket: ClientSocket
    /// What arrives arrives there.
    let loop: EventLoop
    let inbox = Inbox()
    private let options: ClientOptions
    private let console: Console
    private let wasConnected = Atomic<Bool>(false)
    /// Waits for the signal to end, as long as the session is used.
    private let watch = Mutex<Task<Void, Never>?>(nil)

    /// A session that does not connect yet.
    ///
    /// - Parameters:
    ///   - options: Where to connect, and how.
    ///   - isPatient: Whether the first connection is tried again and again, too.
    ///   - events: The events that are wanted; all if there are none.
    ///   - console: Where the connection's fate is told.
    /// - Throws: ``UsageError`` if the address is none.
    init(_ options: ClientOptions, isPatient: Bool, events: Set<String> = [], console: Console) throws {
        self.options = options
        self.console = console
        let loops = EventLoopGroup(loops: 1)
        loop = loops.loops[0]
        socket = try options.socket {
            $0.reconnection = isPatient
            $0.loops = loops
        }
        let inbox = inbox
        _ = socket.listen(to: nil, options: []) { event in
            guard events.isEmpty || events.contains(event.name) else { return }
            inbox.push(.event(event.name, event.allArguments, event.acknowledgement))
        }
        socket.manager.onError { console.note("\($0)") }
        followConnection()
    }

    /// Connects, and listens to the signal to end.
    func start() {
        socket.connect()
        watch.withLock {
            $0 = Task { [inbox, console] in
                await console.interruption()
                inbox.push(.interrupted)
            }
        }
    }

    /// Leaves; all that was sent has left then, unless the server does not take it in time.
    ///
    /// - Returns: Whether it has.
    @discardableResult
    func end() async -> Bool {
        watch.withLock { $0 }?.cancel()
        return await socket.close(within: options.timeout)
    }

    private func followConnection() {
        let (inbox, console, options) = (inbox, console, options)
        socket.on(.connect) { [weak self] in
            guard let self else { return }
            let id = socket.id ?? ""
            if wasConnected.exchange(true, ordering: .relaxed) {
                console.note("connected again as \(id)" + (socket.recovered ? ", nothing was missed" : ""))
            } else {
                socket.manager.reconnection = true
                console.note("connected to \(options.shownURL) as \(id)")
            }
            inbox.push(.connected)
        }
        socket.on(.disconnect) { [weak self] reason in
            guard let self, reason != .clientDisconnect else { return }
            guard socket.active else { return inbox.push(.over("the server ended the connection: \(reason)")) }
            console.note("connection lost: \(reason)")
        }
        socket.on(.connectError) { [weak self] failure in
            guard let self, failure.code != .cancelled else { return }
            let reason = CommandFailure(failure, options, namespace: socket.namespace).description
            guard socket.active else { return inbox.push(.over(reason)) }
            // A failure to reconnect is told with the attempt.
            if !wasConnected.load(ordering: .relaxed) { console.note(reason) }
        }
        socket.manager.on(.reconnectAttempt) { number in console.note("reconnecting, attempt \(number)") }
        socket.manager.on(.reconnectError) { [weak self] failure in
            guard let self, wasConnected.load(ordering: .relaxed) else { return }
            console.note(CommandFailure(failure, options, namespace: socket.namespace).description)
        }
    }
}

extension ClientSocket {
    /// Leaves the namespace, and waits until all that was sent has left.
    ///
    /// - Parameter time: How long that may take: a server need not read.
    /// - Returns: Whether it has.
    func close(within time: Duration) async -> Bool {
        let (ends, continuation) = AsyncStream.makeStream(of: Bool.self, bufferingPolicy: .bufferingOldest(1))
        let closing = Task {
            await close()
            continuation.yield(true)
        }
        let waiting = Task {
            guard (try? await Task.sleep(for: time)) != nil else { return }
            continuation.yield(false)
        }
        defer {
            closing.cancel()
            waiting.cancel()
        }
        for await hasLeft in ends { return hasLeft }
        return false
    }
}
