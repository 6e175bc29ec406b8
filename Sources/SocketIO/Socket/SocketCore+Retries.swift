import SIOEvents
import SIONet
import SocketIOProtocol

/// A question that is asked again until it is answered.
struct RetriedQuestion {
    var packet: EventPacket
    var timeout: Duration
    var compress: Bool
    var settle: (AcknowledgementOutcome) -> Void
}

extension SocketCore {
    /// Sends a packet behind all that were sent so before, and again until it is answered or was tried often enough.
    func send(_ question: RetriedQuestion, retries: Int) {
        guard isConnected else { return question.settle(.failed(.disconnected)) }
        var refused = false
        var first: RetriedQuestion?
        changeExtras { extras in
            refused = extras.questions.isFull
            if !refused { first = extras.questions.enqueue(question, retries: retries) }
        }
        if refused { return question.settle(.failed(.tooManyWaiting)) }
        if let first { ask(first) }
    }

    private func ask(_ question: RetriedQuestion) {
        send(question.packet, timeout: question.timeout, compress: question.compress) { [weak self] outcome in
            guard let self else { return question.settle(outcome) }
            asked(question, outcome)
        }
    }

    private func asked(_ question: RetriedQuestion, _ outcome: AcknowledgementOutcome) {
        // Behind the socket's end the queue is emptied by whoever ended it.
        guard let extras, isConnected else { return question.settle(outcome) }
        guard case .failed(.timedOut) = outcome else {
            let next = extras.questions.settled()
            question.settle(outcome)
            if let next { ask(next) }
            return
        }
        switch extras.questions.timedOut() {
        case .again(let question): ask(question)
        case .failed(let question, let next):
            question.settle(outcome)
            if let next { ask(next) }
        case nil: question.settle(outcome)
        }
    }

    /// Nobody waits any more for the answer to a question that waits behind others.
    func cancelWaiting(_ packet: EventPacket) {
        let isIt: (RetriedQuestion) -> Bool = { $0.packet.acknowledgementID == packet.acknowledgementID }
        extras?.questions.removeWaiting(where: isIt)?.settle(.cancelled)
    }

    /// The socket is over: the question that is on its way was settled with all acknowledgements.
    func failQuestions() {
        guard let extras else { return }
        for question in extras.questions.removeAll().dropFirst() { question.settle(.failed(.disconnected)) }
    }
}
