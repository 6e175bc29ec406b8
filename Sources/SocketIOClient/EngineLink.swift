import EngineIOClient
import EngineIOProtocol
import SIOBytes
import SocketIOProtocol

/// An engine's way to the manager: it knows which of several engines it is, and holds the manager's core as long as there is one.
final class EngineLink: EngineClientDelegate {
    let number: Int
    private let manager: ManagerCore
    var engine: EngineClient?
    /// Reads messages where the parser is not the default one.
    ///
    /// It is the engine's own: a custom parser may close the manager, and open another engine, while it reads.
    var reader: MessageReader?

    init(_ number: Int, _ manager: ManagerCore, _ reader: MessageReader?) {
        self.number = number
        self.manager = manager
        self.reader = reader
    }

    func opened(_ handshake: EngineHandshake) { manager.opened(number) }
    func upgraded() { manager.upgraded(number) }
    func received(text: RawSpan) { manager.received(text: text, on: self) }
    func received(binary: RawSpan) { manager.received(binary: binary, on: self) }
    func pinged() { manager.pinged(number) }

    func closed(_ reason: EngineDisconnectReason, _ error: EngineClientError?) {
        manager.closed(number, reason, error)
        engine = nil
    }
}
