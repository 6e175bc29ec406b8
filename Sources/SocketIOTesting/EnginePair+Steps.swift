import EngineIOProtocol

/// For those who drive several pairs side by side, one step after the other.
extension EnginePair {
    /// A direction in which a message travels.
    package enum Direction: Equatable, Sendable {
        case toServer
        case toClient
    }

    /// When something happens next, counted from the pair's start; nil if nothing will.
    package var nextTime: Duration? {
        let times = [events.last?.time, serverSession?.deadline, clientSession.deadline]
        return times.compactMap(\.self).min().map { $0 - clock.start }
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
