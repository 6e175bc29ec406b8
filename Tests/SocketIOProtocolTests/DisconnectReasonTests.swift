import SocketIOProtocol
import Testing

@Suite struct DisconnectReasonTests {
    @Test(
        arguments: [
            (.transportError, "transport error", true), (.transportClose, "transport close", true),
            (.forcedClose, "forced close", true), (.pingTimeout, "ping timeout", true),
            (.parseError, "parse error", false),
            (.sendBufferOverflow, "send buffer overflow", true), (.rateLimitExceeded, "rate limit exceeded", false),
            (.serverShuttingDown, "server shutting down", true), (.forcedServerClose, "forced server close", true),
            (.clientNamespaceDisconnect, "client namespace disconnect", false),
            (.serverNamespaceDisconnect, "server namespace disconnect", false),
            (.serverDisconnect, "io server disconnect", false), (.clientDisconnect, "io client disconnect", false),
        ] as [(DisconnectReason, String, Bool)])
    func `reasons are the reference's words`(reason: DisconnectReason, text: String, isRecoverable: Bool) {
        #expect(reason.rawValue == text && reason.description == text)
        #expect(DisconnectReason(rawValue: text) == reason)
        #expect(reason.isRecoverable == isRecoverable)
    }
}
