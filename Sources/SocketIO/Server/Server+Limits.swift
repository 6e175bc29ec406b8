public import EngineIO

extension Server {
    /// Calls the handler each time that somebody reaches a limit of the configuration: too many clients, too much sent in a
    /// time, a message that is too large, too much that waits to be sent.
    ///
    /// ```swift
    /// io.onLimitReached { reached, sockets in log("\(reached.limit) of \(reached.value): \(sockets.map(\.id))") }
    /// ```
    ///
    /// - Parameter handler: Given what happened, and the sockets of the client, which are connected still: none where a
    ///   session was refused. Called on the client's event loop. Later calls of this function replace it.
    public func onLimitReached(
        _ handler: @escaping @Sendable (_ reached: EngineServer.LimitReached, _ sockets: [Socket]) -> Void
    ) {
        engine.onLimitReachedBySession { reached, session in
            let delegate = session?.delegate
            let client = delegate as? Client ?? (delegate as? TranslatingReceiver)?.client
            handler(reached, client?.connectedSockets ?? [])
        }
    }

    /// How often each limit of the configuration was reached.
    public var limitCounts: [EngineServer.LimitReached.Limit: Int] { engine.limitCounts }
}
