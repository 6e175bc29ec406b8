extension WebSocket {
    /// Sends a ping, and waits for its pong (RFC 6455 §5.5.2).
    ///
    /// A peer that is not read, because nobody takes its messages, cannot be heard to answer.
    ///
    /// - Parameter timeout: How long the pong may take; the WebSocket stays open if it takes longer.
    /// - Returns: The time from the ping to its pong.
    /// - Throws: ``WebSocketFailure``, with ``WebSocketFailure/Code/pingTimeout`` when it takes too long; or
    ///   `CancellationError`, when the task is cancelled meanwhile.
    @discardableResult
    public func ping(timeout: Duration = .seconds(10)) async throws -> Duration {
        try Task.checkCancellation()
        let ticket = WaitTicket()
        let driver = driver
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isTaken = driver.loop.post { driver.value.ping(ticket, timeout: timeout, continuation) }
                guard isTaken else {
                    return continuation.resume(throwing: state.ending?.refusal ?? WebSocketFailure.closing)
                }
                // Behind the ping, should it have come before.
                if Task.isCancelled { driver.loop.post { driver.value.cancelPing(ticket) } }
            }
        } onCancel: {
            driver.loop.post { driver.value.cancelPing(ticket) }
        }
    }
}
