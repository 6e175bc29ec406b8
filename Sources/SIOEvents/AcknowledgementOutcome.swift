/// What became of a packet that asked for an acknowledgement.
package enum AcknowledgementOutcome {
    /// The answer, while its bytes are there.
    case answered(ArgumentReader)
    case failed(AcknowledgementError.Code)
    case cancelled

    /// The first argument of the answer.
    package func decode<Reply: Decodable>(_ type: Reply.Type) throws -> Reply {
        switch self {
        case .answered(var arguments): return try arguments.next(type)
        case .failed(let code): throw AcknowledgementError(code)
        case .cancelled: throw CancellationError()
        }
    }
}

/// Asks, and waits until it is settled what became of the question.
///
/// - Parameters:
///   - ask: Sends the question, and has its argument called once.
///   - giveUp: Has the question settled as cancelled, if it is not settled yet; it may be called more than once.
/// - Returns: The first argument of the answer.
/// - Throws: ``AcknowledgementError``, `DecodingError`, or `CancellationError`.
package func answer<Reply: Decodable & Sendable>(
    ask: (@escaping @Sendable (AcknowledgementOutcome) -> Void) -> Void,
    giveUp: @escaping @Sendable () -> Void
) async throws -> Reply {
    try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            ask { outcome in continuation.resume(with: Result { try outcome.decode(Reply.self) }) }
            // The handler below is too early where the task was cancelled before there was anything to give up.
            if Task.isCancelled { giveUp() }
        }
    } onCancel: {
        giveUp()
    }
}
