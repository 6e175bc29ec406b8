import SIOBytes
import SIOWebSocket

/// Messages that are compressed (RFC 7692), with the loop's tools.
extension WebSocketChannel {
    /// Decompresses a message and hands it on.
    @inline(never)
    func inflate(
        _ kind: WebSocketMessageKind,
        _ payload: WebSocketPayload,
        _ window: RawSpan,
        for delegate: (any WebSocketChannelDelegate)?
    ) throws(WebSocketError) {
        guard isTakingMessages else { return }
        let pool = connection.core.compression.pool
        var output = pool.takeScratch()
        defer { pool.giveBack(&output) }
        switch payload {
        case .window(let range):
            try deflate?.state.inflate(
                window.extracting(range), kind, limit: maxMessageSize, pool: pool, into: &output)
        case .assembled(let bytes):
            try deflate?.state.inflate(bytes.span.bytes, kind, limit: maxMessageSize, pool: pool, into: &output)
        }
        deliver(kind, output.span.bytes, to: delegate)
    }

    /// Writes a message that is long enough to be compressed.
    @inline(never)
    func writeCompressed(_ opcode: WebSocketOpcode, _ payload: RawSpan) {
        let pool = connection.core.compression.pool
        connection.withScratch { scratch in
            deflate?.state.append(opcode, payload, maskingKey: maskingKey(), pool: pool, to: &scratch)
        }
    }

    /// Writes a frame that was built for many, compressed once for all of them.
    @inline(never)
    func writeCompressed(_ frame: SharedBytes) {
        let (opcode, start) = WebSocketFrame.parts(of: frame.span)
        let payload = frame.span.extracting(droppingFirst: start)
        guard let deflate, deflate.state.isWorth(payload.byteCount) else { return connection.write(frame) }
        guard deflate.state.canShare(payload.byteCount) else { return writeCompressed(opcode, payload) }
        let pool = connection.core.compression.pool
        let compressed = frame.compressed { deflate.state.shared(opcode, payload, pool: pool) }
        guard let compressed else { return connection.write(frame) }
        deflate.state.sentShared()
        connection.write(compressed)
    }
}
