extension WebSocket: AsyncSequence {
    /// A message.
    public typealias Element = WebSocketMessage

    /// Takes messages one after the other; several iterators of one WebSocket share its messages.
    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let socket: WebSocket

        /// The next message, as ``WebSocket/receive()`` says.
        public mutating func next() async throws -> WebSocketMessage? {
            try await socket.receive()
        }
    }

    /// An iterator over the messages that nobody has taken yet.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(socket: self)
    }

    /// Takes the next message, once it is there.
    ///
    /// A peer whose messages nobody takes is not read when ``Options/receiveBuffer`` is full.
    ///
    /// - Returns: The message; nil when there are no more because both sides have said goodbye, whatever they said:
    ///   ``closure`` tells.
    /// - Throws: ``WebSocketFailure``, behind the last message, when the WebSocket came to its end in another way; or
    ///   `CancellationError`, when the task is cancelled meanwhile, in which case no message is lost.
    public func receive() async throws -> WebSocketMessage? {
        let taken = try await state.take()
        if taken.reads { driver.loop.run { [driver] in driver.value.resumeReading() } }
        return taken.message
    }
}
