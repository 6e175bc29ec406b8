import SIONet
import Synchronization

extension Server {
    /// How often a server that drains looks whether it is done.
    private static let drainInterval: Duration = .milliseconds(10)

    /// Closes the server as soon as what is under way is done.
    ///
    /// It stops listening (an ``HTTPServer`` that the server was mounted on goes on), and answers whoever wants to open a
    /// session with 503. Those that are open go on: they are read, and served. When no acknowledgement is awaited any more, no
    /// asynchronous handler or middleware runs and nothing waits to be sent, or at the deadline, it is closed as by ``close()``.
    ///
    /// An ``Acknowledgement`` that a handler has put by, to answer it later, is not waited for: nobody knows whether it will
    /// ever be answered. A handler that answers by what it returns, however late, is. Nor is what a client has sent and a
    /// rate limit has not let be read yet.
    ///
    /// ```swift
    /// await io.drain(within: .seconds(20)) { try $0.emit("moving", "wss://other.example") }
    /// ```
    ///
    /// - Parameters:
    ///   - time: The longest that it may take. Cancelling the task ends it at once.
    ///   - notice: Called when nobody is let in any more, to tell the clients. What it throws is reported to ``onError(_:)``.
    /// - Returns: Whether all was done in time.
    @discardableResult
    public func drain(
        within time: Duration = .seconds(30), notice: @Sendable (Server) throws -> Void = { _ in }
    ) async -> Bool {
        let end = ContinuousClock.now + time
        await stopListening()
        do {
            try notice(self)
        } catch {
            reports.report(error)
        }
        var isDone = false
        // Twice in a row: what one loop hands to another while they are asked is seen the second time.
        var quietRounds = 0
        while !isClosed {
            quietRounds = await isQuiet() ? quietRounds + 1 : 0
            isDone = quietRounds == 2
            if isDone || ContinuousClock.now >= end { break }
            guard (try? await Task.sleep(for: quietRounds > 0 ? .zero : Self.drainInterval)) != nil else { break }
        }
        await close()
        return isDone
    }

    /// Whether nothing is under way: no acknowledgement awaited, no handler running, nothing waiting to be sent.
    private func isQuiet() async -> Bool {
        for namespace in namespaces.all {
            guard await namespace.sockets.isQuiet() else { return false }
        }
        return await engine.isQuiet()
    }
}

extension LocalSockets {
    /// Whether no handler runs as a task, and no socket waits for an answer.
    fileprivate func isQuiet() async -> Bool {
        guard runningTasks.load(ordering: .acquiring) == 0,
            serverSideReceiver.runningTasks.load(ordering: .acquiring) == 0
        else { return false }
        for shard in shards {
            let isQuiet = await shard.loop.callUnlessStopped {
                shard.value.sockets.values.allSatisfy { !$0.use(\.awaitsAnswers) }
            }
            if isQuiet == false { return false }
        }
        return true
    }
}
