/// A value that belongs to one loop's thread: it may be carried anywhere and opened only there.
///
/// This is where the compiler's proof of isolation is replaced by a check at run time, for what lives below the
/// public API: connections, sessions, sockets.
package struct LoopBound<Value>: @unchecked Sendable {  // Each access checks the thread.
    package let loop: EventLoop
    private let unchecked: Value

    /// Binds the value to the loop; called on the loop's thread, or before the value was seen by any other.
    package init(_ value: Value, to loop: EventLoop) {
        self.loop = loop
        unchecked = value
    }

    /// The value.
    ///
    /// Trapping anywhere but on its loop is our own caller's fault, never a peer's.
    package var value: Value {
        precondition(loop.isCurrent, "a value of one event loop was opened outside it")
        return unchecked
    }
}
