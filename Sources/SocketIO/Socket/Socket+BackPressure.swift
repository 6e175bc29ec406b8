import EngineIO
import SIONet

/// How much waits to be sent to the client, and waiting for it to take some.
///
/// What is sent to one client waits in one line, whatever namespace it comes from.
extension Socket {
    /// The bytes that wait to be sent to the client: for its next GET, or for the system to take them.
    ///
    /// It is known on the socket's event loop, in its handlers; elsewhere, and behind the socket's end, the answer is nil.
    public var bufferedBytes: Int? {
        guard loop.isCurrent else { return nil }
        return core.value.anySession?.bufferedBytes
    }

    /// Whether less waits to be sent to the client than `sendHighWaterMark`.
    ///
    /// It is known on the socket's event loop, in its handlers; elsewhere the answer is nil. At the socket's end it is false.
    public var isWritable: Bool? {
        guard loop.isCurrent else { return nil }
        return core.value.anySession?.isBelowHighWaterMark ?? false
    }

    /// Waits until the client can be sent more.
    ///
    /// ```swift
    /// for row in rows {
    ///     try await socket.whenWritable()
    ///     try socket.emit("row", row)
    /// }
    /// ```
    ///
    /// It does not wait if less than the high-water mark waits to be sent; else it does until the client has taken all but
    /// the low-water mark (`sendHighWaterMark` and `sendLowWaterMark` of the configuration).
    ///
    /// - Throws: ``SendError`` if the socket is disconnected meanwhile, or was before; `CancellationError`.
    public func whenWritable() async throws { try await wait(for: .writable) }

    /// Waits until all that was sent to the client has been handed to the system, or to the client's GET.
    ///
    /// - Throws: ``SendError`` if the socket is disconnected meanwhile, or was before; `CancellationError`.
    public func drained() async throws { try await wait(for: .drained) }

    private func wait(for level: EngineSession.Level) async throws {
        let wait = SendWait()
        let giveUp: @Sendable () -> Void = { self.onLoop { $0.anySession?.cancel(wait) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let begin: @Sendable () -> Void = {
                    let core = self.core.value
                    guard core.isConnected, let session = core.anySession else {
                        return SendOutcome.disconnected.resume(continuation)
                    }
                    session.wait(wait, for: level, owner: core) { $0.resume(continuation) }
                }
                if loop.isCurrent {
                    begin()
                } else if !loop.post(begin) {
                    SendOutcome.disconnected.resume(continuation)
                }
                // The handler below is too early where the task was cancelled before there was anything to give up.
                if Task.isCancelled { giveUp() }
            }
        } onCancel: {
            giveUp()
        }
    }
}
