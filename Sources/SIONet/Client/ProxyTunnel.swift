import SIOBytes
import SIOHTTP

/// Asks a proxy for a tunnel to a host (RFC 9110 §9.3.6), on a connection to the proxy.
final class ProxyTunnel: ConnectionStage, DeadlineOwner {
    private let connection: TCPConnection
    private var decoder: HTTPResponseDecoder
    private let deadline = Deadline()
    /// Whom to tell; nil once that was done, or if nobody wants to know any more.
    private var completion: ((NetworkError?) -> Void)?

    /// - Parameters:
    ///   - connection: To the proxy; not started.
    ///   - authority: The host and the port to reach.
    ///   - credentials: Who asks.
    ///   - end: When the proxy must have answered.
    ///   - completion: Called when the connection leads to the host, or with why it does not; it is aborted then.
    init(
        _ connection: TCPConnection, to authority: String, as credentials: HTTPProxy.Credentials?,
        until end: ContinuousClock.Instant, completion: @escaping (NetworkError?) -> Void
    ) {
        self.connection = connection
        self.completion = completion
        decoder = HTTPResponseDecoder(method: .connect)
        var request = HTTPRequest(method: .connect, target: authority, headers: ["Host": authority])
        if let credentials {
            request.headers["Proxy-Authorization"] = HTTPHeaders.basicAuthorization(
                Array("\(credentials.user):\(credentials.password)".utf8))
        }
        connection.start(self)
        connection.withScratch { HTTPRequestEncoder.append(request, into: &$0) }
        connection.core.set(deadline, of: self, to: end)
    }

    /// Gives up; nobody is told.
    func abandon() {
        completion = nil
        finish(nil)
        connection.abort()
    }

    func received(_ window: inout MutableRawSpan) -> Int {
        var offset = 0
        do throws(HTTPError) {
            while let step = try decoder.next(in: &window, from: offset) {
                offset = step.end
                switch step.event {
                case .informational, .body:
                    break
                case .head(let response):
                    guard (200..<300).contains(response.status.code) else {
                        refuse("answered \(response.status)", response.status)
                        return window.byteCount
                    }
                case .end:
                    // Whoever is behind the tunnel has not been spoken to, and has nothing to say yet.
                    guard offset == window.byteCount, connection.outboundCount == 0 else {
                        refuse("sent more than an answer")
                        return window.byteCount
                    }
                    finish(nil)
                    return offset
                }
            }
        } catch {
            refuse("answered with what is no HTTP: \(error.rawValue)")
            return window.byteCount
        }
        return offset
    }

    func receivedEnd() {
        refuse("ended the connection")
    }

    func closed() {
        finish(NetworkError(.proxyRefused, "the proxy ended the connection"))
    }

    func deadlineReached(now: ContinuousClock.Instant) {
        finish(NetworkError(.timedOut, "the proxy did not answer in time"))
        connection.abort()
    }

    private func refuse(_ what: String, _ status: HTTPStatus? = nil) {
        finish(NetworkError(.proxyRefused, "the proxy \(what)", proxyStatus: status))
        connection.abort()
    }

    private func finish(_ error: NetworkError?) {
        connection.core.set(deadline, of: self, to: nil)
        let completion = self.completion
        self.completion = nil
        completion?(error)
    }
}
