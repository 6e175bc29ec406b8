import SIOBytes
package import SIONet
import SIOWebSocket

/// A text message that is sent to many sessions: framed once, written by each.
package struct SharedMessage: Sendable {
    /// The message as a WebSocket frame.
    package let frame: SharedBytes
    /// Where in the frame the message begins, behind the frame's header and the packet's type.
    private let start: Int

    /// - Parameter packet: The packet's type, `4`, and the message.
    package init(packet: RawSpan) {
        var buffer = ByteBuffer()
        WebSocketFrame.append(.text, payload: packet, to: &buffer)
        start = buffer.count - packet.byteCount + 1
        frame = SharedBytes(buffer.bytes)
    }

    /// The message, without the packet's type.
    package var text: RawSpan {
        @_lifetime(borrow self)
        borrowing get {
            frame.span.extracting(droppingFirst: start)
        }
    }
}
