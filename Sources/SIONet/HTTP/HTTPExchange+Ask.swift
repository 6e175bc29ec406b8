extension HTTPExchange {
    /// Runs the question as a task that begins at once, and carries its answer back to the exchange's loop.
    ///
    /// Nothing comes of it if the client is gone by then. What a client sends behind its request waits, bounded by its
    /// connection's limit.
    package func ask<Answer: Sendable>(
        _ question: @escaping @Sendable () async -> Answer, then: @escaping (HTTPExchange, Answer) -> Void
    ) {
        let loop: EventLoop = core.loop
        let bound = LoopBound((exchange: self, then: then), to: loop)
        Task.immediate(executorPreference: loop) {
            let answer = await question()
            loop.run {
                let (exchange, then) = bound.value
                if !exchange.isAnswered { then(exchange, answer) }
            }
        }
    }
}
