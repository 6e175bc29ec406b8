package import Synchronization

extension Mutex where Value: ~Copyable {
    /// Changes the value, and lets go of what the body hands back behind the lock: with a handler goes what it holds, and the end of
    /// that may want the lock.
    ///
    /// To ignore what `withLock` returns is not enough: an optimiser ends the life of what nobody looks at as early as it likes.
    package borrowing func letGo<Old>(_ change: (inout sending Value) -> sending Old) {
        let old = withLock(change)
        withExtendedLifetime(old) {}
    }
}
