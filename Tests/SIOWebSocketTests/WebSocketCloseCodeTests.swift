import SIOWebSocket
import Testing

@Test func `a code is valid on the wire or it is not`() {
    let valid = Set<UInt16>(Array(1000...1003) + Array(1007...1014) + Array(3000...4999))
    for code in UInt16.min...UInt16.max where WebSocketCloseCode(rawValue: code).isValidOnWire != valid.contains(code) {
        Issue.record("\(code)")
    }
}

@Test func `the codes have the numbers of the RFC`() {
    let codes: [WebSocketCloseCode] = [
        .normalClosure, .goingAway, .protocolError, .unsupportedData, .noStatusReceived, .abnormalClosure,
        .invalidFramePayloadData, .policyViolation, .messageTooBig, .mandatoryExtension, .internalError,
        .serviceRestart, .tryAgainLater, .badGateway, .tlsHandshake,
    ]
    #expect(codes.map(\.rawValue) == Array(1000...1003) + Array(1005...1015))
}
