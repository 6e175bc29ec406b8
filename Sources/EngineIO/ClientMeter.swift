import EngineIOProtocol
import SIOBytes
import SIOHTTP
import SIONet
import SIOWebSocket

/// Counts what one client sends, and holds it back: there is one where its rate is limited, and only there.
///
/// It stands between a session and its WebSocket, and lets a session's POSTs wait.
final class ClientMeter: WebSocketChannelDelegate, DeadlineOwner {
    private weak var session: EngineSession?
    private let core: LoopCore
    private let limits: LimitReports
    private let policy: EngineServer.RateLimits.Policy
    private var rate: ClientRate
    private let deadline = Deadline()
    /// The WebSocket, whose messages come here first; it holds this as its delegate, and may go while the deadline is set.
    private weak var channel: WebSocketChannel?
    /// The POST that waits until the debt is made up for.
    private var post: (exchange: HTTPExchange, headers: HTTPHeaders)?

    init(
        _ session: EngineSession, _ limits: ClientRate.Limits, _ policy: EngineServer.RateLimits.Policy,
        reports: LimitReports
    ) {
        self.session = session
        self.policy = policy
        self.limits = reports
        core = session.core
        rate = ClientRate(limits, now: core.now)
    }

    /// Puts itself between the session and its WebSocket.
    func watch(_ channel: WebSocketChannel) {
        self.channel = channel
        channel.delegate = self
    }

    /// The session closes its WebSocket: nothing that comes of it counts any more, but the answer to the close frame is to be read.
    func letGo() {
        channel?.connection.resumeInbound()
        channel = nil
        endWithSession()
    }

    /// What is owed counts as long as there is a session, whose POSTs have to wait for it.
    private func endWithSession() {
        if session?.machine.isClosed ?? true { end() }
    }

    // MARK: Counting

    /// Counts what came, and does what the policy says about what is too much.
    ///
    /// - Returns: False if the session is over, and must not be handed it.
    func count(messages: Int, bytes: Int) -> Bool {
        guard let session, session.isOpen else { return true }
        guard let excess = rate.received(messages: messages, bytes: bytes, now: core.now) else { return true }
        let isNews = policy == .disconnect || !deadline.isSet
        if isNews {
            switch excess {
            case .messages(let limit): limits.report(.messagesPerClient, limit.perSecond, session)
            case .bytes(let limit): limits.report(.bytesPerClient, limit.perSecond, session)
            }
        }
        switch policy {
        case .pauseReading:
            channel?.connection.pauseInbound()
            core.set(deadline, of: self, to: rate.settled(now: core.now))
            return true
        case .disconnect:
            session.exceededRate()
            return false
        }
    }

    /// Whether a POST has to wait; it comes again by itself.
    func holdsBack(_ exchange: HTTPExchange, headers: HTTPHeaders) -> Bool {
        guard deadline.isSet else { return false }
        post = (exchange, headers)
        return true
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        channel?.connection.resumeInbound()
        guard let post = post.take() else { return }
        session?.postCompleted(post.exchange, headers: post.headers)
    }

    /// The session is over.
    func end() {
        core.set(deadline, of: self, to: nil)
        post.take()?.exchange.abort()
    }

    // MARK: The WebSocket

    func received(text: RawSpan) {
        if count(messages: 1, bytes: text.byteCount) { session?.received(text: text) }
    }

    func received(binary: RawSpan) {
        if count(messages: 1, bytes: binary.byteCount) { session?.received(binary: binary) }
    }

    func receivedFrame(byteCount: Int) {
        // What came at once with the reason for letting go of the WebSocket is still told.
        guard channel != nil else { return }
        _ = count(messages: 1, bytes: byteCount)
    }

    func channelDrained() { session?.channelDrained() }
    func channelProgressed() { session?.channelProgressed() }

    func channelClosed(_ closure: WebSocketClosure, failure: WebSocketError?) {
        channel = nil
        session?.channelClosed(closure, failure: failure)
        endWithSession()
    }
}
