/// The peer broke the protocol or a limit; the connection is failed with ``closeCode`` (RFC 6455 §7.1.7).
package enum WebSocketError: Error, Equatable, Sendable {
    /// RSV1, RSV2 or RSV3 is set where no extension gives it a meaning (RFC 6455 §5.2, RFC 7692 §6).
    case reservedBits
    /// Opcode 3–7 or 11–15 (RFC 6455 §5.2).
    case unknownOpcode(UInt8)
    /// A control frame without FIN (RFC 6455 §5.5).
    case fragmentedControlFrame
    /// A control frame of more than 125 bytes (RFC 6455 §5.5).
    case longControlFrame
    /// A continuation frame, and no message is begun (RFC 6455 §5.4).
    case unexpectedContinuation
    /// A text or binary frame within a fragmented message (RFC 6455 §5.4).
    case expectedContinuation
    /// A client's frame that is not masked (RFC 6455 §5.1).
    case unmaskedFrame
    /// A server's frame that is masked (RFC 6455 §5.1).
    case maskedFrame
    /// A length in more bytes than it needs (RFC 6455 §5.2).
    case lengthNotMinimal
    /// A 64-bit length whose most significant bit is set (RFC 6455 §5.2).
    case lengthHighBit
    /// A close frame of one byte (RFC 6455 §5.5.1).
    case truncatedCloseCode
    /// A close frame with a code that must not be sent (RFC 6455 §7.4).
    case invalidCloseCode(UInt16)
    /// A close reason that is not UTF-8 (RFC 6455 §5.5.1).
    case closeReasonNotUTF8
    /// A text message that is not UTF-8, or cannot become it (RFC 6455 §8.1).
    case textNotUTF8
    /// A compressed message that is no whole sequence of DEFLATE blocks (RFC 7692 §7.2.2).
    case compressedData
    /// A data frame beyond ``WebSocketLimits/maxFrameSize``.
    case frameTooBig
    /// A message beyond ``WebSocketLimits/maxMessageSize``.
    case messageTooBig
    /// A message in more than ``WebSocketLimits/maxFragments`` frames.
    case tooManyFragments
    /// A message whose last fragment did not come in time.
    case messageTooSlow

    /// The code that the close frame answers with.
    package var closeCode: WebSocketCloseCode {
        switch self {
        case .reservedBits, .unknownOpcode, .fragmentedControlFrame, .longControlFrame, .unexpectedContinuation,
            .expectedContinuation, .unmaskedFrame, .maskedFrame, .lengthNotMinimal, .lengthHighBit,
            .truncatedCloseCode, .invalidCloseCode:
            .protocolError
        case .closeReasonNotUTF8, .textNotUTF8, .compressedData: .invalidFramePayloadData
        case .frameTooBig, .messageTooBig: .messageTooBig
        case .tooManyFragments, .messageTooSlow: .policyViolation
        }
    }

    /// What went wrong, for the close frame and the log.
    package var reason: String {
        switch self {
        case .reservedBits: "reserved bits set"
        case .unknownOpcode(let opcode): "unknown opcode \(opcode)"
        case .fragmentedControlFrame: "fragmented control frame"
        case .longControlFrame: "control frame longer than 125 bytes"
        case .unexpectedContinuation: "continuation of no message"
        case .expectedContinuation: "new message within a fragmented one"
        case .unmaskedFrame: "frame not masked"
        case .maskedFrame: "frame masked"
        case .lengthNotMinimal: "payload length not minimal"
        case .lengthHighBit: "payload length with high bit"
        case .truncatedCloseCode: "close frame of one byte"
        case .invalidCloseCode(let code): "invalid close code \(code)"
        case .closeReasonNotUTF8: "close reason is not UTF-8"
        case .textNotUTF8: "text is not UTF-8"
        case .compressedData: "compressed data is broken"
        case .frameTooBig: "frame too big"
        case .messageTooBig: "message too big"
        case .tooManyFragments: "too many fragments"
        case .messageTooSlow: "message took too long"
        }
    }
}
