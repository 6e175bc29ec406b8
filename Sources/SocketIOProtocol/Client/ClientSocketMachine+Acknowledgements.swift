/// How each acknowledgement that is waited for comes to its end.
extension ClientSocketMachine {
    /// An acknowledgement came.
    ///
    /// - Returns: Who asked; nil if nobody does any more.
    package mutating func ackReceived(_ id: UInt64, now: Instant) -> Asker? {
        switch sentAsks.take(id) {
        case .asker(let asker, _, _): asker
        case .question: takeQuestion(now)
        case nil: nil
        }
    }

    /// Nobody waits for an acknowledgement any more; its packet is not sent, if it was not yet.
    ///
    /// - Returns: Who asked; nil if that has come to its end before.
    package mutating func cancel(_ id: UInt64, now: Instant) -> Asker? {
        if question?.ask.id == id {
            _ = sentAsks.take(id)
            return takeQuestion(now)
        }
        if case .asker(let asker, _, _)? = unsentAsks.take(id) {
            buffer.remove(id)
            return asker
        }
        if case .asker(let asker, _, _)? = sentAsks.take(id) { return asker }
        guard let waiting = questions.removeWaiting(where: { $0.ask.id == id }) else { return nil }
        questionBytes -= waiting.size
        return waiting.ask.asker
    }

    /// A time has come.
    ///
    /// An early call is harmless.
    package mutating func deadlineReached(now: Instant) {
        for case .asker(let asker, let id, _) in unsentAsks.expire(now: now) {
            buffer.remove(id)
            perform(.fail(asker, .timedOut))
        }
        for waiting in sentAsks.expire(now: now) { unanswered(waiting, .timedOut, now) }
    }

    // MARK: What leaves when the socket is connected

    /// The next that has waited for the connection: in order what was buffered, beside it the first question.
    mutating func nextToSend(at instant: Instant) -> Message? {
        guard isConnected else { return nil }
        if let entry = buffer.popFirst() {
            if let id = entry.id, let waiting = unsentAsks.take(id), case .asker(_, _, let deadline) = waiting {
                sentAsks.insert(waiting, id: id, deadline: deadline)
            }
            return entry.message
        }
        guard owesQuestion, let question else { return nil }
        owesQuestion = false
        sentAsks.insert(.question, id: question.ask.id, deadline: question.ask.timeout.map { instant + $0 })
        return question.message
    }

    // MARK: Ends

    /// The connection is gone: what was sent on it will not be answered.
    mutating func failSentAsks(now: Instant) {
        for waiting in sentAsks.removeAll() { unanswered(waiting, .disconnected, now) }
    }

    /// What waits for the connection is given up; what is sent until it is answered is not.
    package mutating func clearBuffer() {
        buffer.removeAll()
        for case .asker(let asker, _, _) in unsentAsks.removeAll() { perform(.fail(asker, .disconnected)) }
    }

    /// All that waits to be sent is given up.
    mutating func failUnsent() {
        clearBuffer()
        for question in questions.removeAll() { perform(.fail(question.ask.asker, .disconnected)) }
        question = nil
        owesQuestion = false
        questionBytes = 0
    }

    private mutating func unanswered(_ waiting: Waiting, _ failure: AskFailure, _ now: Instant) {
        switch waiting {
        case .asker(let asker, _, _): perform(.fail(asker, failure))
        case .question:
            switch questions.timedOut() {
            case .again(let question): owe(question, now)
            case .failed(let question, let next):
                questionBytes -= question.size
                perform(.fail(question.ask.asker, failure))
                owe(next, now)
            case nil: break
            }
        }
    }

    /// The first question is done with: the next has its turn.
    private mutating func takeQuestion(_ now: Instant) -> Asker? {
        guard let question else { return nil }
        questionBytes -= question.size
        owe(questions.settled(), now)
        return question.ask.asker
    }

    /// This is the first question now, and to be sent.
    ///
    /// - Parameters:
    ///   - question: The question; nil if there is none.
    ///   - now: When its time begins, if the socket is connected.
    mutating func owe(_ question: Question?, _ now: Instant) {
        self.question = question
        owesQuestion = question != nil
        if owesQuestion, isConnected { pending.append(.flush(now)) }
    }
}
