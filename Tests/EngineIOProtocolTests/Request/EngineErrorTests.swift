import EngineIOProtocol
import SIOBytes
import Testing

@Suite struct EngineErrorTests {
    @Test(arguments: [
        (EngineError.Code.transportUnknown, 400, #"{"code":0,"message":"Transport unknown"}"#),
        (.sessionUnknown, 400, #"{"code":1,"message":"Session ID unknown"}"#),
        (.badHandshakeMethod, 400, #"{"code":2,"message":"Bad handshake method"}"#),
        (.badRequest, 400, #"{"code":3,"message":"Bad request"}"#),
        (.forbidden, 403, #"{"code":4,"message":"Forbidden"}"#),
        (.unsupportedProtocolVersion, 400, #"{"code":5,"message":"Unsupported protocol version"}"#),
    ])
    func `an error has the reference's status and body`(code: EngineError.Code, status: Int, body: String) {
        let error = EngineError(code, .middlewareFailure)
        #expect(error.status == status)
        var buffer = ByteBuffer()
        error.appendBody(to: &buffer)
        #expect(buffer.bytes.string == body)
    }

    @Test func `the application's message replaces the text`() {
        let error = EngineError.forbidden("no \"bots\"\n")
        #expect(error.context == .message("no \"bots\"\n"))
        var buffer = ByteBuffer()
        error.appendBody(to: &buffer)
        #expect(buffer.bytes.string == #"{"code":4,"message":"no \"bots\"\u000a"}"#)
        #expect(EngineError.forbidden().message == "Forbidden")
    }

    @Test func `reasons have the reference's texts, as far as it has them`() {
        #expect(
            Set(EngineDisconnectReason.allCases.map(\.rawValue))
                == [
                    "transport error", "transport close", "forced close", "ping timeout", "parse error",
                    "send buffer overflow", "rate limit exceeded",
                ])
    }
}
