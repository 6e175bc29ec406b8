public import SIOWebSocket

extension WebSocket {
    /// Says goodbye, and waits until the peer has done so, too (RFC 6455 §7.1.2).
    ///
    /// What was sent before arrives before; what was received and waits to be taken can still be taken; what the peer sends, and
    /// what of it was not read yet, is dropped. A peer that does not answer within ``Options/closeTimeout`` is left, and so is one that has not answered when the
    /// task is cancelled. On a WebSocket that is closed it does nothing.
    ///
    /// - Parameters:
    ///   - code: Why: one that may be sent (``WebSocketCloseCode``), or nil to say nothing.
    ///   - reason: Why, for people: of more than 123 bytes of UTF-8 the beginning; needs a code.
    /// - Returns: How the WebSocket came to its end.
    @discardableResult
    public func close(_ code: WebSocketCloseCode? = .normalClosure, reason: String = "") async -> WebSocketClosure {
        // Looked at here, so that a mistake is the caller's and not the loop's.
        let frame = WebSocketCloseFrame(code: code, reason: reason)
        state.beginClosing()
        driver.loop.run { [driver] in driver.value.close(frame.code, reason: frame.reason) }
        if let closure = try? await state.ended() { return closure }
        _ = await driver.loop.callUnlessStopped { [driver] in driver.value.abort() }
        return closure ?? WebSocketClosure()
    }

    /// Drops the connection without a goodbye.
    public func abort() {
        driver.loop.run { [driver] in driver.value.abort() }
    }

    /// Waits until the WebSocket is closed, by whomever.
    ///
    /// Messages have to be taken meanwhile, or the peer's goodbye is not read.
    ///
    /// - Returns: How it came to its end.
    /// - Throws: `CancellationError`, when the task is cancelled meanwhile.
    public func waitUntilClosed() async throws -> WebSocketClosure {
        try await state.ended()
    }
}
