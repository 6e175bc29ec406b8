package import SIOBytes

/// One connection's permessage-deflate (RFC 7692): what it keeps of both directions, and what it sends.
///
/// The tools it works with are its loop's.
package struct WebSocketDeflate {
    private let role: WebSocketRole
    /// The bytes that a message needs to be worth compressing.
    package let threshold: Int
    /// The size of this side's window, as a power of two.
    private let windowBits: Int
    private let settings: Deflater.Settings
    /// What all connections with this configuration can be sent, if they are sent the same.
    private let sharedSettings: Deflater.Settings
    /// What the peer may refer to; nil if it refers to nothing.
    private var window: DeflateWindow?
    /// Nil if this side promised to refer to nothing.
    private let context: DeflateContext?

    /// - Parameters:
    ///   - parameters: What was agreed on.
    ///   - configuration: What this side wanted.
    ///   - role: This side's.
    package init(_ parameters: DeflateParameters, _ configuration: PerMessageDeflate, role: WebSocketRole) {
        self.role = role
        threshold = configuration.threshold
        windowBits = parameters.windowBits(of: role)
        let wanted = role == .server ? configuration.serverMaxWindowBits : configuration.clientMaxWindowBits
        settings = Deflater.Settings(
            format: .raw(windowBits: windowBits), level: configuration.level, memLevel: configuration.memLevel)
        sharedSettings = Deflater.Settings(
            format: .raw(windowBits: wanted), level: configuration.level, memLevel: configuration.memLevel)
        let peer: WebSocketRole = role == .server ? .client : .server
        window = parameters.takesOver(peer) ? DeflateWindow(bits: parameters.windowBits(of: peer)) : nil
        context = parameters.takesOver(role) ? DeflateContext() : nil
    }

    // MARK: Receiving

    /// The bytes that are kept of the peer's messages.
    package var windowCount: Int { window?.count ?? 0 }

    /// Decompresses a message, and checks it if it is a text.
    ///
    /// - Parameters:
    ///   - message: The payloads of its frames, joined.
    ///   - kind: What it is.
    ///   - limit: The bytes that it may become.
    ///   - pool: The loop's.
    ///   - output: What it becomes is appended here.
    /// - Throws: ``WebSocketError/messageTooBig``, ``WebSocketError/compressedData`` or ``WebSocketError/textNotUTF8``.
    package mutating func inflate(
        _ message: RawSpan, _ kind: WebSocketMessageKind, limit: Int, pool: DeflatePool, into output: inout [UInt8]
    ) throws(WebSocketError) {
        let start = output.count
        try pool.inflater.inflate(message, window: window, limit: limit, into: &output)
        let inflated = unsafe output.span.bytes.extracting(droppingFirst: start)
        window?.append(inflated)
        guard kind == .binary || UTF8Validator.isValid(inflated) else { throw .textNotUTF8 }
    }

    // MARK: Sending

    /// Whether a message of so many bytes is worth compressing.
    @inline(__always)
    package func isWorth(_ count: Int) -> Bool { count >= threshold }

    /// Appends a message in one frame: compressed, or as it is where that is shorter.
    package func append(
        _ opcode: WebSocketOpcode,
        _ payload: RawSpan,
        maskingKey: WebSocketMaskingKey?,
        pool: DeflatePool,
        to buffer: inout ByteBuffer
    ) {
        var compressed = pool.takeScratch()
        defer { pool.giveBack(&compressed) }
        let own = context.flatMap { pool.deflater(of: $0, settings) }
        (own ?? pool.deflater(settings)).deflate(message: payload, into: &compressed)
        if compressed.count < payload.byteCount {
            unsafe WebSocketFrame.append(
                compressed: opcode, payload: compressed.span.bytes, maskingKey: maskingKey, to: &buffer)
        } else {
            // The receiver does not see the compressed form, so nothing may refer to it.
            own?.reset()
            WebSocketFrame.append(opcode, payload: payload, maskingKey: maskingKey, to: &buffer)
        }
    }

    // MARK: Sending to many

    /// Whether a message of so many bytes may be sent in the form that ``shared(_:_:pool:)`` gives it.
    ///
    /// A client's may not: it masks each frame.
    package func canShare(_ count: Int) -> Bool {
        role == .server && (settings == sharedSettings || count <= 1 << windowBits)
    }

    /// A message as a compressed frame that refers to nothing, and so suits every connection; nil if it is no shorter.
    ///
    /// A connection that it is sent on is told so by ``sentShared()``.
    package func shared(_ opcode: WebSocketOpcode, _ payload: RawSpan, pool: DeflatePool) -> [UInt8]? {
        var compressed = pool.takeScratch()
        defer { pool.giveBack(&compressed) }
        pool.deflater(sharedSettings).deflate(message: payload, into: &compressed)
        guard compressed.count < payload.byteCount else { return nil }
        var frame = ByteBuffer()
        unsafe WebSocketFrame.append(compressed: opcode, payload: compressed.span.bytes, to: &frame)
        return frame.take()
    }

    /// A compressed message went out that this connection has not made: it has moved the receiver's window.
    package func sentShared() {
        context?.isStale = true
    }

    // MARK: The end

    /// The connection is at its end.
    package func release(to pool: DeflatePool) {
        if let context { pool.release(context) }
    }
}
