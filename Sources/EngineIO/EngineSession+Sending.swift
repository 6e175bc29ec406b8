import EngineIOProtocol
package import SIOBytes
package import SIONet
import SIOWebSocket

/// What is sent: most often it goes straight to the WebSocket.
extension EngineSession {
    /// The room that a packet should have in front of it.
    package static var roomInFront: Int { WebSocketFrame.maxHeaderLength }

    /// Sends a text message: `packet` is the packet's type, `4`, and the message.
    ///
    /// A frame's header is put in front of it, for which there should be room; its bytes are used up.
    package func send(packet: inout ByteBuffer, compress: Bool = true) {
        send(machine.send(text: packet.bytes.extracting(droppingFirst: 1)), compress) {
            $0.send(text: &packet, compress: compress)
        }
    }

    /// Sends a text message that was framed before, for many.
    package func send(_ message: SharedMessage, compress: Bool = true) {
        send(machine.send(text: message.text), compress) { $0.send(frame: message.frame, compress: compress) }
    }

    /// Sends a binary message.
    package func send(binary: RawSpan, compress: Bool = true) {
        send(machine.send(binary: binary), compress) { write(binary, on: $0, compress) }
    }

    /// Has brought into the cache what a broadcast will reach for soon: the connection, by the channel that is there already, a
    /// second session's channel, and two objects more.
    package func prefetchConnection(
        and second: Uncounted<EngineSession>, _ third: UnsafeRawPointer, _ fourth: UnsafeRawPointer
    ) {
        guard let channel, let second = second.use(\.channel) else { return }
        channel.use { $0.prefetchConnection(and: second.address, third, fourth) }
    }

    /// Does what the machine made of a message: writes it, in most cases.
    @inline(__always)
    private func send(
        _ action: EngineServerSession.SendAction, _ compress: Bool, _ write: (WebSocketChannel) -> Void
    ) {
        guard case .write = action else { return sent(action, compress) }
        let isOverflowing = channel?.use { channel in
            write(channel)
            return channel.isOverflowing
        }
        if isOverflowing == true { overflow() }
    }

    func write(_ binary: RawSpan, on channel: WebSocketChannel, _ compress: Bool) {
        if machine.dialect.isPlain { return channel.send(binary: binary, compress: compress) }
        var packet = ByteBuffer()
        let isText = machine.dialect.append(binaryMessage: binary, to: &packet)
        if isText {
            channel.send(text: &packet, compress: compress)
        } else {
            channel.send(binary: packet.bytes, compress: compress)
        }
    }

    // These two are apart, because a time needs room on the stack that is to be asked for.

    @inline(never)
    private func sent(_ action: EngineServerSession.SendAction, _ compress: Bool) {
        switch action {
        case .write, .closed: break
        case .buffered:
            if compress { waiting.mayBeCompressed = true } else { waiting.mustStayPlain = true }
            flushLater()
        case .overflow: overflow()
        }
    }

    /// Too much waits to be sent: the session takes nothing more, and is over at the end of the turn.
    ///
    /// Not at once: the caller may be in the middle of a broadcast, or hold a lock that the handlers of its end want.
    @inline(never)
    private func overflow() {
        machine.discard(now: core.now, reason: .sendBufferOverflow)
        flushLater()
    }

    /// The client has sent more than it may: its session is over at the end of the turn.
    func exceededRate() {
        machine.discard(now: core.now, reason: .rateLimitExceeded)
        flushLater()
    }
}
