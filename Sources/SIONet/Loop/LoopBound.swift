/// A value that belongs to one loop's thread: it may be carried anywhere and opened only there.
///
/// This is where the compiler's proof of isolation is replaced by a check at run time, for what lives below the
/// public API: connections, sessions, sockets.
@usableFromInline
package struct LoopBound<Value>: @unchecked Sendable {  // Each access checks the thread.
    @usableFromInline package let loop: EventLoop
    @usableFromInline let unchecked: Value

    /// Binds the value to the loop; called on the loop's thread, or before the value was seen by any other.
    @inlinable
    package init(_ value: Value, to loop: EventLoop) {
        self.loop = loop
        unchecked = value
    }

    /// The value.
    ///
    /// Trapping anywhere but on its loop is our own caller's fault, never a peer's.
    @inlinable
    package var value: Value {
        precondition(loop.isCurrent, "a value of one event loop was opened outside it")
        return unchecked
    }
}

extension LoopBound where Value: AnyObject {
    /// Lets the body use the object without counting that: whoever holds this holds the object meanwhile.
    @inlinable
    @inline(__always)
    package func use<Result>(_ body: (Value) throws -> Result) rethrows -> Result {
        precondition(loop.isCurrent, "a value of one event loop was opened outside it")
        return try Uncounted(unchecked).use(body)
    }

    /// The same where the caller is on the loop; elsewhere nothing is done, and the answer is nil.
    @inlinable
    @inline(__always)
    package func useHere<Result>(_ body: (Value) throws -> Result) rethrows -> Result? {
        loop.isCurrent ? try Uncounted(unchecked).use(body) : nil
    }
}
