extension WebSocket {
    /// Sends a message.
    ///
    /// It waits while ``Options/sendBuffer`` bytes or more wait to be sent: a peer that reads slowly slows whoever sends.
    /// Messages of one task go in the order of its calls. What returns has not been received yet.
    ///
    /// - Parameter message: Text or bytes.
    /// - Throws: ``WebSocketFailure`` if the WebSocket is closed, or comes to its end while the message waits; or
    ///   `CancellationError`, when the task is cancelled meanwhile. The message is not sent then.
    public func send(_ message: WebSocketMessage) async throws {
        try await state.reserve(message.weight)
        handOver(message)
    }

    /// Sends a text, as ``send(_:)-(WebSocketMessage)`` does.
    public func send(_ text: String) async throws {
        try await send(.text(text))
    }

    /// Sends bytes, as ``send(_:)-(WebSocketMessage)`` does.
    public func send(_ bytes: [UInt8]) async throws {
        try await send(.binary(bytes))
    }

    /// Sends a message, if it need not wait.
    ///
    /// - Parameter message: Text or bytes.
    /// - Returns: False, and nothing is sent, if the WebSocket is closed, or the peer has too much to read already.
    @discardableResult
    public func trySend(_ message: WebSocketMessage) -> Bool {
        guard state.reserveNow(message.weight) else { return false }
        handOver(message)
        return true
    }

    private func handOver(_ message: WebSocketMessage) {
        driver.loop.run { [driver] in driver.value.send(message) }
    }
}
