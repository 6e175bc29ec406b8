/// What waits to be sent, and waiting for it.
extension EngineSession {
    /// What a wait is for.
    package enum Level: Sendable {
        /// Nothing, if less waits than ``EngineServer/Configuration/sendHighWaterMark``; else, that no more waits than
        /// ``EngineServer/Configuration/sendLowWaterMark``.
        case writable
        /// That nothing waits.
        case drained
    }

    /// Whether less waits to be sent than the high-water mark.
    package var isBelowHighWaterMark: Bool { bufferedBytes < shard.waterMarks.high }

    /// Calls back once: when so little waits to be sent, at the session's or the owner's end, or when it is cancelled.
    package func wait(
        _ wait: SendWait, for level: Level, owner: AnyObject? = nil, _ settle: @escaping (SendOutcome) -> Void
    ) {
        guard isOpen else { return settle(.disconnected) }
        let mark: Int
        switch level {
        case .writable:
            if isBelowHighWaterMark { return settle(.taken) }
            mark = shard.waterMarks.low
        case .drained:
            if bufferedBytes == 0 { return settle(.taken) }
            mark = 0
        }
        shard.waiters.add(wait, of: owner.map { ObjectIdentifier($0) }, to: self, mark: mark, settle)
        reportProgress()
    }

    /// Nobody waits any more.
    package func cancel(_ wait: SendWait) {
        guard !shard.waiters.isEmpty else { return }
        shard.waiters.cancel(wait, of: self)
        reportProgress()
    }

    /// The owner of waits is at its end.
    package func endWaits(of owner: AnyObject) {
        guard !shard.waiters.isEmpty else { return }
        shard.waiters.end(self, owner: ObjectIdentifier(owner))
        reportProgress()
    }

    /// Something was taken: settles what waited for that.
    func settleWaits() {
        guard !shard.waiters.isEmpty else { return }
        shard.waiters.settle(self, left: bufferedBytes)
        reportProgress()
    }
}
