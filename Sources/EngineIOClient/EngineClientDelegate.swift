package import EngineIOProtocol
import SIOBytes

/// Who takes a session's messages on the client's side.
///
/// All calls come on the session's loop, none of them within another, and none before ``EngineClient/open()`` has returned.
package protocol EngineClientDelegate: AnyObject {
    /// The session is open.
    func opened(_ handshake: EngineHandshake)
    /// The session is on a WebSocket now.
    func upgraded()
    /// A text message; the bytes are gone when the call returns.
    func received(text: RawSpan)
    /// A binary message; the bytes are gone when the call returns.
    func received(binary: RawSpan)
    /// The server has pinged.
    func pinged()
    /// All that was sent has been handed to the system, or answered by the server.
    func drained()
    /// The session is over, or could not be opened. Nothing comes after this.
    ///
    /// - Parameters:
    ///   - reason: Why.
    ///   - error: What exactly went wrong, if anything did.
    func closed(_ reason: EngineDisconnectReason, _ error: EngineClientError?)
}

extension EngineClientDelegate {
    package func upgraded() {}
    package func pinged() {}
    package func drained() {}
}
