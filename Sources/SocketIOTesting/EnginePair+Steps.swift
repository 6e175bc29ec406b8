import EngineIOProtocol

/// For those who drive several pairs side by side, one step after the other.
extension EnginePair {
    /// A direction in which a message travels.
    package enum Direction: Equatable, Sendable {
        case toServer
        case toClient
    }

    /// What travels in this direction is lost, and nobody is told.
    package mutating func lose(_ direction: Direction) {
        events.removeAll { Self.direction(of: $0.event) == direction }
        lookAhead()
    }

    private static func direction(of event: Event) -> Direction? {
        switch event {
        case .command: nil
        case .getArrives, .postArrives, .postReceived, .webSocketArrives, .toServer, .serverSeesClose: .toServer
        case .getAnswered, .postAnswered, .webSocketOpened, .webSocketFailed, .toClient, .clientSeesClose: .toClient
        }
    }
}
