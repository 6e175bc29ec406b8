import SIOWebSocket
import Testing

@Test(
    arguments: [
        (
            1002,
            [
                .reservedBits, .unknownOpcode(3), .fragmentedControlFrame, .longControlFrame, .unexpectedContinuation,
                .expectedContinuation, .unmaskedFrame, .maskedFrame, .lengthNotMinimal, .lengthHighBit,
                .truncatedCloseCode,
                .invalidCloseCode(65_535),
            ]
        ),
        (1007, [.textNotUTF8, .closeReasonNotUTF8, .compressedData]),
        (1008, [.tooManyFragments, .messageTooSlow]),
        (1009, [.frameTooBig, .messageTooBig]),
    ] as [(UInt16, [WebSocketError])])
func `an error carries its close code`(code: UInt16, errors: [WebSocketError]) {
    for error in errors {
        #expect(error.closeCode.rawValue == code)
        let frame = WebSocketCloseFrame(code: error.closeCode, reason: error.reason)
        #expect(!error.reason.isEmpty && frame.reason == error.reason)
    }
}
