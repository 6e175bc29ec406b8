import SIOBytes
import SIONet
import SIOWebSocket

/// Waits for the end of a WebSocket that this side has closed: then the server has read all that was sent.
final class WebSocketFarewell: WebSocketChannelDelegate {
    private let whenClosed: () -> Void

    init(_ channel: WebSocketChannel, whenClosed: @escaping () -> Void) {
        self.whenClosed = whenClosed
        channel.delegate = self
    }

    func received(text: RawSpan) {}
    func received(binary: RawSpan) {}
    func channelDrained() {}

    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
        whenClosed()
    }
}
