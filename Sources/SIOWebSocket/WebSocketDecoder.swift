package import SIOBytes

/// Finds messages and control frames in what the peer sent (RFC 6455 §5, §8.1).
///
/// Limits and rules are held against a frame's header before its payload has arrived; a frame that is not complete
/// costs no more than that. A complete payload is unmasked where it lies, and handed on as a range of the window. Only
/// a message in fragments is copied, into the one buffer that the decoder has, which the limits bound.
package struct WebSocketDecoder: StreamDecoder, Sendable {
    /// RFC 6455 §5.1: a client masks each frame, a server none.
    private let isMasked: Bool
    private let mayBeCompressed: Bool
    private let limits: WebSocketLimits
    /// The fragmented message that is under way.
    ///
    /// Control frames may come between its fragments.
    private var message: WebSocketFragments?
    /// Whether the close frame has come: what follows it is not looked at (RFC 6455 §1.4).
    private var isClosed = false

    /// A decoder for what the other side sends.
    ///
    /// - Parameters:
    ///   - role: This side's role.
    ///   - limits: What the other side may make this one keep.
    ///   - mayBeCompressed: Whether permessage-deflate was agreed on (RFC 7692).
    package init(
        role: WebSocketRole, limits: WebSocketLimits = WebSocketLimits(), mayBeCompressed: Bool = false
    ) {
        isMasked = role == .server
        self.mayBeCompressed = mayBeCompressed
        self.limits = limits
    }

    /// The next frame, if it is complete.
    ///
    /// Behind a close frame the answer is nil for ever; whatever the peer sends there may be thrown away.
    package mutating func next(
        in window: inout MutableRawSpan, from offset: Int
    ) throws(WebSocketError) -> Step<WebSocketEvent>? {
        if let message = try nextMessage(in: &window, from: offset) {
            return Step(.message(message.kind, .window(message.payload)), end: message.payload.upperBound)
        }
        guard let header = try completeHeader(in: window.bytes, from: offset) else { return nil }
        let payload = header.start..<header.end
        if let key = header.maskingKey { key.apply(to: &window, in: payload) }
        return Step(try rareEvent(header, payload, window.bytes), end: payload.upperBound)
    }

    /// The next frame, if it is a whole message, not compressed, and complete: what most frames are.
    ///
    /// Where it is not, nothing has happened, and ``next(in:from:)`` is to be asked. It needs no memory and leaves nothing
    /// to be cleared away, as an event may: that would cost as much as the frame.
    package mutating func nextMessage(
        in window: inout MutableRawSpan, from offset: Int
    ) throws(WebSocketError) -> (kind: WebSocketMessageKind, payload: Range<Int>)? {
        // Within a fragmented message no other can come.
        guard !isClosed, message == nil,
            let header = try header(in: window.bytes, from: offset, room: nil), header.isWholeMessage,
            header.length <= window.byteCount - header.start
        else { return nil }
        let payload = header.start..<header.end
        var isASCII = false
        if let key = header.maskingKey { isASCII = key.apply(to: &window, in: payload) }
        guard header.opcode == .text else { return (.binary, payload) }
        guard isASCII || UTF8Validator.isValid(window.bytes.extracting(payload)) else { throw .textNotUTF8 }
        return (.text, payload)
    }

    /// The header of the next frame, if all of that is there.
    @inline(__always)
    private func completeHeader(
        in window: RawSpan, from offset: Int
    ) throws(WebSocketError) -> WebSocketFrameHeader? {
        guard !isClosed, let header = try header(in: window, from: offset, room: room),
            header.length <= window.byteCount - header.start
        else { return nil }
        return header
    }

    /// Whether a message in fragments has begun, and not ended.
    package var isWithinMessage: Bool { message != nil }

    /// The length of the frame at `offset`, header included, when that much of it is there to tell.
    ///
    /// The caller may ask after ``next(in:from:)`` answered nil, to make room for the whole frame at once; a frame that
    /// the limits do not let through was thrown there, so the answer is at most 14 bytes beyond
    /// ``WebSocketLimits/maxFrameSize``.
    package func bytesNeeded(in window: RawSpan, from offset: Int) -> Int? {
        guard !isClosed, let header = try? header(in: window, from: offset, room: room) else { return nil }
        return header.end - offset
    }

    @inline(__always)
    private func header(
        in window: RawSpan, from offset: Int, room: WebSocketFragments.Room?
    ) throws(WebSocketError) -> WebSocketFrameHeader? {
        try WebSocketFrameHeader.read(
            in: window, from: offset, isMasked: isMasked, mayBeCompressed: mayBeCompressed,
            room: room, limits: limits)
    }

    /// What the fragmented message that is under way still takes.
    private var room: WebSocketFragments.Room? { message?.room(within: limits) }

    /// Everything but a plain data message in one frame: kept apart so that the usual road stays short.
    @inline(never)
    private mutating func rareEvent(
        _ header: WebSocketFrameHeader, _ payload: Range<Int>, _ window: RawSpan
    ) throws(WebSocketError) -> WebSocketEvent {
        let bytes = window.extracting(payload)
        switch header.opcode {
        case .ping:
            return .ping(payload)
        case .pong:
            return .pong(payload)
        case .close:
            let frame = try WebSocketCloseFrame(payload: bytes)
            isClosed = true
            message = nil
            return .close(frame)
        case .text, .binary:
            let kind: WebSocketMessageKind = header.opcode == .text ? .text : .binary
            if header.isFinal { return .compressed(kind, .window(payload)) }
            var begun = WebSocketFragments(kind, isCompressed: header.isCompressed)
            try begun.append(bytes, isFinal: false)
            message = begun
            return .fragment
        case .continuation:
            // Taken out, so that the bytes are appended where they are and not to a copy.
            guard var begun = message.take() else { throw .unexpectedContinuation }
            try begun.append(bytes, isFinal: header.isFinal)
            if header.isFinal {
                let bytes = WebSocketPayload.assembled(begun.bytes)
                return begun.isCompressed ? .compressed(begun.kind, bytes) : .message(begun.kind, bytes)
            }
            message = begun
            return .fragment
        }
    }
}
