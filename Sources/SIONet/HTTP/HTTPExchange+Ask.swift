extension HTTPExchange {
    /// Runs the question as a task that begins at once, and carries its answer back to the exchange's loop.
    ///
    /// When the client goes, the task is cancelled, and nothing comes of its answer; until it is over it has the place that
    /// its connection had among those that there may be. What a client sends behind its request waits, bounded by its
    /// connection's limit.
    ///
    /// - Parameters:
    ///   - question: What is asked.
    ///   - then: Called on the loop with the answer, if the exchange still waits for one.
    ///   - otherwise: Called in the task, behind the question, if it does not.
    /// - Returns: The task, which is over behind `then` or `otherwise`.
    @discardableResult
    package func ask<Answer: Sendable>(
        _ question: @escaping @Sendable () async -> Answer, then: @escaping (HTTPExchange, Answer) -> Void,
        otherwise: @escaping @Sendable () -> Void = {}
    ) -> Task<Void, Never> {
        let loop: EventLoop = core.loop
        let bound = LoopBound((exchange: self, then: then), to: loop)
        var running: Task<Void, Never>?
        // Before the task begins, because it may be done at once, and what comes of it sets this anew.
        aborted = { [lease = driver?.connection.lease] in
            guard let task = running else { return }
            task.cancel()
            guard let lease else { return }
            lease.hold()
            Task.immediate(executorPreference: loop) {
                await task.value
                lease.leave()
            }
        }
        let task = Task.immediate(executorPreference: loop) {
            let answer = await question()
            let isTaken = await loop.callUnlessStopped {
                let (exchange, then) = bound.value
                guard !exchange.isAnswered else { return false }
                exchange.aborted = nil
                then(exchange, answer)
                return true
            }
            if isTaken != true { otherwise() }
        }
        running = task
        return task
    }
}
