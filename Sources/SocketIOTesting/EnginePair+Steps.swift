import EngineIOProtocol

/// For those who drive several pairs side by side, one step after the other.
extension EnginePair {
    /// A direction in which a message travels.
    package enum Direction: Equatable, Sendable {
        case toServer
        case toClient
    }

    /// When something happens next, counted from the pair's start; nil if nothing will.
    ///
    /// It is known when the pair was run.
    package var nextTime: Duration? {
        guard !events.isEmpty else { return deadline.map { $0 - clock.start } }
        let event = events[events.count - 1].time
        guard let deadline else { return event - clock.start }
        return min(event, deadline) - clock.start
    }

    /// Whether both sides are done, so that nothing will ever happen again.
    package var isOver: Bool {
        events.isEmpty && clientSession.isClosed && serverSession?.isClosed != false
    }

    /// What travels in this direction is lost, and nobody is told.
    package mutating func lose(_ direction: Direction) {
        events.removeAll { Self.direction(of: $0.event) == direction }
    }

    private static func direction(of event: Event) -> Direction? {
        switch event {
        case .command: nil
        case .getArrives, .postArrives, .postReceived, .webSocketArrives, .toServer, .serverSeesClose: .toServer
        case .getAnswered, .postAnswered, .webSocketOpened, .webSocketFailed, .toClient, .clientSeesClose: .toClient
        }
    }
}
